import { expect, it } from "vitest";
import type { Plant, PlantStep } from "../artifacts/plant.ts";
import { rollOut, summarise } from "./rollout.ts";

/** Walks along x by its action, starting at the seed; hits something at x = 10. The expert always wants 1. */
function walker(): Plant {
  let x = 0;
  const look = (): PlantStep => ({
    observation: Float32Array.of(x),
    pose: { x, y: 0, heading: 0 },
    collided: x >= 10,
    laps: x / 4,
    distance: 10 - x,
  });
  return {
    name: "walker",
    walls: [],
    reset: (seed) => {
      x = seed;
      return look();
    },
    step: (action) => {
      x += action[0] ?? 0;
      return look();
    },
    expert: () => Float32Array.of(1),
    dispose: () => undefined,
  };
}

it("records what was seen, done and advised, in step", async () => {
  const rollout = await rollOut(walker(), 2, 3, (observation) => Float32Array.of((observation[0] ?? 0) > 2 ? 2 : 1));
  expect(rollout).toMatchObject({ seed: 2, ticks: 3, collided: false, laps: 7 / 4, meanDistance: (7 + 5 + 3) / 3 });
  expect(rollout.observations.map((each) => each[0])).toEqual([2, 3, 5]);
  expect(rollout.actions.map((each) => each[0])).toEqual([1, 2, 2]);
  expect(rollout.expertActions.map((each) => each[0])).toEqual([1, 1, 1]);
  expect(rollout.poses.map((each) => each.x)).toEqual([2, 3, 5, 7]);
});

it("ends with a collision", async () => {
  expect(await rollOut(walker(), 0, 100, () => Float32Array.of(4))).toMatchObject({ ticks: 3, collided: true });
});

it("is the same for an answer and for the promise of one, and passes on a failure", async () => {
  const now = await rollOut(walker(), 0, 5, () => Float32Array.of(1));
  const later = await rollOut(walker(), 0, 5, () => Promise.resolve(Float32Array.of(1)));
  expect(later).toEqual(now);
  await expect(rollOut(walker(), 0, 5, () => Promise.reject(new Error("board is gone")))).rejects.toThrow("board is gone");
});

it("sums up several episodes tick by tick", async () => {
  const careful = await rollOut(walker(), 0, 4, () => Float32Array.of(1));
  const rash = await rollOut(walker(), 0, 4, () => Float32Array.of(5));
  // Distances after each tick: 9 8 7 6 and 5 0.
  expect(summarise([careful, rash], 2)).toEqual({
    episodes: 2,
    collisionFree: 0.5,
    laps: (1 + 2.5) / 2,
    lapsPerMinute: 3.5 * 20,
    agreement: 4 / 6,
    distance: 35 / 6,
    distanceDeviation: expect.closeTo(Math.sqrt(255 / 6 - (35 / 6) ** 2), 9) as number,
  });
});
