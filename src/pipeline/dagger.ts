// DAgger with a board in the loop: the policy on the board drives the simulated robot, the expert labels, all that was ever
// labelled is learnt from, and the new policy goes onto the board.

import type { Progress } from "../core/io.ts";
import type { Episode } from "../artifacts/episode.ts";
import type { Plant } from "../artifacts/plant.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { daggerRounds, type DaggerSettings } from "../dagger/rounds.ts";
import { summarise, type Rollout, type RolloutSummary } from "../sim/rollout.ts";
import { driveBoard, episodeOf, type Drive } from "./drive.ts";
import { floatPolicy, int8Policy, type Policy } from "./policy.ts";
import type { RobotBoard } from "./robot-board.ts";
import type { Robot } from "./robot.ts";

/** How a policy on a board drives: from starts that every policy gets alike. */
export interface DrivingScore extends RolloutSummary {
  /** Share of the visited ticks at which the float network, the oracle and the board do what the expert would. Null: there is none, the
   * policy was imported as int8. */
  readonly agreementFloat: number | null;
  readonly agreementInt8: number;
  readonly agreementBoard: number;
  /** Ticks at which the board's raw output is not the oracle's, to the bit; must be 0. */
  readonly differing: number;
  readonly ticks: number;
  readonly drives: readonly Drive[];
}

/** @param seeds of the starts. */
export async function scoreDriving(
  robot: Robot,
  plant: Plant,
  board: RobotBoard,
  bundle: PolicyBundle,
  seeds: readonly number[],
  ticks: number,
  progress: Progress,
  label: string,
): Promise<DrivingScore> {
  const { spec } = robot;
  const { form, graph, network } = bundle;
  const oracle = int8Policy(spec, form, graph);
  const drives: Drive[] = [];
  progress.start(label, seeds.length);
  for (const seed of seeds) {
    drives.push(await driveBoard(spec, plant, board, oracle, seed, ticks));
    progress.update(drives.length);
  }
  progress.finish();
  const rollouts = drives.map(({ rollout }) => rollout);
  const visited = rollouts.reduce((sum, rollout) => sum + rollout.ticks, 0);
  const share = (actionsIn: (rollout: Rollout) => readonly Float32Array[]): number =>
    rollouts.reduce((sum, rollout) => sum + agreements(actionsIn(rollout), rollout.expertActions), 0) / visited;
  const wouldDo =
    (policy: Policy) =>
    ({ observations }: Rollout): Float32Array[] => {
      policy.reset();
      return observations.map((observation) => policy.action(observation));
    };
  return {
    ...summarise(rollouts, spec.rateHz),
    agreementFloat: network === null ? null : share(wouldDo(floatPolicy(spec, form, network))),
    agreementInt8: share(wouldDo(oracle)),
    agreementBoard: share((rollout) => rollout.actions),
    differing: drives.reduce((sum, drive) => sum + drive.differing, 0),
    ticks: visited,
    drives,
  };
}

/** Ticks at which the same is done. */
function agreements(actions: readonly Float32Array[], others: readonly Float32Array[]): number {
  return actions.filter((action, tick) => action.every((value, channel) => value === others[tick]?.[channel])).length;
}

/** What the loop needs of its caller: a board to put policies on, a place for recordings, a way to train. */
export interface DaggerLoop {
  readonly robot: Robot;
  readonly plant: Plant;
  readonly settings: DaggerSettings;
  /** Ticks an episode. */
  readonly ticks: number;
  /** Takes the old policy off the board and puts this one on. */
  putOnBoard(bundle: PolicyBundle): Promise<RobotBoard>;
  /** Keeps an episode as soon as it was driven. */
  record(round: number, episode: Episode): Promise<void>;
  /** Ends the round's recording, and learns from all episodes. */
  train(episodes: readonly Episode[], previous: PolicyBundle, round: number): Promise<PolicyBundle>;
  readonly progress: Progress;
}

/** A policy and the board that runs it. */
export interface MountedPolicy {
  readonly bundle: PolicyBundle;
  readonly board: RobotBoard;
}

export interface DaggerResult {
  readonly round: number;
  readonly mounted: MountedPolicy;
  /** Ticks that were labelled so far. */
  readonly samples: number;
  readonly driven: readonly Episode[];
}

/** Yields when a round's policy is on the board. Whatever was driven is recorded before anything else happens. */
export async function* daggerOnBoard(
  loop: DaggerLoop,
  first: MountedPolicy,
  demonstrations: readonly Episode[],
): AsyncGenerator<DaggerResult> {
  const { robot, plant, settings, progress } = loop;
  let round = 1;
  let driven = 0;
  const rounds = daggerRounds<MountedPolicy>(
    {
      drive: async ({ bundle, board }, name, seed, expertActs) => {
        if (driven === 0) progress.start(`round ${round}: driving`, settings.episodesPerRound);
        const drive = await driveBoard(
          robot.spec,
          plant,
          board,
          int8Policy(robot.spec, bundle.form, bundle.graph),
          seed,
          loop.ticks,
          expertActs,
        );
        const episode = episodeOf(robot.spec, drive, name);
        await loop.record(round, episode);
        progress.update(++driven);
        return episode;
      },
      train: async (episodes, previous) => {
        progress.finish();
        const bundle = await loop.train(episodes, previous.bundle, round);
        round += 1;
        driven = 0;
        return { bundle, board: await loop.putOnBoard(bundle) };
      },
    },
    first,
    demonstrations,
    settings,
  );
  for await (const { round, policy, driven, aggregate } of rounds) {
    yield { round, mounted: policy, driven, samples: aggregate.reduce((sum, episode) => sum + episode.seconds.length, 0) };
  }
}
