import fc from "fast-check";
import { expect, test } from "vitest";
import { fusedRange, tanhTable } from "./activation-ranges.ts";

test("fused activations limit the output where TFLite does", () => {
  expect(fusedRange("none", 0.1, 5)).toEqual({ minimum: -128, maximum: 127 });
  expect(fusedRange("relu", 0.1, -10)).toEqual({ minimum: -10, maximum: 127 });
  expect(fusedRange("relu6", 0.1, -10)).toEqual({ minimum: -10, maximum: 50 });
  expect(fusedRange("relu-n1-to-1", 0.1, -10)).toEqual({ minimum: -20, maximum: 0 });
});

test("the tanh table is within one step of tanh, odd around its zero point, and never falls", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 0.2, noNaN: true }), fc.integer({ min: -128, max: 127 }), (scale, zeroPoint) => {
      const table = tanhTable(Math.fround(scale), zeroPoint);
      table.forEach((value, index) => {
        const exact = Math.max(-128, Math.min(127, 128 * Math.tanh(Math.fround(scale) * (index - 128 - zeroPoint))));
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(1);
        if (index > 0) expect(value).toBeGreaterThanOrEqual(table[index - 1] ?? NaN);
      });
      expect(table[zeroPoint + 128]).toBe(0);
    }),
    { numRuns: 50 },
  );
});
