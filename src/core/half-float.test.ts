import { expect, test } from "vitest";
import { halfFloat } from "./half-float.ts";

test.each([
  [0x3c00, 1],
  [0xc000, -2],
  [0x7bff, 65504],
  [0x0001, 2 ** -24],
  [0x0400, 2 ** -14],
  [0x3555, 0.333251953125],
  [0x8000, -0],
  [0x7c00, Infinity],
  [0xfc00, -Infinity],
  [0x7e00, NaN],
])("%i is %d", (bits, value) => {
  expect(halfFloat(bits)).toBe(value);
});
