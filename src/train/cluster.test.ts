import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { clusterCentres, type Points } from "./cluster.ts";

function pointsOf(values: readonly number[], width: number, weights = new Float32Array(values.length / width).fill(1)): Points {
  return { count: values.length / width, width, values: Float32Array.from(values), weights };
}

const sorted = (centres: Float32Array): number[] => [...centres].sort((one, other) => one - other);

describe("clusterCentres", () => {
  it("finds heaps", () => {
    const random = new Random(1);
    const values = Array.from({ length: 300 }, (_, index) => [-0.8, 0.1, 0.6][index % 3] ?? 0).map(
      (centre) => centre + 0.02 * random.normal(),
    );
    for (const seed of [1, 2, 3]) {
      sorted(clusterCentres(pointsOf(values, 1), 3, seed)).forEach((centre, index) => {
        expect(centre).toBeCloseTo([-0.8, 0.1, 0.6][index] ?? NaN, 1);
      });
    }
  });

  it("weighs points", () => {
    expect(clusterCentres(pointsOf([0, 1], 1, Float32Array.of(1, 3)), 1, 1)).toEqual(Float32Array.of(0.75));
  });

  it("has a centre for each point where there are as many, and more than points without failing", () => {
    expect(sorted(clusterCentres(pointsOf([0, 1, 5, 9], 1), 4, 1))).toEqual([0, 1, 5, 9]);
    const centres = clusterCentres(pointsOf([0, 0, 1, 1], 2), 5, 1);
    expect([...centres].every((value) => value === 0 || value === 1)).toBe(true);
  });

  it("brings an empty group back to life", () => {
    const centres = clusterCentres(pointsOf([0, 0.1, 0.9, 1], 1), 2, 1, Float32Array.of(0.5, 40));
    expect(sorted(centres).map((value) => Math.round(20 * value))).toEqual([1, 19]);
  });

  it("keeps the groups' numbers that it is given", () => {
    const points = pointsOf([-1, -0.9, 0.9, 1], 1);
    expect(clusterCentres(points, 2, 1, Float32Array.of(0.5, -0.5))[0]).toBeCloseTo(0.95, 5);
    expect(clusterCentres(points, 2, 1, Float32Array.of(-0.5, 0.5))[0]).toBeCloseTo(-0.95, 5);
  });
});
