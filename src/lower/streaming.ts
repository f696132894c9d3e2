// Streams a policy with a window: a program over past observations in, one over the newest observation alone out. Each convolution over
// time computes its newest column, and those that padding reaches, from past columns that are kept: bit-identical to the whole
// window. (The idea: Paine et al. 2016, "Fast Wavenet Generation Algorithm"; strides become gaps between the columns that are read.)

import { assert, at } from "../core/assert.ts";
import { errorDiagnostic, failure, success, type Outcome } from "../core/diagnostic.ts";
import { clamp } from "../core/fixed-point.ts";
import {
  requantize,
  stepReads,
  type BufferId,
  type ConvolutionStep,
  type DepthwiseStep,
  type IntegerProgram,
  type Operand,
  type PoolStep,
  type ProgramBuffer,
  type ProgramStep,
  type StateBuffer,
  type TableStep,
  type Walk,
} from "../artifacts/integer-program.ts";

/**
 * A buffer of which only some columns are computed each tick. Column `last` is the newest of those that see no padding, down to
 * column `first`: each of them is what `last` was `spacing` ticks ago for every column between. The others, at both edges, are new
 * each tick.
 */
interface Stream {
  readonly count: number;
  readonly spacing: number;
  readonly first: number;
  readonly last: number;
  /** Buffers of the new program: columns 0 to first - 1, column `last`, columns last + 1 to count - 1. */
  readonly left: BufferId | null;
  readonly newest: BufferId;
  readonly right: BufferId | null;
  /** Column `last` while every observation is the input's zero point: what the past holds after a reset. */
  readonly rest: Int8Array;
}

type SlidingStep = ConvolutionStep | DepthwiseStep | PoolStep;

function isSliding(step: ProgramStep): step is SlidingStep {
  return "kernel" in step;
}

/** The program for one new column a tick. After a reset it computes what the whole window would if all observations before had been
 * at the input's zero point. Fails with a diagnostic where no convolution slides over past observations. */
export function streamProgram(program: IntegerProgram): Outcome<IntegerProgram> {
  const window = inputWindow(program);
  if (window === null) {
    return failure(
      errorDiagnostic(
        "streaming-nothing",
        "no convolution slides over past observations",
        "leave --streaming out, or use a model that begins with a convolution over its one input, a row of observations",
      ),
    );
  }
  return success(streamWindow(program, window));
}

/** What a program's one input is: `count` observations of `channels` elements, oldest first. Before the first stands the zero point. */
export interface InputWindow {
  readonly count: number;
  readonly channels: number;
  readonly zeroPoint: number;
}

/** The same, whatever reads the window: what doesn't slide over it reads it whole, from past observations that are kept. */
export function streamWindow(program: IntegerProgram, window: InputWindow): IntegerProgram {
  const streaming = new Streaming(program, window);
  program.steps.forEach((step) => {
    streaming.add(step);
  });
  return streaming.finish();
}

/** Columns of the input, by the convolution over time that reads it. */
function inputWindow(program: IntegerProgram): InputWindow | null {
  const [input, ...others] = program.inputs;
  const readers = program.steps.filter((step) => stepReads(step).includes(input ?? -1));
  const first = readers.find((step) => step.kind === "conv-2d" || step.kind === "depthwise-conv-2d");
  if (first === undefined || others.length > 0) return null;
  const count = columnsOf(first);
  const whole = { count, spacing: 1, first: 0, last: count - 1 };
  const slides = slidesOverTime(first) && timeOf(first).reach > 1 && newColumns(first, whole) !== null;
  return slides ? { count, channels: first.from.channels, zeroPoint: first.inputZeroPoint } : null;
}

/** One image, a row or a column of pixels. */
function slidesOverTime(step: SlidingStep): boolean {
  const across = alongOf(step) === "width" ? "height" : "width";
  return step.batches === 1 && step.from[across] === 1 && step.kernel[across] === 1 && step.to[across] === 1;
}

