import { expect, test } from "vitest";
import { at } from "../core/assert.ts";
import { Random } from "../core/random.ts";
import type { Samples } from "../artifacts/samples.ts";
import { coverage } from "./coverage.ts";

/** Points of a plane in three dimensions, `wide` along one of its directions and `narrow` along the other. */
function planeSamples(rows: number, seed: number, weightOf: (row: number) => number, shift = 0): Samples {
  const random = new Random(seed);
  const inputs = new Float32Array(rows * 3);
  for (let row = 0; row < rows; row++) {
    const [wide, narrow] = [random.uniform(-1, 1), random.uniform(-0.2, 0.2)];
    inputs.set([0.6 * wide + shift, 0.8 * wide, narrow], 3 * row);
  }
  const weights = Float32Array.from({ length: rows }, (_, row) => weightOf(row));
  return { rows, inputWidth: 3, inputs, targetWidth: 1, targets: new Float32Array(rows), weights, starts: Uint32Array.of(0) };
}

test("shows the two directions of most variance, and who demonstrated what", () => {
  const training = planeSamples(500, 1, (row) => (row % 10 === 0 ? 0 : row % 10 === 1 ? 2 : 1));
  const map = coverage(
    training,
    planeSamples(50, 2, () => 1),
    2,
  );
  expect([map.demonstrations.length, map.corrections.length, map.heldOut.length]).toEqual([400, 50, 50]);
  expect(map.explained[0]).toBeGreaterThan(0.93);
  expect(map.explained[0] + map.explained[1]).toBeCloseTo(1, 4);
  const spread = (axis: 0 | 1): number => Math.max(...map.demonstrations.map((point) => Math.abs(at(point, axis))));
  expect(spread(0)).toBeCloseTo(1, 1);
  expect(spread(1)).toBeCloseTo(0.2, 1);
});

test("tells observations that are new from those that are not", () => {
  const training = planeSamples(500, 1, () => 1);
  const known = coverage(
    training,
    planeSamples(50, 2, () => 1),
    2,
  );
  const strange = coverage(
    training,
    planeSamples(50, 2, () => 1, 3),
    2,
  );
  expect(known.medianDistance).toBeLessThan(0.1);
  expect(strange.medianDistance).toBeGreaterThan(2);
});

test("of nothing held out, or of observations that never change, is finite or missing, but there", () => {
  const still = { ...planeSamples(20, 1, () => 1), inputs: new Float32Array(60) };
  const map = coverage(
    still,
    planeSamples(5, 2, () => 0),
    2,
  );
  expect(map.heldOut).toEqual([]);
  expect(map.explained).toEqual([0, 0]);
});
