import { describe, expect, it } from "vitest";
import { parameterIds, parameterOf, withParameters, type FloatNetwork } from "../artifacts/network.ts";
import { Random } from "../core/random.ts";
import { buildNetwork } from "./architectures/build.ts";
import { AverageNetwork } from "./average.ts";
import { robotOf } from "./testing.ts";

const network = buildNetwork(robotOf(), new Random(1));

function filled(value: number): FloatNetwork {
  return withParameters(network, new Map(parameterIds(network).map((id) => [id, parameterOf(network, id).data.map(() => value)])));
}

function meanOf(values: readonly number[]): number {
  const average = new AverageNetwork();
  for (const value of values) average.add(filled(value));
  const mean = average.applyTo(network);
  const all = parameterIds(mean).flatMap((id) => [...parameterOf(mean, id).data]);
  expect(new Set(all).size).toBe(1);
  return all[0] ?? NaN;
}

describe("AverageNetwork", () => {
  it("is the first network, then a mean of it and the next", () => {
    expect(meanOf([3])).toBe(3);
    expect(meanOf([0, 1])).toBeGreaterThan(0.8);
    expect(meanOf([0, 1])).toBeLessThan(1);
  });

  it("levels what swings, and forgets the beginning", () => {
    const swinging = Array.from({ length: 100 }, (_, epoch) => (epoch % 2 === 0 ? 1 : -1));
    expect(Math.abs(meanOf(swinging))).toBeLessThan(0.1);
    expect(meanOf(Array.from({ length: 100 }, (_, epoch) => (epoch < 30 ? 50 : 1)))).toBeCloseTo(1, 2);
    expect(meanOf(Array.from({ length: 15 }, (_, epoch) => (epoch < 3 ? 1 : 0)))).toBeLessThan(0.001);
  });

  it("keeps what it gave away", () => {
    const average = new AverageNetwork();
    average.add(filled(1));
    const before = average.applyTo(network);
    average.add(filled(2));
    expect(parameterIds(before).every((id) => parameterOf(before, id).data.every((value) => value === 1))).toBe(true);
  });
});
