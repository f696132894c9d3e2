import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { nearestRanges, sensorAngle, wallFollowerRule } from "./wall-follower-expert.ts";

const DATA = new URL("../../../shared/data/wall_following/", import.meta.url);
const isMissing = !existsSync(DATA) && process.env["CI"] === undefined;

function rows(file: string): { ranges: Float32Array; label: string }[] {
  return readFileSync(new URL(file, DATA), "utf8")
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(","))
    .map((cells) => ({ ranges: Float32Array.from(cells.slice(0, -1), Number), label: String(cells.at(-1)).toLowerCase() }));
}

it.skipIf(isMissing)("gives the label of every recorded row, from 24 single-precision ranges", () => {
  const recorded = rows("sensor_readings_24.data");
  expect(recorded.length).toBe(5456);
  expect(recorded.filter(({ ranges, label }) => wallFollowerRule(nearestRanges(ranges)) !== label)).toEqual([]);
});

it.skipIf(isMissing)("takes the minima over the same arcs as the recorded four-column file", () => {
  const minima = rows("sensor_readings_4.data").map(({ ranges }) => [...ranges]);
  const computed = rows("sensor_readings_24.data").map(({ ranges }) => {
    const { front, left, right, back } = nearestRanges(ranges);
    return [front, left, right, back];
  });
  expect(computed).toEqual(minima);
});

it("decides at the thresholds as the data do", () => {
  const decide = (front: number, left: number): string => wallFollowerRule({ front: Math.fround(front), left: Math.fround(left) });
  expect(decide(0.9, 0.7)).toBe("sharp-right-turn");
  expect(decide(0.901, 0.494)).toBe("slight-right-turn");
  expect(decide(0.901, 0.495)).toBe("move-forward");
  expect(decide(0.901, 0.9)).toBe("move-forward");
  expect(decide(0.901, 0.901)).toBe("slight-left-turn");
});

it("has US13 ahead, US19 to the left and US7 to the right", () => {
  expect(sensorAngle(12)).toBe(0);
  expect(sensorAngle(18)).toBeCloseTo(Math.PI / 2);
  expect(sensorAngle(6)).toBeCloseTo(-Math.PI / 2);
});
