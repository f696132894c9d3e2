import fc from "fast-check";
import { expect, test } from "vitest";
import {
  doublingHighMultiplyInt16,
  mantissaToInt16,
  roundingRightShiftInt16,
  saturatingLeftShiftInt16,
  truncatingHighMultiplyInt16,
} from "./fixed-point-int16.ts";

const int16 = fc.integer({ min: -32768, max: 32767 });

test("doubling high multiply rounds to the nearest, ties towards +infinity, and saturates", () => {
  fc.assert(
    fc.property(int16, int16, (a, b) => {
      fc.pre(a !== -32768 || b !== -32768);
      const nudge = a * b >= 0 ? 16384n : 1n - 16384n;
      expect(BigInt(doublingHighMultiplyInt16(a, b))).toBe((BigInt(a * b) + nudge) / 32768n);
    }),
    { numRuns: 10_000 },
  );
  expect(doublingHighMultiplyInt16(-32768, -32768)).toBe(32767);
});

test("truncating high multiply rounds towards zero, and saturates", () => {
  expect([truncatingHighMultiplyInt16(-1, 1), truncatingHighMultiplyInt16(32767, -32767)].map((value) => value + 0)).toEqual([0, -32766]);
  expect(truncatingHighMultiplyInt16(-32768, -32768)).toBe(32767);
});

test("rounding right shift rounds halves away from zero as long as its mask fits", () => {
  fc.assert(
    fc.property(int16, fc.integer({ min: 0, max: 15 }), (value, exponent) => {
      const magnitude = Math.floor(Math.abs(value) / 2 ** exponent + 0.5);
      expect(roundingRightShiftInt16(value, exponent)).toBe(value < 0 && magnitude > 0 ? -magnitude : magnitude);
    }),
    { numRuns: 10_000 },
  );
  expect([5, 0, -5].map((value) => roundingRightShiftInt16(value, 16))).toEqual([1, 1, -1]);
});

test("shifts and mantissas saturate", () => {
  expect([saturatingLeftShiftInt16(3, 2), saturatingLeftShiftInt16(20000, 1), saturatingLeftShiftInt16(-1, 30)]).toEqual([
    12, 32767, -32768,
  ]);
  expect([2 ** 30, 2 ** 31 - 1, 2 ** 30 + 32767, 2 ** 30 + 32768].map(mantissaToInt16)).toEqual([16384, 32767, 16384, 16385]);
});
