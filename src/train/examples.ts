// Samples as what a network learns from at once: a row, a window of ticks, or a sequence to be trained through. Nothing is copied before a
// batch is gathered: an example is a place in the samples.
//
// Sequences of T ticks cover each stretch. The first begins with it, and so, rightly, with zero state. Each later one overlaps the one before
// by T / 2 ticks that count nothing: they let the state grow to what it would be (burn-in, Kapturowski et al. 2019). The last one is moved
// back to end with its stretch, and a stretch shorter than T is followed by ticks that count nothing.

import { stretchStarts, type Samples } from "../artifacts/samples.ts";
import { assert, at } from "../core/assert.ts";
import type { Random } from "../core/random.ts";
import type { Batch } from "./engine.ts";
import { applyMirror, mirrorTarget, type Mirror } from "./mirror.ts";

/** Rows of the samples from `begin` to before `end`; those before `counted` count nothing. */
interface Piece {
  readonly begin: number;
  readonly counted: number;
  readonly end: number;
}

export interface ExampleShape {
  /** Ticks that an example holds. */
  readonly ticks: number;
  /** Of these, how many have targets: the newest one, or all. */
  readonly steps: number;
  /** Members that learn from each. */
  readonly members: number;
}

export class Examples {
  /** Mirror images included: they are the second half. */
  readonly count: number;
  private readonly samples: Samples;
  private readonly shape: ExampleShape;
  private readonly mirror: Mirror | null;
  private readonly pieces: readonly Piece[];
  /** pieces x members: how often each is drawn; null: once. */
  private readonly draws: Uint8Array | null;
  /** What makes the mean weight of all examples and steps 1. */
  private readonly weightFactor: number;

  /** All that carry weight. @param mirror when not null, the mirror image of each is one more. @param bootstrap when not null, each member
   * sees each example as often as if as many had been drawn with replacement. */
  constructor(samples: Samples, shape: ExampleShape, mirror: Mirror | null = null, bootstrap: Random | null = null) {
    assert(shape.steps === 1 || shape.steps === shape.ticks, `${shape.steps} targets in ${shape.ticks} ticks`);
    const pieces = shape.steps === 1 ? windows(samples, shape.ticks) : sequences(samples, shape.ticks);
    const weights = pieces.map((piece) => weightOf(samples, piece));
    this.pieces = pieces.filter((_, index) => at(weights, index) > 0);
    this.weightFactor = (this.pieces.length * shape.steps) / weights.reduce((sum, weight) => sum + weight, 0);
    this.draws = bootstrap === null ? null : Uint8Array.from({ length: this.pieces.length * shape.members }, () => poissonOfOne(bootstrap));
    this.count = this.pieces.length * (mirror === null ? 1 : 2);
    this.samples = samples;
    this.shape = shape;
    this.mirror = mirror;
  }

  /** Room for batches of up to `rows` examples. */
  newBatch(rows: number): Batch {
    const { ticks, steps, members } = this.shape;
    return {
      rows,
      inputs: new Float32Array(rows * ticks * this.samples.inputWidth),
      targets: new Float32Array(rows * steps * this.samples.targetWidth),
      weights: new Float32Array(rows * steps * members),
    };
  }

  /** Writes examples into a batch's room. @param chosen at most as many as it has rows. @returns the batch, cut to the number chosen. */
  gather(chosen: Uint32Array, room: Batch): Batch {
    const { ticks, steps, members } = this.shape;
    const { inputWidth, targetWidth } = this.samples;
    const rows = chosen.length;
    const batch =
      rows === room.rows
        ? room
        : {
            rows,
            inputs: room.inputs.subarray(0, rows * ticks * inputWidth),
            targets: room.targets.subarray(0, rows * steps * targetWidth),
            weights: room.weights.subarray(0, rows * steps * members),
          };
    for (let row = 0; row < rows; row++) {
      const example = chosen[row] as number;
      const index = example % this.pieces.length;
      const mirror = example < this.pieces.length ? null : this.mirror;
      const piece = this.pieces[index] as Piece;
      this.gatherInputs(piece, mirror, batch.inputs, row);
      this.gatherTargets(piece, index, mirror, batch, row);
    }
    return batch;
  }

