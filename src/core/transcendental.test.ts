import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expOnNegativeValues, fixedPointLogistic, fixedPointTanh, oneMinusOverOnePlus, oneOverOnePlus } from "./transcendental.ts";

const fraction = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const int32 = fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 });

/** Largest difference allowed between fixed point and the real function. */
const TOLERANCE = 2 ** -21;

function expectClose(raw: number, real: number): void {
  expect(Math.abs(raw / 2 ** 31 - real)).toBeLessThan(TOLERANCE);
}

describe("gemmlowp's fixed-point functions are close to the real ones", () => {
  test.each([4, 5])("exp of Q%i", (integerBits) => {
    fc.assert(
      fc.property(int32, (raw) => {
        const x = -Math.abs(raw);
        expectClose(expOnNegativeValues(x, integerBits), Math.exp(x / 2 ** (31 - integerBits)));
      }),
      { numRuns: 2_000 },
    );
    expect(expOnNegativeValues(0, integerBits)).toBe(2 ** 31 - 1);
  });

  test("1 / (1 + x) and (1 - x) / (1 + x)", () => {
    fc.assert(
      fc.property(fraction, (raw) => {
        const x = raw / 2 ** 31;
        expectClose(oneOverOnePlus(raw), 1 / (1 + x));
        expectClose(oneMinusOverOnePlus(raw), (1 - x) / (1 + x));
      }),
      { numRuns: 2_000 },
    );
  });

  test("logistic and tanh of Q4.27, with their symmetries", () => {
    fc.assert(
      fc.property(int32, (raw) => {
        const x = raw / 2 ** 27;
        expectClose(fixedPointLogistic(raw), 1 / (1 + Math.exp(-x)));
        expectClose(fixedPointTanh(raw), Math.tanh(x));
        if (raw !== 0) expect(fixedPointLogistic(raw) + fixedPointLogistic(-raw)).toBe(2 ** 31 - 1);
        expect(fixedPointTanh(raw) + fixedPointTanh(-raw)).toBe(0);
      }),
      { numRuns: 2_000 },
    );
    expect(fixedPointLogistic(0)).toBe(2 ** 30);
  });
});