function alongOf({ from }: SlidingStep): "width" | "height" {
  return from.height === 1 ? "width" : "height";
}

function columnsOf({ from }: SlidingStep): number {
  return from.height * from.width;
}

/** The direction of time by itself. `reach`: columns from a window's first tap to its last, both included. */
function timeOf(step: SlidingStep): {
  readonly stride: number;
  readonly padding: number;
  readonly reach: number;
  readonly outputs: number;
} {
  const along = alongOf(step);
  const reach = (step.kernel[along] - 1) * step.dilation[along] + 1;
  const padding = along === "width" ? step.padding.left : step.padding.top;
  return { stride: step.stride[along], padding, reach, outputs: step.to[along] };
}

/** Which output columns see the input's inner columns alone: null when none does. */
function newColumns(step: SlidingStep, stream: Pick<Stream, "first" | "last">): { readonly first: number; readonly last: number } | null {
  const { stride, padding, reach, outputs } = timeOf(step);
  const first = Math.ceil((stream.first + padding) / stride);
  const last = Math.min(outputs - 1, Math.floor((stream.last - reach + 1 + padding) / stride));
  return first <= last ? { first, last } : null;
}

class Streaming {
  private readonly program: IntegerProgram;
  private readonly buffers: ProgramBuffer[] = [];
  private readonly states: StateBuffer[] = [];
  private readonly steps: ProgramStep[] = [];
  /** By buffer of the old program. */
  private readonly streams = new Map<BufferId, Stream>();
  private readonly whole = new Map<BufferId, BufferId>();
  /** The buffers with the past of column `last`, oldest first. */
  private readonly pasts = new Map<BufferId, { readonly buffer: BufferId; readonly columns: number }>();

  constructor(program: IntegerProgram, { count, channels, zeroPoint }: InputWindow) {
    this.program = program;
    const input = at(program.inputs, 0);
    const newest = this.newBuffer(at(program.buffers, input).name, channels);
    const rest = new Int8Array(channels).fill(zeroPoint);
    this.streams.set(input, { count, spacing: 1, first: 0, last: count - 1, left: null, newest, right: null, rest });
    for (const { buffer, initial } of program.states) this.states.push({ buffer: this.wholeOf(buffer), initial });
  }

  add(step: ProgramStep): void {
    const stream = this.streams.get(step.input);
    const columns = stream === undefined ? null : this.streamed(step, stream);
    if (stream !== undefined && columns !== null && isSliding(step)) {
      this.streams.set(step.output, this.slide(step, stream, columns));
    } else if (stream !== undefined && step.kind === "table") {
      this.streams.set(step.output, this.lookUp(step, stream));
    } else {
      this.steps.push(remapped(step, (buffer) => this.wholeOf(buffer)));
    }
  }

  finish(): IntegerProgram {
    const outputs = this.program.outputs.map((output) => {
      if (!this.streams.has(output)) return this.wholeOf(output);
      const { name, elements } = at(this.program.buffers, output);
      const copy = this.newBuffer(name, elements);
      this.copy(name, { buffer: this.wholeOf(output), base: 0 }, { buffer: copy, base: 0 }, elements);
      return copy;
    });
    const input = this.streams.get(at(this.program.inputs, 0));
    assert(input !== undefined, "the input is streamed");
    return { buffers: this.buffers, inputs: [input.newest], outputs, states: this.states, steps: this.steps };
  }

  /** Where the step's new columns lie, when it slides over the stream. */
  private streamed(step: ProgramStep, stream: Stream): { readonly first: number; readonly last: number } | null {
    return isSliding(step) && slidesOverTime(step) && columnsOf(step) === stream.count ? newColumns(step, stream) : null;
  }

