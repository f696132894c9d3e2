import { expect, test } from "vitest";
import { fusedRange } from "./activation-ranges.ts";

test("fused activations limit the output where TFLite does", () => {
  expect(fusedRange("none", 0.1, 5)).toEqual({ minimum: -128, maximum: 127 });
  expect(fusedRange("relu", 0.1, -10)).toEqual({ minimum: -10, maximum: 127 });
  expect(fusedRange("relu6", 0.1, -10)).toEqual({ minimum: -10, maximum: 50 });
  expect(fusedRange("relu-n1-to-1", 0.1, -10)).toEqual({ minimum: -20, maximum: 0 });
});

test("they stay within int8, and divide in single precision", () => {
  expect(fusedRange("relu6", 0.001, 120)).toEqual({ minimum: 120, maximum: 127 });
  expect(fusedRange("relu-n1-to-1", 0.001, -120)).toEqual({ minimum: -128, maximum: 127 });
  // 1 / scale is just below 2.5, and 2.5 in single precision.
  const scale = Math.fround(0.4);
  expect(1 / scale).toBeLessThan(2.5);
  expect(fusedRange("relu-n1-to-1", scale, 0)).toEqual({ minimum: -3, maximum: 3 });
});
