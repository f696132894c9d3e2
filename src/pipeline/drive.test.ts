// What is carried out in simulation obeys the limits of robot.ts, whoever decided it.

import { expect, test } from "vitest";
import { slewedRobot } from "../../tests/conformance/robot.ts";
import type { Plant, PlantStep } from "../artifacts/plant.ts";
import { driveExpert, episodeOf } from "./drive.ts";

test("an expert who asks for more gets what a tick's slew allows, and is imitated all the same", async () => {
  const { spec } = slewedRobot();
  const carriedOut: number[][] = [];
  const now: PlantStep = {
    ...{ observation: new Float32Array(6), pose: { x: 0, y: 0, heading: 0 }, collided: false, laps: 0, distance: 1 },
  };
  const plant: Plant = {
    name: "bench",
    walls: [],
    reset: () => now,
    step: (action) => {
      carriedOut.push([...action]);
      return now;
    },
    expert: () => Float32Array.of(carriedOut.length === 0 ? 0 : 5, 90, NaN),
    dispose: () => undefined,
  };
  const drive = await driveExpert(spec, plant, 1, 3);
  const step = Math.fround(0.04);
  expect(carriedOut).toEqual([
    [0, 90, 90],
    [step, 90, 90],
    [Math.fround(step + step), 90, 90],
  ]);
  const episode = episodeOf(spec, drive, "drive");
  expect([...episode.actions]).toEqual(carriedOut.flat());
  expect(episode.labels[3]).toBe(5);
});