  /** A window ends with its newest tick; a sequence begins with its oldest. What is missing is zero. */
  private gatherInputs({ begin, end }: Piece, mirror: Mirror | null, into: Float32Array, row: number): void {
    const { ticks, steps } = this.shape;
    const { inputs, inputWidth } = this.samples;
    const start = row * ticks * inputWidth;
    const missing = (ticks - (end - begin)) * inputWidth;
    const first = steps === 1 ? start + missing : start;
    if (missing > 0) into.fill(0, start, start + ticks * inputWidth);
    if (mirror === null) copy(inputs, begin * inputWidth, end * inputWidth, into, first);
    else
      for (let tick = begin; tick < end; tick++) {
        applyMirror(mirror.inputs, inputs, tick * inputWidth, into, first + (tick - begin) * inputWidth);
      }
  }

  private gatherTargets(
    { begin, counted, end }: Piece,
    index: number,
    mirror: Mirror | null,
    { targets, weights }: Batch,
    row: number,
  ): void {
    const { steps, members } = this.shape;
    const first = steps === 1 ? end - 1 : begin;
    for (let step = 0; step < steps; step++) {
      const tick = first + step;
      const weight = tick < counted || tick >= end ? 0 : (this.samples.weights[tick] as number) * this.weightFactor;
      const slot = row * steps + step;
      for (let member = 0; member < members; member++) {
        weights[slot * members + member] = this.draws === null ? weight : weight * (this.draws[index * members + member] as number);
      }
      this.gatherTarget(weight === 0 ? null : tick, mirror, targets, slot);
    }
  }

  /** @param tick null: nobody said what is right; 0 is a target like any other. */
  private gatherTarget(tick: number | null, mirror: Mirror | null, into: Float32Array, slot: number): void {
    const { targets, targetWidth } = this.samples;
    const offset = slot * targetWidth;
    if (tick === null) into.fill(0, offset, offset + targetWidth);
    else if (mirror === null) copy(targets, tick * targetWidth, (tick + 1) * targetWidth, into, offset);
    else mirrorTarget(mirror.targets, targets, tick * targetWidth, into, offset);
  }
}

/** Below so many numbers, a loop is faster than a view. */
const SHORT = 64;

function copy(from: Float32Array, begin: number, end: number, into: Float32Array, offset: number): void {
  if (end - begin > SHORT) into.set(from.subarray(begin, end), offset);
  else for (let index = begin; index < end; index++) into[offset + index - begin] = from[index] as number;
}

function weightOf({ weights }: Samples, { counted, end }: Piece): number {
  let sum = 0;
  for (let row = counted; row < end; row++) sum += weights[row] as number;
  return sum;
}

/** One for each row: it and those before it, as far as its stretch goes. */
function windows(samples: Samples, ticks: number): readonly Piece[] {
  return Array.from(stretchStarts(samples), (start, row) => ({ begin: Math.max(start, row - ticks + 1), counted: row, end: row + 1 }));
}

function sequences({ rows, starts }: Samples, ticks: number): readonly Piece[] {
  const pieces: Piece[] = [];
  const burnIn = Math.floor(ticks / 2);
  starts.forEach((start, index) => {
    const stretchEnd = starts[index + 1] ?? rows;
    for (let counted = start; counted < stretchEnd;) {
      const begin = Math.max(start, Math.min(counted - burnIn, stretchEnd - ticks));
      const end = Math.min(begin + ticks, stretchEnd);
      pieces.push({ begin, counted, end });
      counted = end;
    }
  });
  return pieces;
}

/** Cumulated probabilities of 0, 1, 2 ... from a Poisson distribution of mean 1: 1/e, 2/e, 2.5/e ... */
const POISSON = [0.36787944117144233, 0.7357588823428847, 0.9196986029286058, 0.9810118431238462, 0.9963401531726563, 0.9994058151824183];

function poissonOfOne(random: Random): number {
  const draw = random.next();
  const value = POISSON.findIndex((probability) => draw < probability);
  return value < 0 ? POISSON.length : value;
}
