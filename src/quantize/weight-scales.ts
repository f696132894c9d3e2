// The scales of weights: symmetric, so that the largest becomes 127.

import { at } from "../core/assert.ts";
import type { Parameter } from "../artifacts/network.ts";
import type { WeightGranularity } from "./plan-quantization.ts";

/** Weights that are smaller than 127 of these are zero for all purposes. */
const SMALLEST_SCALE = 2 ** -40;

/** float32 values, one a slice along `axis`, or a single one. All-zero weights get a scale of 1. */
export function weightScales({ shape, data }: Parameter, axis: number, granularity: WeightGranularity): number[] {
  const slices = granularity === "per-tensor" ? 1 : at(shape, axis);
  const largest = new Float64Array(slices);
  const slice = sliceOf(shape, axis, slices);
  data.forEach((weight, index) => {
    largest[slice(index)] = Math.max(at(largest, slice(index)), Math.abs(weight));
  });
  return Array.from(largest, (most) => (most === 0 ? 1 : Math.fround(Math.max(most / 127, SMALLEST_SCALE))));
}

/** The slice along `axis` that an element is in; 0 where there is but one. */
export function sliceOf(shape: readonly number[], axis: number, slices: number): (index: number) => number {
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  return slices === 1 ? () => 0 : (index) => Math.floor(index / inner) % slices;
}
