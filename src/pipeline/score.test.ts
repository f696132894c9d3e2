// A policy is judged where somebody said what is right, and sees everything before it.

import { expect, test } from "vitest";
import { testRobot } from "../../tests/conformance/robot.ts";
import { at } from "../core/assert.ts";
import { EpisodeBuilder, type Actor, type Episode } from "../artifacts/episode.ts";
import { observationWidth, type RobotSpec } from "../artifacts/robot-spec.ts";
import type { Policy } from "./policy.ts";
import { answers, episodeTicks, isWorse, judgedTicks, scorePolicy, scoreTick } from "./score.ts";

const { spec } = testRobot("discrete");

/** A tick: its battery, and what is right; null: nobody said. */
type Row = readonly [battery: number, label: number | null, actor?: Actor];

function episode(robot: RobotSpec, ...rows: readonly Row[]): Episode {
  const builder = new EpisodeBuilder("test");
  rows.forEach(([battery, label, actor = "policy"], tick) => {
    const observation = new Float32Array(observationWidth(robot));
    observation[observation.length - 1] = battery;
    builder.add(tick, observation, [0], label === null ? null : [label], actor);
  });
  return builder.build();
}

/** Says how many ticks it has seen since it began. */
function counting(): Policy & { readonly seen: number[] } {
  const seen: number[] = [];
  let ticks = 0;
  return {
    seen,
    reset: () => {
      ticks = 0;
    },
    action: (observation) => {
      seen.push(at(observation, observation.length - 1));
      return Float32Array.of(ticks++);
    },
  };
}

const EPISODES = [episode(spec, [1, 0], [2, null], [99, 1], [3, 2], [4, 4]), episode(spec, [5, 0], [6, null, "neutral"], [7, 0], [8, 1])];

test("ticks come in order, without faulty ones and idle ones, and say where memory begins", () => {
  const ticks = episodeTicks(spec, EPISODES);
  expect(ticks.map(({ episode: index, tick, starts, label }) => [index, tick, starts, label?.[0] ?? null])).toEqual([
    [0, 0, true, 0],
    [0, 1, false, null],
    [0, 3, false, 2],
    [0, 4, false, 4],
    [1, 0, true, 0],
    [1, 2, true, 0],
    [1, 3, false, 1],
  ]);
  expect(judgedTicks(spec, EPISODES)).toEqual(ticks.filter(({ label }) => label !== null));
});

test("a policy sees every tick, begins afresh with each stretch, and is judged at the labels", () => {
  const policy = counting();
  expect(answers(spec, EPISODES, policy).map(({ action }) => action[0])).toEqual([0, 2, 3, 0, 0, 1]);
  expect(policy.seen).toEqual([1, 2, 3, 4, 5, 7, 8]);
  expect(scorePolicy(spec, EPISODES, counting())).toBe(5 / 6);
});

test("an error is a share of each channel's range", () => {
  const { action } = testRobot("continuous").spec;
  expect(scoreTick(action, Float32Array.of(0, 90, 180), Float32Array.of(1, 90, 0))).toBeCloseTo((0.5 + 0 + 1) / 3, 6);
});

test("int8 is worse when people notice", () => {
  const { action } = testRobot("continuous").spec;
  expect([isWorse(spec.action, 0.9, 0.901), isWorse(spec.action, 0.9, 0.91), isWorse(spec.action, 0.95, 0.9)]).toEqual([
    false,
    true,
    false,
  ]);
  expect([isWorse(action, 0.101, 0.1), isWorse(action, 0.103, 0.1), isWorse(action, 0.0014, 0.001)]).toEqual([false, true, false]);
});
