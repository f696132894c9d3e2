// Searches for the policy that is worth its size: trains a few architectures on the same split, and tells which are better than every
// smaller or faster one (Pareto), within what a board has room and time for.

import { inParallel } from "../core/in-parallel.ts";
import { dividedProgress } from "../core/progress.ts";
import type { Board } from "../artifacts/board.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import type { PolicySpec } from "../artifacts/robot-spec.ts";
import { scaledArchitectures } from "../train/architectures/scale.ts";
import { budgetOn, type BoardBudget } from "./board-budgets.ts";
import { holdOut, trainOnSplit, type TrainingRequest } from "./train-policy.ts";

export interface Candidate {
  readonly policy: PolicySpec;
  readonly bundle: PolicyBundle;
  readonly onBoard: BoardBudget;
  /** It fits, and no other candidate is as good in everything (held-out int8 score, time, flash) and better in something. */
  readonly pareto: boolean;
}

/** Candidates that are trained at a time; the trainer decides how many really run. */
const WIDTH = 8;

/** Candidates around robot.ts's policy, smallest first. */
export async function searchArchitectures(request: TrainingRequest, board: Board): Promise<readonly Candidate[]> {
  const split = holdOut(request);
  const policies = scaledArchitectures(request.robot.spec.policy);
  const bars = dividedProgress(request.progress, `training ${policies.length} architectures`, policies.length);
  const jobs = policies.map((policy, index) => ({ policy, progress: bars[index] ?? request.progress }));
  const trained = await inParallel(jobs, WIDTH, async ({ policy, progress }) => {
    const robot = { ...request.robot, spec: { ...request.robot.spec, policy } };
    const bundle = await trainOnSplit({ ...request, robot, progress: onlyFirst(progress) }, split);
    return { policy, bundle, onBoard: budgetOn(robot.spec, bundle, board) };
  });
  return trained.map((candidate) => ({ ...candidate, pareto: fits(candidate) && !trained.some((other) => dominates(other, candidate)) }));
}

/** A bar that one of several trainings of a candidate fills. */
function onlyFirst(progress: TrainingRequest["progress"]): TrainingRequest["progress"] {
  let finished = false;
  return {
    start: (label, total) => {
      if (!finished) progress.start(label, total);
    },
    update: (done, detail) => {
      if (!finished) progress.update(done, detail);
    },
    finish: () => {
      if (!finished) progress.finish();
      finished = true;
    },
  };
}

/** The best that fits, by held-out int8; of equals the smallest. @returns null when none fits. */
export function bestCandidate(candidates: readonly Candidate[]): Candidate | null {
  return candidates
    .filter(fits)
    .reduce<Candidate | null>((best, each) => (best === null || quality(each) > quality(best) ? each : best), null);
}

function fits({ onBoard }: Measured): boolean {
  return typeof onBoard.budget !== "string";
}

/** Higher is better. */
function quality({ bundle: { metrics } }: Pick<Candidate, "bundle">): number {
  return metrics.kind === "agreement" ? metrics.int8 : -metrics.int8;
}

type Measured = Pick<Candidate, "bundle" | "onBoard">;

function dominates(other: Measured, candidate: Measured): boolean {
  const [left, right] = [goods(other), goods(candidate)];
  return left.every((value, index) => value >= (right[index] ?? 0)) && left.some((value, index) => value > (right[index] ?? 0));
}

/** Higher is better in each. */
function goods(candidate: Measured): readonly number[] {
  const { budget } = candidate.onBoard;
  if (typeof budget === "string") return [-Infinity, -Infinity, -Infinity];
  return [quality(candidate), -(budget.microseconds ?? budget.macs), -((budget.flashBytes.code ?? 0) + budget.flashBytes.constants)];
}