  private slide(step: SlidingStep, stream: Stream, { first, last }: { readonly first: number; readonly last: number }): Stream {
    const { stride, padding, reach, outputs } = timeOf(step);
    const along = alongOf(step);
    const { name } = step;
    const compute = (from: number, to: number): BufferId | null => {
      if (from > to) return null;
      const start = from * stride - padding;
      const [low, high] = [Math.max(0, start), Math.min(stream.count - 1, to * stride - padding + reach - 1)];
      const input = this.columns(step.input, stream, low, high);
      const output = this.newBuffer(name, (to - from + 1) * step.to.channels);
      const side = along === "width" ? "left" : "top";
      this.steps.push({
        ...{ ...step, input, output, from: { ...step.from, [along]: high - low + 1 }, to: { ...step.to, [along]: to - from + 1 } },
        padding: { ...step.padding, [side]: low - start },
      });
      return output;
    };
    const left = compute(0, first - 1);
    const newest = compute(last, last);
    const right = compute(last + 1, outputs - 1);
    assert(newest !== null, "a range of one column is not empty");
    const spacing = stream.spacing * stride;
    return { count: outputs, spacing, first, last, left, newest, right, rest: restOf(step, stream.rest) };
  }

  private lookUp(step: TableStep, stream: Stream): Stream {
    const compute = (input: BufferId): BufferId => {
      const { elements } = at(this.buffers, input);
      const output = this.newBuffer(step.name, elements);
      this.steps.push({ ...step, input, output, count: elements });
      return output;
    };
    const [left, right] = [stream.left, stream.right].map((edge) => (edge === null ? null : compute(edge))) as [
      BufferId | null,
      BufferId | null,
    ];
    return { ...stream, left, newest: compute(stream.newest), right, rest: stream.rest.map((value) => at(step.table, value + 128)) };
  }

  /** A buffer of the new program with columns `low` to `high` of an old one, in order. */
  private columns(buffer: BufferId, stream: Stream, low: number, high: number): BufferId {
    const { name } = at(this.program.buffers, buffer);
    const channels = stream.rest.length;
    const { first, last, left, right, spacing } = stream;
    const past = this.past(buffer, stream);
    const oldest = last - (past.columns - 1) / spacing;
    if (spacing === 1 && low === oldest && high === last) return past.buffer;
    const made = this.newBuffer(name, (high - low + 1) * channels);
    const place = (column: number): { buffer: BufferId; base: number } => ({ buffer: made, base: (column - low) * channels });
    if (left !== null && low < first) {
      this.copy(name, { buffer: left, base: low * channels }, place(low), (Math.min(first - 1, high) - low + 1) * channels);
    }
    const [innerLow, innerHigh] = [Math.max(low, first), Math.min(high, last)];
    if (innerLow <= innerHigh) {
      const from = { buffer: past.buffer, base: (past.columns - 1 - (last - innerLow) * spacing) * channels };
      this.copy(name, from, place(innerLow), channels, innerHigh - innerLow + 1, spacing * channels);
    }
    if (right !== null && high > last) {
      const from = Math.max(low, last + 1);
      this.copy(name, { buffer: right, base: (from - last - 1) * channels }, place(from), (high - from + 1) * channels);
    }
    return made;
  }

  /** As much of the past of column `last` as anybody reads: moved up by a column each tick, the newest behind it. */
  private past(buffer: BufferId, stream: Stream): { readonly buffer: BufferId; readonly columns: number } {
    const known = this.pasts.get(buffer);
    if (known !== undefined) return known;
    const columns = (stream.last - Math.max(stream.first, this.oldestRead(buffer, stream))) * stream.spacing + 1;
    const made = { buffer: columns === 1 ? stream.newest : this.newPast(buffer, stream, columns), columns };
    this.pasts.set(buffer, made);
    return made;
  }

  private newPast(buffer: BufferId, { newest, rest }: Stream, columns: number): BufferId {
    const name = `${at(this.program.buffers, buffer).name}/past`;
    const ring = this.newBuffer(name, columns * rest.length);
    this.states.push({ buffer: ring, initial: repeated(rest, columns) });
    const kept = (columns - 1) * rest.length;
    this.copy(name, { buffer: ring, base: rest.length }, { buffer: ring, base: 0 }, kept);
    this.copy(name, { buffer: newest, base: 0 }, { buffer: ring, base: kept }, rest.length);
    return ring;
  }

