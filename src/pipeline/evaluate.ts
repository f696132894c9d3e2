// Evaluate: recordings in contiguous blocks, each held out once and judged by a policy that never saw it, as float, as int8,
// and on a board.

import { assert, at } from "../core/assert.ts";
import { dividedProgress } from "../core/progress.ts";
import type { Episode } from "../artifacts/episode.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { contiguousBlocks, splitByEpisode } from "../dataset/split.ts";
import { floatPolicy, int8Policy, isOracles, type Int8Policy } from "./policy.ts";
import type { RobotBoard } from "./robot-board.ts";
import { episodeTicks, isJudged, scoreAnswers, scoreKind, scorePolicy, type Answer, type EpisodeTick } from "./score.ts";
import { trainOnSplit, type TrainingRequest } from "./train-policy.ts";

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
  const { form, graph, network } = bundle;
  assert(network !== null, "a policy that was trained has its float network");
  const oracle = int8Policy(spec, form, graph);
  const onBoard = await withBoard(bundle, (board) => answersOf(board, episodeTicks(spec, heldOut), oracle, request.progress, label));
  return {
    kind: scoreKind(spec.action),
    float: scorePolicy(spec, heldOut, floatPolicy(spec, form, network)),
    int8: scorePolicy(spec, heldOut, oracle),
    board: scoreAnswers(spec.action, onBoard.answers),
    rows: onBoard.answers.length,
    differing: onBoard.differing,
  };
}

async function answersOf(
  board: RobotBoard,
  ticks: readonly EpisodeTick[],
  oracle: Int8Policy,
  progress: TrainingRequest["progress"],
  label: string,
): Promise<{ answers: Answer[]; differing: number }> {
  const answers: Answer[] = [];
  let differing = 0;
  progress.start(label, ticks.length);
  for (const [index, tick] of ticks.entries()) {
    if (tick.starts) await board.startLockStep();
    const decision = await board.decide(tick.observation);
    if (isJudged(tick)) answers.push({ ...tick, action: decision.action });
    if (!isOracles(oracle, decision, tick.observation)) differing += 1;
    progress.update(index + 1);
  }
  progress.finish();
  return { answers, differing };
}

export interface BlockScores extends Scores {
  /** From 1, in the order of recording. */
  readonly block: number;
}

/** Trains once a block, all side by side, then judges one after another. The part that stops training early comes from the training
 * blocks, never from the judged one. */
export async function* evaluateBlocks(request: TrainingRequest, blocks: number, withBoard: WithBoard): AsyncGenerator<BlockScores> {
  const { spec } = request.robot;
  const splits = contiguousBlocks(spec, request.episodes, blocks);
  const bars = dividedProgress(request.progress, `training ${splits.length} policies`, splits.length);
  const bundles = await Promise.all(
    splits.map(({ training }, index) =>
      trainOnSplit({ ...request, progress: at(bars, index) }, splitByEpisode(spec, training, VALIDATION_SHARE, request.seed)),
    ),
  );
  for (const [index, { heldOut }] of splits.entries()) {
    const label = `block ${index + 1} of ${blocks}: on the board`;
    yield { block: index + 1, ...(await evaluateBundle(request, at(bundles, index), heldOut, withBoard, label)) };
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
