import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { InputNoise } from "./noise.ts";

function blurred(seed: number, rows = 500, width = 24, at = 0): Float32Array {
  const inputs = new Float32Array(rows * width).fill(at);
  new InputNoise(0.1, new Random(seed)).blur({ inputs, rows });
  return inputs;
}

describe("InputNoise", () => {
  it("has the deviation asked for and no bias", () => {
    const noise = blurred(1);
    const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
    const square = noise.reduce((sum, value) => sum + value * value, 0) / noise.length;
    expect(mean).toBeCloseTo(0, 2);
    expect(Math.sqrt(square)).toBeCloseTo(0.1, 2);
  });

  it("is another for each row and each batch, and the same for a seed", () => {
    const noise = blurred(1);
    expect(new Set(noise.subarray(0, 24)).size).toBe(24);
    expect(noise.subarray(0, 24)).not.toEqual(noise.subarray(24, 48));
    expect(blurred(1)).toEqual(noise);
    expect(blurred(2)).not.toEqual(noise);
    const source = new InputNoise(0.1, new Random(1));
    const [first, second] = [new Float32Array(24), new Float32Array(24)];
    source.blur({ inputs: first, rows: 1 });
    source.blur({ inputs: second, rows: 1 });
    expect(first).not.toEqual(second);
  });

  it("stays within what the policy gets to see", () => {
    expect(Math.max(...blurred(1, 50, 24, 1))).toBe(1);
    expect(Math.min(...blurred(1, 50, 24, -1))).toBe(-1);
  });
});
