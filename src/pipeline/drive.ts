// Driving a simulated robot: by the expert, by a board. Each drive becomes an episode that recordings
// hold and training learns from.

import { at } from "../core/assert.ts";
import { limitAction } from "../artifacts/action-limits.ts";
import { EpisodeBuilder, type Actor, type Episode } from "../artifacts/episode.ts";
import type { Plant } from "../artifacts/plant.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { rollOut, type Decide, type Rollout } from "../sim/rollout.ts";
import { isOracles, type Int8Policy } from "./policy.ts";
import type { RobotBoard } from "./robot-board.ts";

export interface Drive {
  readonly rollout: Rollout;
  /** Who acted, by tick. */
  readonly actors: readonly Actor[];
  /** Ticks at which the board's raw output was not the oracle's, to the bit; must be 0. */
  readonly differing: number;
}

/** The scripted expert drives. */
export async function driveExpert(spec: RobotSpec, plant: Plant, seed: number, ticks: number): Promise<Drive> {
  const decide = withinLimits(spec, (observation) => plant.expert(observation));
  const rollout = await rollOut(plant, seed, ticks, decide);
  return { rollout, actors: rollout.actions.map(() => "expert"), differing: 0 };
}

/** The board drives an episode in lock-step, compared with the oracle at each tick. @param expertActs whether the expert's action is
 * carried out at a tick instead of the board's. */
export async function driveBoard(
  spec: RobotSpec,
  plant: Plant,
  board: RobotBoard,
  oracle: Int8Policy,
  seed: number,
  ticks: number,
  expertActs: () => boolean = () => false,
): Promise<Drive> {
  const actors: Actor[] = [];
  let differing = 0;
  await board.startLockStep();
  const decide = withinLimits(spec, async (observation) => {
    const decision = await board.decide(observation);
    if (!isOracles(oracle, decision, observation)) differing += 1;
    const taken = expertActs();
    actors.push(taken ? "expert" : decision.actor);
    return taken ? plant.expert(observation) : decision.action;
  });
  const rollout = await rollOut(plant, seed, ticks, decide);
  return { rollout, actors, differing };
}

/** Carries out decisions as a board does: within range and slew. For one episode. */
function withinLimits(spec: RobotSpec, decide: Decide): Decide {
  let previous: Float32Array | null = null;
  return async (observation) => (previous = limitAction(spec, await decide(observation), previous));
}

/** A drive as an episode; the expert's action labels each tick. */
export function episodeOf(spec: RobotSpec, drive: Drive, name: string): Episode {
  const builder = new EpisodeBuilder(name);
  const { observations, actions, expertActions } = drive.rollout;
  observations.forEach((observation, tick) => {
    builder.add(tick / spec.rateHz, observation, at(actions, tick), at(expertActions, tick), at(drive.actors, tick));
  });
  return builder.build();
}
