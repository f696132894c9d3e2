import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  doublingHighMultiply,
  multiplyByQuantizedMultiplier,
  quantizeMultiplier,
  roundHalfAway,
  roundingRightShift,
  splitFloat,
} from "./fixed-point.ts";

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

/** gemmlowp's definition, with C's truncating division. */
function referenceHighMultiply(a: number, b: number): bigint {
  const product = BigInt(a) * BigInt(b);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  return (product + nudge) / (1n << 31n);
}

/** gemmlowp's RoundingDivideByPOT. */
function referenceRightShift(value: bigint, exponent: number): bigint {
  const mask = (1n << BigInt(exponent)) - 1n;
  const threshold = (mask >> 1n) + (value < 0n ? 1n : 0n);
  return (value >> BigInt(exponent)) + ((value & mask) > threshold ? 1n : 0n);
}

describe("the law of requantization", () => {
  test("doubling high multiply is gemmlowp's", () => {
    fc.assert(
      fc.property(int32, int32, (a, b) => {
        fc.pre(a !== -(2 ** 31) || b !== -(2 ** 31));
        expect(BigInt(doublingHighMultiply(a, b))).toBe(referenceHighMultiply(a, b));
      }),
      { numRuns: 20_000 },
    );
    expect(doublingHighMultiply(-(2 ** 31), -(2 ** 31))).toBe(2 ** 31 - 1);
  });

  test("rounding right shift is gemmlowp's, ties away from zero", () => {
    fc.assert(
      fc.property(int32, fc.integer({ min: 0, max: 31 }), (value, exponent) => {
        expect(BigInt(roundingRightShift(value, exponent))).toBe(referenceRightShift(BigInt(value), exponent));
      }),
      { numRuns: 20_000 },
    );
    expect([5, -5, 6, -6].map((value) => roundingRightShift(value, 1))).toEqual([3, -3, 3, -3]);
  });

  test("the two roundings together say what the one formula of the law says", () => {
    const multiplier = fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(int32, multiplier, fc.integer({ min: 1, max: 31 }), (value, mantissa, right) => {
        fc.pre(value > -(2 ** 31));
        const x = (BigInt(value) * BigInt(mantissa) + (1n << 30n)) >> 31n;
        const y = (x + (x < 0n ? -1n : 0n) + (1n << BigInt(right - 1))) >> BigInt(right);
        expect(BigInt(multiplyByQuantizedMultiplier(value, { mantissa, shift: -right }))).toBe(y);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe("multipliers", () => {
  test("31 bits of fraction, and never 2^31", () => {
    expect(quantizeMultiplier(0.5)).toEqual({ mantissa: 2 ** 30, shift: 0 });
    expect(quantizeMultiplier(1)).toEqual({ mantissa: 2 ** 30, shift: 1 });
    expect(quantizeMultiplier(0)).toEqual({ mantissa: 0, shift: 0 });
    expect(quantizeMultiplier(1 - 2 ** -40)).toEqual({ mantissa: 2 ** 30, shift: 1 });
    expect(quantizeMultiplier(2 ** -33)).toEqual({ mantissa: 0, shift: 0 });
    expect(() => quantizeMultiplier(NaN)).toThrow("not finite");
  });

  test("stand for the real factor to 2^-31", () => {
    fc.assert(
      fc.property(fc.double({ min: 2 ** -30, max: 2 ** 10, noNaN: true }), (real) => {
        const { mantissa, shift } = quantizeMultiplier(real);
        expect(Math.abs((mantissa * 2 ** (shift - 31)) / real - 1)).toBeLessThanOrEqual(2 ** -31);
      }),
    );
  });

  test("splitFloat is frexp, over the whole range of doubles", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const { fraction, exponent } = splitFloat(value);
        if (value === 0) return;
        expect(Math.abs(fraction)).toBeGreaterThanOrEqual(0.5);
        expect(Math.abs(fraction)).toBeLessThan(1);
        expect(fraction * 2 ** Math.trunc(exponent / 2) * 2 ** (exponent - Math.trunc(exponent / 2))).toBe(value);
      }),
    );
  });

  test("roundHalfAway is C's round", () => {
    expect([0.5, -0.5, 1.5, -1.5, 2.4, -2.6].map(roundHalfAway)).toEqual([1, -1, 2, -2, 2, -3]);
  });
});
