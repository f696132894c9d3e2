// What of the observations that come up was demonstrated: the plane in which training observations vary most, with demonstrations, corrections
// and held-out ticks on it; and how far held-out ticks lie from the nearest one that was learnt from.

import { at } from "../core/assert.ts";
import type { Samples } from "../artifacts/samples.ts";

export type Point = readonly [x: number, y: number];

export interface Coverage {
  readonly demonstrations: readonly Point[];
  readonly corrections: readonly Point[];
  readonly heldOut: readonly Point[];
  /** Share of the variance that each axis shows. */
  readonly explained: readonly [number, number];
  /** Distance from a held-out observation to the nearest that was learnt from, as a share of the typical distance between two of those. */
  readonly medianDistance: number;
  readonly farthestDistance: number;
}

const SHOWN_POINTS = 1500;
/** Numbers that comparing held-out rows with known ones may look at: a fraction of a second. */
const COMPARED_NUMBERS = 1e8;
const POWER_STEPS = 60;

/** @param correctionWeight that of corrections among `training`; demonstrations weigh 1. */
export function coverage(training: Samples, heldOut: Samples, correctionWeight: number): Coverage {
  const labelled = rowsOf(training, (weight) => weight > 0);
  const mean = meanOf(training, labelled);
  const rows = thin(labelled, Math.min(SHOWN_POINTS, Math.max(100, Math.floor(2e6 / training.inputWidth)))).map((row) =>
    centred(training, row, mean),
  );
  const variance = rows.reduce((sum, row) => sum + dot(row, row), 0);
  const first = principalDirection(rows);
  const second = principalDirection(rows.map((row) => without(row, first)));
  const place = (row: Float64Array): Point => [dot(row, first), dot(row, second)];
  const points = (samples: Samples, chosen: readonly number[]): readonly Point[] =>
    thin(chosen, SHOWN_POINTS).map((row) => place(centred(samples, row, mean)));
  const share = (direction: Float64Array): number =>
    variance === 0 ? 0 : rows.reduce((sum, row) => sum + dot(row, direction) ** 2, 0) / variance;
  const distances = nearestDistances(training, labelled, heldOut);
  return {
    demonstrations: points(
      training,
      labelled.filter((row) => at(training.weights, row) !== correctionWeight),
    ),
    corrections: points(
      training,
      labelled.filter((row) => at(training.weights, row) === correctionWeight),
    ),
    heldOut: points(
      heldOut,
      rowsOf(heldOut, (weight) => weight > 0),
    ),
    explained: [share(first), share(second)],
    medianDistance: quantile(distances, 0.5),
    farthestDistance: quantile(distances, 1),
  };
}

function rowsOf({ rows, weights }: Samples, wanted: (weight: number) => boolean): readonly number[] {
  return Array.from({ length: rows }, (_, row) => row).filter((row) => wanted(at(weights, row)));
}

/** At most `count` of them, evenly spread. */
function thin(rows: readonly number[], count: number): readonly number[] {
  const every = Math.max(1, Math.ceil(rows.length / count));
  return rows.filter((_, index) => index % every === 0);
}

function meanOf({ inputs, inputWidth }: Samples, rows: readonly number[]): Float64Array {
  const mean = new Float64Array(inputWidth);
  for (const row of rows)
    for (let input = 0; input < inputWidth; input++) mean[input] = at(mean, input) + at(inputs, row * inputWidth + input);
  return mean.map((sum) => sum / Math.max(1, rows.length));
}

function centred({ inputs, inputWidth }: Samples, row: number, mean: Float64Array): Float64Array {
  return mean.map((value, input) => at(inputs, row * inputWidth + input) - value);
}

/** The direction of most variance, by power iteration. */
function principalDirection(rows: readonly Float64Array[]): Float64Array {
  const width = rows[0]?.length ?? 1;
  let direction: Float64Array = Float64Array.from({ length: width }, (_, input) => 1 + input / width);
  for (let step = 0; step < POWER_STEPS; step++) {
    const next = new Float64Array(width);
    for (const row of rows) {
      const along = dot(row, direction);
      for (let input = 0; input < width; input++) next[input] = at(next, input) + along * at(row, input);
    }
    const length = Math.sqrt(dot(next, next));
    if (length === 0) break;
    direction = next.map((value) => value / length);
  }
  return direction;
}

function without(row: Float64Array, direction: Float64Array): Float64Array {
  const along = dot(row, direction);
  return row.map((value, input) => value - along * at(direction, input));
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += at(left, index) * at(right, index);
  return sum;
}

/** Ascending; some rows stand for all. */
function nearestDistances(training: Samples, labelled: readonly number[], heldOut: Samples): readonly number[] {
  const compared = Math.max(8, Math.floor(Math.sqrt(COMPARED_NUMBERS / 4 / training.inputWidth)));
  const known = thin(labelled, 4 * compared);
  const judged = thin(
    rowsOf(heldOut, (weight) => weight > 0),
    compared,
  );
  const typical = quantile(
    known.slice(1).map((row, index) => distance(training, row, training, at(known, (index * 7919) % known.length))),
    0.5,
  );
  return judged
    .map((row) => known.reduce((least, other) => Math.min(least, distance(heldOut, row, training, other)), Infinity) / typical)
    .sort((left, right) => left - right);
}

function distance(left: Samples, leftRow: number, right: Samples, rightRow: number): number {
  let sum = 0;
  for (let input = 0; input < left.inputWidth; input++) {
    const difference = at(left.inputs, leftRow * left.inputWidth + input) - at(right.inputs, rightRow * right.inputWidth + input);
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
