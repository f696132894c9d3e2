import fc from "fast-check";
import { expect, test } from "vitest";
import { sumReach } from "./sum-reach.ts";

const int8 = fc.integer({ min: -128, max: 127 });

test("no partial sum, in any order, folded or not, goes beyond; the whole reaches its bound", () => {
  const tap = fc.record({ weight: fc.integer({ min: -127, max: 127 }), input: int8, rank: fc.nat() });
  fc.assert(
    fc.property(fc.array(tap, { minLength: 1, maxLength: 6 }), fc.integer({ min: -5000, max: 5000 }), int8, (taps, bias, zeroPoint) => {
      const weights = Int8Array.from(taps, ({ weight }) => weight);
      const reach = sumReach(weights, { first: 0, stride: 1, count: taps.length }, bias, zeroPoint);
      const shuffled = [...taps].sort((left, right) => left.rank - right.rank);
      let [unfolded, folded] = [bias, bias - zeroPoint * weights.reduce((sum, weight) => sum + weight, 0)];
      for (const { weight, input } of shuffled) {
        expect(Math.abs(unfolded)).toBeLessThanOrEqual(reach.partial);
        expect(Math.abs(folded)).toBeLessThanOrEqual(reach.partial);
        unfolded += weight * (input - zeroPoint);
        folded += weight * input;
      }
      expect(folded).toBe(unfolded);
      expect(Math.abs(unfolded)).toBeLessThanOrEqual(reach.whole);
      expect(reach.whole).toBeLessThanOrEqual(reach.partial);
      const extreme = (sign: number): number =>
        weights.reduce((sum, weight) => sum + weight * ((weight * sign > 0 ? 127 : -128) - zeroPoint), bias);
      expect(Math.max(Math.abs(extreme(1)), Math.abs(extreme(-1)))).toBe(reach.whole);
    }),
    { numRuns: 500 },
  );
});

test("a row may be spread over the weights", () => {
  const reach = sumReach(Int8Array.of(1, 100, -2, 100, 3), { first: 0, stride: 2, count: 3 }, 10, -128);
  expect(reach).toEqual({ partial: 10 + 6 * 256, whole: 10 + 4 * 255 });
});
