// The DAgger loop as `dagger` and `demo` both run it: drive on the board, record, retrain, put on the board again, score, and a
// table with a line a policy.

import type { Terminal } from "../host/terminal.ts";
import type { Plant } from "../artifacts/plant.ts";
import { graphParameters } from "../artifacts/graph.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { daggerOnBoard, scoreDriving } from "../pipeline/dagger.ts";
import type { DrivenPolicy } from "../pipeline/policy-table.ts";
import { canGoOnFrom, trainBundle, type TrainingRequest } from "../pipeline/train-policy.ts";
import type { DaggerSettings } from "../dagger/rounds.ts";
import type { Hash64 } from "../core/hash.ts";
import { saveBundle, startRecording, type OpenRecording, type Project } from "./project.ts";
import type { BoardSlot } from "./target.ts";

export interface DaggerRun {
  readonly project: Project;
  readonly plant: Plant;
  readonly slot: BoardSlot;
  /** What was demonstrated so far, and how to learn from it. */
  readonly training: TrainingRequest;
  readonly dagger: DaggerSettings;
  /** Each training begins anew, instead of going on from the policy before. */
  readonly afresh: boolean;
  /** Ticks of an episode that is driven to learn from. */
  readonly ticks: number;
  /** Starts and ticks of the episodes that judge a policy; the same for each. */
  readonly scoreSeeds: readonly number[];
  readonly scoreTicks: number;
  readonly terminal: Terminal;
}

/** One policy of the loop, how it drives, and where it is kept. */
export interface ScoredPolicy extends DrivenPolicy {
  readonly folder: string;
}

/** What the loop begins with. */
export interface StartPolicy {
  readonly bundle: PolicyBundle;
  readonly folder: string;
  readonly name: string;
}

/** Scores `first`, then runs the rounds; yields each policy when it was scored. */
export async function* runDagger(run: DaggerRun, first: StartPolicy): AsyncGenerator<ScoredPolicy> {
  const { project, plant, slot, training, terminal } = run;
  const folders = new Map<PolicyBundle, string>([[first.bundle, first.folder]]);
  const recordings: Record<string, Hash64> = { ...training.recordings };
  const scored = async (
    name: string,
    bundle: PolicyBundle,
    board: Awaited<ReturnType<BoardSlot["put"]>>,
    samples: number,
  ): Promise<ScoredPolicy> => ({
    name,
    bundle,
    folder: folders.get(bundle) ?? "",
    samples,
    score: await scoreDriving(
      project.robot,
      plant,
      board,
      bundle,
      run.scoreSeeds,
      run.scoreTicks,
      terminal.progress,
      `${name}: on the board`,
    ),
  });
  const mounted = { bundle: first.bundle, board: await slot.put(first.bundle) };
  yield await scored(
    first.name,
    mounted.bundle,
    mounted.board,
    training.episodes.reduce((sum, each) => sum + each.seconds.length, 0),
  );
  let recording: OpenRecording | null = null;
  const rounds = daggerOnBoard(
    {
      robot: project.robot,
      plant,
      settings: run.dagger,
      ticks: run.ticks,
      progress: terminal.progress,
      putOnBoard: async (bundle) => {
        const { board, how } = await slot.exchange(bundle);
        terminal.note(`policy ${bundle.policyHash} on the board: ${how}`);
        return board;
      },
      record: async (round, episode) => {
        recording ??= await startRecording(project, `dagger-round-${round}`, "policy driving, expert labelling", run.dagger.seed);
        await recording.writer.episode(episode);
      },
      train: async (episodes, previous, round) => {
        await recording?.close();
        if (recording !== null) recordings[recording.name] = recording.hash();
        recording = null;
        const label = `round ${round}: training`;
        const goOn = !run.afresh && canGoOnFrom(project.robot, previous) ? { goOnFrom: previous } : {};
        const bundle = await trainBundle({ ...training, ...goOn, episodes, recordings: { ...recordings }, label });
        folders.set(bundle, await saveBundle(project, bundle));
        return bundle;
      },
    },
    mounted,
    training.episodes,
  );
  for await (const { round, mounted: policy, samples } of rounds)
    yield await scored(`round ${round}`, policy.bundle, policy.board, samples);
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
