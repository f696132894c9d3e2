// The DAgger loop as `dagger` and `demo` both run it: drive on the board, record, retrain, put on the board again, score, and a
// table with a line a policy.

import { toolVersion } from "../host/package-files.ts";
import type { Terminal } from "../host/terminal.ts";
import type { Plant } from "../artifacts/plant.ts";
import { graphParameters } from "../artifacts/graph.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { daggerOnBoard, scoreDriving, type DrivingScore } from "../pipeline/dagger.ts";
import { trainBundle } from "../pipeline/train-policy.ts";
import type { DaggerSettings } from "../dagger/rounds.ts";
import type { Episode } from "../artifacts/episode.ts";
import type { Hash64 } from "../core/hash.ts";
import type { TrainingEngine } from "../train/engine.ts";
import type { TrainingSettings } from "../train/fit.ts";
import { percent } from "./command.ts";
import { saveBundle, startRecording, type Project } from "./project.ts";
import type { BoardSlot } from "./target.ts";

export interface DaggerRun {
  readonly project: Project;
  readonly plant: Plant;
  readonly slot: BoardSlot;
  readonly engine: TrainingEngine;
  readonly trainingSettings: Partial<TrainingSettings>;
  readonly dagger: DaggerSettings;
  /** Ticks of an episode that is driven to learn from. */
  readonly ticks: number;
  /** Starts and ticks of the episodes that judge a policy; the same for each. */
  readonly scoreSeeds: readonly number[];
  readonly scoreTicks: number;
  readonly terminal: Terminal;
}

/** One policy of the loop, and how it drives. */
export interface ScoredPolicy {
  readonly name: string;
  readonly bundle: PolicyBundle;
  readonly folder: string;
  /** Labelled ticks that it learnt from. */
  readonly samples: number;
  readonly score: DrivingScore;
}

/** Scores `first`, then runs the rounds; yields each policy when it was scored. */
export async function* runDagger(run: DaggerRun, first: { bundle: PolicyBundle; folder: string }, demonstrations: readonly Episode[], hashes: Readonly<Record<string, Hash64>>): AsyncGenerator<ScoredPolicy> {
  const { project, plant, slot, terminal } = run;
  const folders = new Map<PolicyBundle, string>([[first.bundle, first.folder]]);
  const recordings: Record<string, Hash64> = { ...hashes };
  const scored = async (name: string, bundle: PolicyBundle, board: Awaited<ReturnType<BoardSlot["put"]>>, samples: number): Promise<ScoredPolicy> => ({
    name,
    bundle,
    folder: folders.get(bundle) ?? "",
    samples,
    score: await scoreDriving(project.robot, plant, board, bundle, run.scoreSeeds, run.scoreTicks, terminal.progress, `${name}: on the board`),
  });
  const mounted = { bundle: first.bundle, board: await slot.put(first.bundle) };
  yield await scored("cloned", mounted.bundle, mounted.board, demonstrations.reduce((sum, each) => sum + each.seconds.length, 0));
  const rounds = daggerOnBoard(
    {
      robot: project.robot,
      plant,
      settings: run.dagger,
      ticks: run.ticks,
      progress: terminal.progress,
      putOnBoard: (bundle) => slot.put(bundle),
      record: async (round, episodes) => {
        const recording = await startRecording(project, `dagger-round-${round}`, `policy driving, expert labelling`, run.dagger.seed);
        for (const episode of episodes) await recording.writer.episode(episode);
        await recording.close();
        recordings[recording.name] = recording.hash();
      },
      train: async (episodes, _previous, round) => {
        const bundle = await trainBundle({
          robot: project.robot,
          episodes,
          recordings: { ...recordings },
          seed: run.dagger.seed,
          settings: run.trainingSettings,
          engine: run.engine,
          toolVersion,
          progress: terminal.progress,
          label: `round ${round}: training`,
          warn: terminal.warn,
        });
        folders.set(bundle, await saveBundle(project, bundle));
        return bundle;
      },
    },
    mounted,
    demonstrations,
  );
  for await (const { round, mounted: policy, samples } of rounds) yield await scored(`round ${round}`, policy.bundle, policy.board, samples);
}

export const POLICY_TABLE_HEAD = ["policy", "learnt from", "no collision", "laps", "distance kept", "expert agrees: float", "int8", "board", "board = int8"] as const;

export function policyTableRow({ name, samples, score }: ScoredPolicy): string[] {
  return [
    name,
    `${samples} ticks`,
    percent(score.collisionFree),
    score.laps.toFixed(2),
    `${score.distance.toFixed(2)} m`,
    percent(score.agreementFloat),
    percent(score.agreementInt8),
    percent(score.agreementBoard),
    score.differing === 0 ? `all ${score.ticks} ticks` : `${score.differing} of ${score.ticks} DIFFER`,
  ];
}

/** For --json. */
export function policySummary({ name, bundle, folder, samples, score }: ScoredPolicy): Record<string, unknown> {
  return {
    name,
    policy: folder,
    policyHash: bundle.policyHash,
    samples,
    parameters: graphParameters(bundle.graph),
    collisionFree: score.collisionFree,
    laps: score.laps,
    distance: score.distance,
    agreement: { float: score.agreementFloat, int8: score.agreementInt8, board: score.agreementBoard },
    ticks: score.ticks,
    differing: score.differing,
  };
}
