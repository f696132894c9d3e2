// Evaluate: recordings in contiguous blocks, each held out once and judged by a policy that never saw it, as float, as int8,
// and on a board.

import { at } from "../core/assert.ts";
import type { Episode } from "../artifacts/episode.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { contiguousBlocks, splitByEpisode } from "../dataset/split.ts";
import { equalBytes } from "./drive.ts";
import { int8Policy } from "./policy.ts";
import type { RobotBoard } from "./robot-board.ts";
import { labelledTicks, scoreActions, scoreKind, scorePolicy, type JudgedTick } from "./score.ts";
import { trainOnSplit, type TrainingRequest } from "./train-policy.ts";
import { floatPolicy } from "./policy.ts";

/** Scores of one policy on the same ticks: agreement (higher is better) or error (lower is better). */
export interface Scores {
  readonly kind: "agreement" | "error";
  readonly float: number;
  readonly int8: number;
  readonly board: number;
  readonly rows: number;
  /** Rows on which the board's raw output is not the oracle's, to the bit; must be 0. */
  readonly differing: number;
}

/** Puts a bundle on a board, calls `use` with it, and takes it off again. */
export type WithBoard = <Result>(bundle: PolicyBundle, use: (board: RobotBoard) => Promise<Result>) => Promise<Result>;

/** Judges one bundle on episodes that it never saw. */
export async function evaluateBundle(
  request: Pick<TrainingRequest, "robot" | "progress">,
  bundle: PolicyBundle,
  heldOut: readonly Episode[],
  withBoard: WithBoard,
  label: string,
): Promise<Scores> {
  const { spec } = request.robot;
  const ticks = labelledTicks(spec, heldOut);
  const oracle = int8Policy(spec, bundle.graph);
  const { actions, differing } = await withBoard(bundle, async (board) => {
    await board.startLockStep();
    return answersOf(board, ticks, oracle.output, request.progress, label);
  });
  return {
    kind: scoreKind(spec.action),
    float: scorePolicy(spec, ticks, floatPolicy(spec, bundle.network)),
    int8: scorePolicy(spec, ticks, oracle.action),
    board: scoreActions(spec.action, ticks, actions),
    rows: ticks.length,
    differing,
  };
}

async function answersOf(
  board: RobotBoard,
  ticks: readonly JudgedTick[],
  oracle: (observation: Float32Array) => Int8Array,
  progress: TrainingRequest["progress"],
  label: string,
): Promise<{ actions: Float32Array[]; differing: number }> {
  const actions: Float32Array[] = [];
  let differing = 0;
  progress.start(label, ticks.length);
  for (const { observation } of ticks) {
    const decision = await board.decide(observation);
    actions.push(decision.action);
    if (!equalBytes(decision.output, oracle(observation))) differing += 1;
    progress.update(actions.length);
  }
  progress.finish();
  return { actions, differing };
}

export interface BlockScores extends Scores {
  /** From 1, in the order of recording. */
  readonly block: number;
}

/** Trains and judges once a block. The part that stops training early comes from the training blocks, never from the judged one. */
export async function* evaluateBlocks(request: TrainingRequest, blocks: number, withBoard: WithBoard): AsyncGenerator<BlockScores> {
  const { spec } = request.robot;
  for (const [index, split] of contiguousBlocks(spec, request.episodes, blocks).entries()) {
    const name = `block ${index + 1} of ${blocks}`;
    const bundle = await trainOnSplit(
      { ...request, label: `${name}: training` },
      splitByEpisode(spec, split.training, VALIDATION_SHARE, request.seed),
    );
    yield { block: index + 1, ...(await evaluateBundle(request, bundle, split.heldOut, withBoard, `${name}: on the board`)) };
  }
}

/** Share of the training blocks that stops training early. */
const VALIDATION_SHARE = 0.15;

/** Blocks weigh the same, whatever their length. */
export function meanScores(blocks: readonly Scores[]): Scores {
  const mean = (pick: (scores: Scores) => number): number => blocks.reduce((sum, each) => sum + pick(each), 0) / blocks.length;
  return {
    kind: at(blocks, 0).kind,
    float: mean((each) => each.float),
    int8: mean((each) => each.int8),
    board: mean((each) => each.board),
    rows: blocks.reduce((sum, each) => sum + each.rows, 0),
    differing: blocks.reduce((sum, each) => sum + each.differing, 0),
  };
}
