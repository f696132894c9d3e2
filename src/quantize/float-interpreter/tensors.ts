// What each family of float operators is made with: the shapes and values of tensors; and what several of them share.

import { at } from "../../core/assert.ts";
import type { FusedActivation, TensorId } from "../../artifacts/graph.ts";

/** Computes the operator's outputs from what its inputs hold now. */
export type Compute = () => void;

export interface FloatTensors {
  shape(id: TensorId): readonly number[];
  /** The same array each time it is asked for. */
  value(id: TensorId): Float32Array;
}

/** What a fused activation limits a result to. */
export const ACTIVATION_LIMITS: Readonly<Record<FusedActivation, { readonly low: number; readonly high: number }>> = {
  none: { low: -Infinity, high: Infinity },
  relu: { low: 0, high: Infinity },
  relu6: { low: 0, high: 6 },
  "relu-n1-to-1": { low: -1, high: 1 },
};

/** Elements from one index to the next, along each dimension, where the last one is contiguous. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let dimension = shape.length - 2; dimension >= 0; dimension--) {
    strides[dimension] = at(strides, dimension + 1) * at(shape, dimension + 1);
  }
  return strides;
}

/** The place `base + sum of index * stride` for each index below `sizes`, the last dimension fastest. */
export function places(sizes: readonly number[], strides: readonly number[], base = 0): Int32Array {
  let list = Int32Array.of(base);
  sizes.forEach((size, dimension) => {
    const stride = at(strides, dimension);
    const before = list;
    list = new Int32Array(before.length * size);
    for (let index = 0; index < list.length; index++) {
      list[index] = (before[Math.floor(index / size)] as number) + (index % size) * stride;
    }
  });
  return list;
}
