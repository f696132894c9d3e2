// In: a plant, a seed and somebody who decides. Out: what happened, tick by tick, and the figures that compare policies.

import { at } from "../core/assert.ts";
import type { Plant, Pose } from "../artifacts/plant.ts";

/** The action for a flat observation; a promise only where the answer comes from elsewhere, such as a board. */
export type Decide = (observation: Float32Array) => Promise<Float32Array> | Float32Array;

/** One episode. Rows are in the order of ticks; the observation of a row is what its action answers. */
export interface Rollout {
  readonly seed: number;
  /** Rows; fewer than asked for after a collision. */
  readonly ticks: number;
  readonly collided: boolean;
  readonly laps: number;
  /** Metres to what the robot should keep its distance from, after each tick. */
  readonly distances: Float32Array;
  readonly meanDistance: number;
  /** Start, then one a tick: ticks + 1. */
  readonly poses: readonly Pose[];
  readonly observations: readonly Float32Array[];
  readonly actions: readonly Float32Array[];
  readonly expertActions: readonly Float32Array[];
}

/** Drives until `ticks` have passed or the robot has hit something. Rejects with whatever `decide` throws. */
export async function rollOut(plant: Plant, seed: number, ticks: number, decide: Decide): Promise<Rollout> {
  let now = plant.reset(seed);
  const poses = [now.pose];
  const distances: number[] = [];
  const observations: Float32Array[] = [];
  const actions: Float32Array[] = [];
  const expertActions: Float32Array[] = [];
  while (actions.length < ticks && !now.collided) {
    const decision = decide(now.observation);
    const action = decision instanceof Float32Array ? decision : await decision;
    observations.push(now.observation);
    actions.push(action);
    expertActions.push(plant.expert(now.observation));
    now = plant.step(action);
    poses.push(now.pose);
    distances.push(now.distance);
  }
  return {
    seed,
    ticks: actions.length,
    collided: now.collided,
    laps: now.laps,
    distances: Float32Array.from(distances),
    meanDistance: mean(distances),
    poses,
    observations,
    actions,
    expertActions,
  };
}

/** Figures over several episodes; shares are 0..1. Ticks weigh the same, whichever episode they are from. */
export interface RolloutSummary {
  readonly episodes: number;
  readonly collisionFree: number;
  /** Mean laps an episode. */
  readonly laps: number;
  readonly lapsPerMinute: number;
  /** Share of ticks in which the action was exactly the expert's. */
  readonly agreement: number;
  /** Metres, mean and standard deviation over all ticks. */
  readonly distance: number;
  readonly distanceDeviation: number;
}

/** @param rateHz ticks a second. @param rollouts at least one. */
export function summarise(rollouts: readonly Rollout[], rateHz: number): RolloutSummary {
  const ticks = rollouts.reduce((sum, each) => sum + each.ticks, 0);
  const laps = rollouts.reduce((sum, each) => sum + each.laps, 0);
  const distances = rollouts.flatMap((each) => [...each.distances]);
  const distance = mean(distances);
  return {
    episodes: rollouts.length,
    collisionFree: rollouts.filter((each) => !each.collided).length / rollouts.length,
    laps: laps / rollouts.length,
    lapsPerMinute: (laps * 60 * rateHz) / ticks,
    agreement: rollouts.reduce((sum, each) => sum + agreements(each), 0) / ticks,
    distance,
    distanceDeviation: Math.sqrt(mean(distances.map((each) => (each - distance) ** 2))),
  };
}

function agreements(rollout: Rollout): number {
  const same = (action: Float32Array, index: number): boolean =>
    action.every((value, channel) => value === at(at(rollout.expertActions, index), channel));
  return rollout.actions.filter(same).length;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
