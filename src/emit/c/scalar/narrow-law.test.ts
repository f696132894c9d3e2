import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clamp, multiplyByQuantizedMultiplier } from "../../../core/fixed-point.ts";
import { isOneSided, rowLaw, type NarrowLaw, type RowLaw, type RowRequantization } from "./narrow-law.ts";

/** As the kernels compute it. */
function narrow({ origin, below, above }: RowLaw, rawSum: number): number {
  let [sum, law]: [number, NarrowLaw] = [(rawSum - origin) >>> 0, below];
  if (sum > law.range) {
    if (sum >= 2 ** 31) sum = 0;
    else {
      law = above ?? below;
      sum = Math.min(sum, law.range);
    }
  }
  const value = (Math.imul(sum, law.high) + (Math.imul(sum, law.low) >>> 12) + law.offset) >>> 24;
  return (value << 24) >> 24;
}

function exact({ multiplier, zeroPoint, minimum, maximum }: RowRequantization, sum: number): number {
  return clamp(multiplyByQuantizedMultiplier(sum, multiplier) + zeroPoint, minimum, maximum);
}

/** Every sum where the exact output changes lies between two of these, or next to one of them. */
function sumsToTry(row: RowRequantization, law: RowLaw): number[] {
  const sums = [row.lowestSum, row.highestSum, 0, -1, 1];
  const last = Math.max(law.below.range, law.above?.range ?? 0);
  const stride = Math.max(1, Math.floor(last / 4000));
  for (let sum = -2 * stride; sum <= last + 2 * stride; sum += stride) sums.push(law.origin + sum);
  for (let output = row.minimum; output <= row.maximum; output++) {
    let [low, high] = [row.lowestSum, row.highestSum];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (exact(row, middle) >= output) high = middle;
      else low = middle + 1;
    }
    sums.push(low - 1, low, low + 1);
  }
  return sums.filter((sum) => sum >= row.lowestSum && sum <= row.highestSum);
}

const multiplier = (shifts: { min: number; max: number }): fc.Arbitrary<{ mantissa: number; shift: number }> =>
  fc.record({ mantissa: fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }), shift: fc.integer(shifts) });

const clamping = fc.oneof(
  fc.integer({ min: -128, max: 127 }).map((zeroPoint) => ({ zeroPoint, minimum: -128, maximum: 127 })),
  fc.integer({ min: -128, max: 126 }).map((zeroPoint) => ({ zeroPoint, minimum: zeroPoint, maximum: 127 })),
  fc.tuple(fc.integer({ min: -128, max: 120 }), fc.integer({ min: 0, max: 100 })).map(([minimum, size]) => ({
    ...{ zeroPoint: minimum, minimum, maximum: Math.min(127, minimum + size) },
  })),
);

const reach = fc.record({ lowestSum: fc.integer({ min: -(2 ** 23), max: 0 }), highestSum: fc.integer({ min: 0, max: 2 ** 23 }) });

describe("a narrow law", () => {
  test("is the law on every sum, for multipliers of real layers", () => {
    fc.assert(
      fc.property(multiplier({ min: -9, max: -1 }), clamping, reach, (factor, range, sums) => {
        const row = { multiplier: factor, ...range, ...sums };
        const law = rowLaw(row, 12);
        expect(law).not.toBeNull();
        if (law === null) return;
        expect(law.above === null).toBe(isOneSided(row));
        expect(sumsToTry(row, law).find((sum) => narrow(law, sum) !== exact(row, sum))).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  test("is the law where there is one at all, for any multiplier", () => {
    fc.assert(
      fc.property(multiplier({ min: -31, max: 8 }), clamping, reach, (factor, range, sums) => {
        const safe = 2 ** (30 - Math.max(0, factor.shift));
        const row = {
          multiplier: factor,
          ...range,
          lowestSum: Math.max(sums.lowestSum, -safe),
          highestSum: Math.min(sums.highestSum, safe),
        };
        const law = rowLaw(row, 12);
        if (law === null) return;
        expect(sumsToTry(row, law).find((sum) => narrow(law, sum) !== exact(row, sum))).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  test("of a multiplier of 0 gives the zero point", () => {
    const row = { multiplier: { mantissa: 0, shift: 0 }, zeroPoint: 7, minimum: -128, maximum: 127, lowestSum: -1000, highestSum: 1000 };
    const law = rowLaw(row, 12);
    expect(law).not.toBeNull();
    for (const sum of [-1000, -1, 0, 1, 1000]) expect(law === null ? null : narrow(law, sum)).toBe(7);
  });
});
