import { describe, expect, it } from "vitest";
import { at } from "../core/assert.ts";
import { Adam, parameterGroup } from "./adam.ts";

describe("Adam", () => {
  it("moves by the learning rate against the gradient's sign in its first step", () => {
    const group = parameterGroup(Float32Array.of(1, -1, 0), 0);
    new Adam([group]).step([Float32Array.of(5, -0.01, 0)], 0.125);
    expect(at(group.values, 0)).toBeCloseTo(0.875, 5);
    expect(at(group.values, 1)).toBeCloseTo(-0.875, 5);
    expect(group.values[2]).toBe(0);
  });

  it("decays weights apart from the gradient", () => {
    const group = parameterGroup(Float32Array.of(2), 0.5);
    new Adam([group]).step([Float32Array.of(0)], 0.25);
    expect(group.values[0]).toBe(2 * (1 - 0.25 * 0.5));
  });

  it("finds the bottom of badly scaled parabolas", () => {
    const group = parameterGroup(Float32Array.of(0, 0), 0);
    const optimiser = new Adam([group]);
    for (let step = 0; step < 500; step++) {
      const [x, y] = group.values as unknown as [number, number];
      optimiser.step([Float32Array.of(100 * (x - 1), 0.01 * (y + 1))], 0.05);
    }
    expect(group.values[0]).toBeCloseTo(1, 2);
    expect(group.values[1]).toBeCloseTo(-1, 2);
  });

  it("leaves the given values alone", () => {
    const given = Float32Array.of(1);
    new Adam([parameterGroup(given, 0)]).step([Float32Array.of(1)], 0.1);
    expect(given[0]).toBe(1);
  });
});
