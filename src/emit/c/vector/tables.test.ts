import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { doublingHighMultiply, multiplyByQuantizedMultiplier, type QuantizedMultiplier } from "../../../core/fixed-point.ts";
import { channelBlocks, packChannels, packLaws, packRows, secondFactor } from "./tables.ts";

describe("packRows", () => {
  test("puts every weight where the kernel looks for it, and zeros elsewhere", () => {
    const [rows, columns] = [5, 18];
    const weights = Int8Array.from({ length: rows * columns }, (_, index) => index + 1);
    const packed = packRows(weights, rows, columns);
    expect(packed).toHaveLength(8 * 32);
    expect([...packed.subarray(0, 17)]).toEqual([...weights.subarray(0, 16), 19]);
    expect([...packed.subarray(64, 67)]).toEqual([17, 18, 0]);
    expect([...packed.subarray(128, 131)]).toEqual([73, 74, 75]);
    expect(packed.reduce((sum, weight) => sum + (weight !== 0 ? 1 : 0), 0)).toBe(rows * columns);
  });
});

describe("packChannels", () => {
  test("lets the last block of eight overlap the one before", () => {
    expect(channelBlocks(8)).toEqual([0]);
    expect(channelBlocks(19)).toEqual([0, 8, 11]);
    const weights = Int8Array.from({ length: 2 * 10 }, (_, index) => index);
    expect([...packChannels(weights, 10)]).toEqual([
      ...[0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17],
      ...[2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 19],
    ]);
  });
});

describe("packLaws", () => {
  const requantization = { zeroPoint: 0, minimum: -128, maximum: 127 };

  test("gives every row its own multiplier, or all of them the only one", () => {
    const multipliers = [3, 5].map((mantissa) => ({ mantissa, shift: -1 }));
    const each = 2 ** 30;
    expect([...packLaws([7, 8], { ...requantization, multipliers }, [1, 0])]).toEqual([8, 7, 0, 0, 5, 3, 0, 0, each, each, 0, 0]);
    const one = packLaws([7, 8], { ...requantization, multipliers: multipliers.slice(0, 1) }, [0, 1]);
    expect([...one]).toEqual([7, 8, 0, 0, 3, 3, 0, 0, each, each, 0, 0]);
  });
});

describe("secondFactor", () => {
  const mantissas = fc.oneof(fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }), fc.constantFrom(0, 2 ** 30, 2 ** 30 + 1, 2 ** 31 - 1));
  /** Sums near the ends of the range, near ties, and anywhere. */
  const sums = fc.oneof(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.integer({ min: -300, max: 300 }),
    fc
      .tuple(fc.integer({ min: -60, max: 60 }), fc.integer({ min: 0, max: 24 }), fc.integer({ min: -1, max: 1 }))
      .map(([half, power, near]) => half * 2 ** power + near),
  );

  /** As requantize_four computes it, in JavaScript. */
  function requantize(sum: number, multiplier: QuantizedMultiplier): number {
    const factor = secondFactor(multiplier);
    const high = doublingHighMultiply(Math.imul(sum, Math.max(-factor, 1)), multiplier.mantissa);
    return doublingHighMultiply(high + ((high & ~factor) >> 31), Math.min(factor >>> 0, 2 ** 31 - 1));
  }

  test("agrees with the law for right shifts", () => {
    fc.assert(
      fc.property(sums, mantissas, fc.integer({ min: -31, max: -1 }), (sum, mantissa, shift) => {
        expect(requantize(sum, { mantissa, shift })).toBe(multiplyByQuantizedMultiplier(sum, { mantissa, shift }) + 0);
      }),
      { numRuns: 20_000 },
    );
  });

  test("agrees with the law for left shifts, within what int8 is cut from", () => {
    const cut = (value: number): number => 0 + Math.max(-(2 ** 29), Math.min(2 ** 29, value));
    fc.assert(
      fc.property(sums, mantissas, fc.integer({ min: 0, max: 30 }), (sum, mantissa, shift) => {
        fc.pre(Math.abs(sum) * 2 ** shift < 2 ** 31);
        expect(cut(requantize(sum, { mantissa, shift }))).toBe(cut(multiplyByQuantizedMultiplier(sum, { mantissa, shift })));
      }),
      { numRuns: 20_000 },
    );
  });
});
