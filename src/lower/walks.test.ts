import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeDimensions, rowMajorStrides } from "./walks.ts";

/** Offsets in the order of the walk. */
function offsets(sizes: readonly number[], strides: readonly number[]): number[] {
  return sizes.reduce<number[]>(
    (list, size, dimension) =>
      list.flatMap((offset) => Array.from({ length: size }, (_, index) => offset + index * (strides[dimension] ?? NaN))),
    [0],
  );
}

test("merging dimensions changes no offset and no order", () => {
  const dimension = fc.record({ size: fc.integer({ min: 1, max: 4 }), one: fc.constantFrom(0, 1), other: fc.constantFrom(-1, 0, 1, 2) });
  fc.assert(
    fc.property(fc.array(dimension, { maxLength: 5 }), (dimensions) => {
      const sizes = dimensions.map(({ size }) => size);
      const rowMajor = rowMajorStrides(sizes);
      const one = dimensions.map((each, index) => each.one * (rowMajor[index] ?? 0));
      const other = dimensions.map((each, index) => each.other * (rowMajor[index] ?? 0));
      const merged = mergeDimensions(sizes, one, other);
      expect(merged.sizes.length).toBeGreaterThan(0);
      expect(merged.sizes.length).toBeLessThanOrEqual(Math.max(1, sizes.length));
      expect(offsets(merged.sizes, merged.strides[0])).toEqual(offsets(sizes, one));
      expect(offsets(merged.sizes, merged.strides[1])).toEqual(offsets(sizes, other));
    }),
    { numRuns: 500 },
  );
});

test("what moves together becomes one dimension; what doesn't, stays", () => {
  expect(mergeDimensions([2, 1, 3, 4], [12, 12, 4, 1], [12, 12, 4, 1])).toEqual({ sizes: [24], strides: [[1], [1]] });
  expect(mergeDimensions([2, 3, 4], [12, 4, 1], [20, 4, 1])).toEqual({
    sizes: [2, 12],
    strides: [
      [12, 1],
      [20, 1],
    ],
  });
  expect(mergeDimensions([], [])).toEqual({ sizes: [1], strides: [[0]] });
});
