// Walks over tensors as sizes and strides: what broadcasting, slicing and reducing come down to.

import { assert, at } from "../core/assert.ts";

/** Element strides of a tensor whose last dimension is contiguous. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let dimension = shape.length - 2; dimension >= 0; dimension--) {
    strides[dimension] = at(strides, dimension + 1) * at(shape, dimension + 1);
  }
  return strides;
}

export interface MergedWalk<Count extends readonly (readonly number[])[]> {
  readonly sizes: readonly number[];
  /** One list for each that was given, in their order. */
  readonly strides: { readonly [Index in keyof Count]: readonly number[] };
}

/** The same walk with fewer dimensions: those of size 1 dropped, neighbours that move together in every list merged. At least one
 * dimension is left. */
export function mergeDimensions<Lists extends readonly (readonly number[])[]>(
  sizes: readonly number[],
  ...lists: Lists
): MergedWalk<Lists> {
  const merged: { size: number; strides: number[] }[] = [];
  sizes.forEach((size, dimension) => {
    if (size === 1) return;
    const strides = lists.map((list) => at(list, dimension));
    const last = merged.at(-1);
    if (last !== undefined && last.strides.every((stride, list) => stride === at(strides, list) * size)) {
      last.size *= size;
      last.strides = strides;
    } else {
      merged.push({ size, strides });
    }
  });
  if (merged.length === 0) merged.push({ size: 1, strides: lists.map(() => 0) });
  assert(
    lists.every((list) => list.length === sizes.length),
    "every list has a stride a dimension",
  );
  return {
    sizes: merged.map(({ size }) => size),
    strides: lists.map((_, list) => merged.map(({ strides }) => at(strides, list))) as MergedWalk<Lists>["strides"],
  };
}
