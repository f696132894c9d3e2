import fc from "fast-check";
import { expect, test } from "vitest";
import { quantizeMultiplier } from "../../../core/fixed-point.ts";
import { outputOf, rowLaws, thresholds, type RowLaw } from "./row-law.ts";

const law = fc
  .record({
    real: fc.double({ min: 2 ** -9, max: 3, noNaN: true }),
    zeroPoint: fc.integer({ min: -128, max: 127 }),
    reach: fc.integer({ min: 1, max: 4000 }),
  })
  .map(({ real, zeroPoint, reach }): RowLaw => ({
    ...{ multiplier: quantizeMultiplier(real), zeroPoint, minimum: -128, maximum: 127 },
    ...{ lowest: -reach, highest: reach + 7 },
  }));

test("the output rises where the thresholds say, and nowhere else", () => {
  fc.assert(
    fc.property(law, (each) => {
      const expected: [number, number][] = [];
      for (let accumulator = each.lowest + 1; accumulator <= each.highest; accumulator++) {
        for (let level = outputOf(each, accumulator - 1) + 1; level <= outputOf(each, accumulator); level++)
          expected.push([level, accumulator]);
      }
      expect(thresholds(each).map(({ level, accumulator }) => [level, accumulator])).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

test("the range of a row's accumulator is what the ends of int8 make of its weights", () => {
  const [first, second] = rowLaws(
    {
      ...{ weights: Int8Array.of(2, -3, 127, 0), bias: Int32Array.of(10, -5), inputZeroPoint: -128 },
      requantization: { multipliers: [quantizeMultiplier(0.25)], zeroPoint: 1, minimum: -128, maximum: 127 },
    },
    2,
  );
  expect(first).toMatchObject({ lowest: 10 - 3 * 255, highest: 10 + 2 * 255, zeroPoint: 1 });
  expect(second).toMatchObject({ lowest: -5, highest: -5 + 127 * 255 });
});