  /** The first column that any reader wants: those that don't stream want all. */
  private oldestRead(buffer: BufferId, stream: Stream): number {
    if (this.program.outputs.includes(buffer)) return 0;
    const readers = this.program.steps.filter((step) => stepReads(step).includes(buffer) && step.kind !== "table");
    const oldest = readers.map((step) => {
      const columns = this.streamed(step, stream);
      if (columns === null || !isSliding(step) || columns.first > 0) return 0;
      const { stride, padding } = timeOf(step);
      return columns.last * stride - padding;
    });
    return Math.min(stream.last, ...oldest);
  }

  /** The new program's buffer with all of an old one. */
  private wholeOf(buffer: BufferId): BufferId {
    const known = this.whole.get(buffer);
    if (known !== undefined) return known;
    const stream = this.streams.get(buffer);
    const old = at(this.program.buffers, buffer);
    const made = stream === undefined ? this.buffers.push(old) - 1 : this.columns(buffer, stream, 0, stream.count - 1);
    this.whole.set(buffer, made);
    return made;
  }

  private newBuffer(name: string, elements: number): BufferId {
    return this.buffers.push({ name, type: "int8", elements }) - 1;
  }

  /** Copies `rows` pieces of `count` elements, `gap` elements from one start to the next in the source, without gaps in the target. */
  private copy(name: string, from: Place, to: Place, count: number, rows = 1, gap = count): void {
    const merged = rows === 1 || gap === count;
    const sizes = merged ? [rows * count] : [rows, count];
    const walk = (base: number, step: number): Walk => ({ base, strides: merged ? [1] : [step, 1] });
    const places = { input: from.buffer, output: to.buffer, from: walk(from.base, gap), to: walk(to.base, count) };
    this.steps.push({ kind: "copy", name, sizes, ...places });
  }
}

/** An element of a buffer. */
interface Place {
  readonly buffer: BufferId;
  readonly base: number;
}

function repeated(column: Int8Array, count: number): Int8Array {
  return Int8Array.from({ length: column.length * count }, (_, index) => at(column, index % column.length));
}

/** What a step makes of columns that are all the same. */
function restOf(step: SlidingStep, column: Int8Array): Int8Array {
  switch (step.kind) {
    case "average-pool-2d":
    case "max-pool-2d":
      return column.map((value) => clamp(value, step.minimum, step.maximum));
    case "conv-2d": {
      const depth = step.from.channels / step.groups;
      const taps = step.kernel.height * step.kernel.width;
      return Int8Array.from(step.bias, (bias, output) => {
        const first = Math.floor(output / (step.to.channels / step.groups)) * depth;
        let sum = bias;
        for (let tap = 0; tap < taps * depth; tap++) {
          sum += at(step.weights, output * taps * depth + tap) * (at(column, first + (tap % depth)) - step.inputZeroPoint);
        }
        return requantize(sum, output, step.requantization);
      });
    }
    case "depthwise-conv-2d":
      return Int8Array.from(step.bias, (bias, output) => {
        const value = at(column, Math.floor(output / step.multiplier)) - step.inputZeroPoint;
        let sum = bias;
        for (let tap = output; tap < step.weights.length; tap += step.bias.length) sum += at(step.weights, tap) * value;
        return requantize(sum, output, step.requantization);
      });
  }
}

/** The same step on other buffers. */
function remapped(step: ProgramStep, of: (buffer: BufferId) => BufferId): ProgramStep {
  const ends = { input: of(step.input), output: of(step.output) };
  if (step.kind === "lstm") return { ...step, ...ends, hiddenState: of(step.hiddenState), cellState: of(step.cellState) };
  if (!("left" in step)) return { ...step, ...ends };
  const side = (operand: Operand): Operand => (typeof operand.source === "number" ? { ...operand, source: of(operand.source) } : operand);
  return { ...step, ...ends, left: side(step.left), right: side(step.right) };
}
