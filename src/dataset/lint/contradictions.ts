// Observations that are all but the same to the policy while their labels disagree: what no policy that sees only these can learn.

import { at } from "../../core/assert.ts";
import { DIFFERENT_ACTION_SHARE } from "../samples.ts";
import { percentage, type Finding, type Material } from "./finding.ts";
import type { LabelledSamples } from "./labelled-samples.ts";
import { chosenRows, NearRows } from "./near-rows.ts";

/** Targets are -1..1. */
const TARGET_RANGE = 2;
/** What contradictions cost even the best policy: agreement, or mean error as a share of the range. Below the first, they are the borders
 * between labels. */
const WORTH_A_WORD = 0.01;
const COSTLY = 0.02;
/** Neighbours that settle what is near a row. */
const ENOUGH_NEIGHBOURS = 200;

/** Looks at 4,000 rows at most, evenly chosen, and at 200 neighbours of each at most. */
export function lintContradictions({ spec, samples }: Material): Finding[] {
  const chosen = chosenRows(samples.rows);
  if (chosen.length === 0) return [];
  const near = new NearRows(samples.inputs, samples.inputWidth);
  const discrete = spec.action.kind === "discrete";
  let [contested, cost] = [0, 0];
  for (const row of chosen) {
    const rows: number[] = [];
    near.visit(samples.inputs, row, (neighbour) => rows.push(neighbour) < ENOUGH_NEIGHBOURS);
    const verdict = discrete ? labelVerdict(samples, rows) : actionVerdict(samples, rows);
    contested += verdict.contested ? 1 : 0;
    cost += verdict.cost;
  }
  const share = contested / chosen.length;
  const meanCost = cost / chosen.length;
  if (meanCost < WORTH_A_WORD) return [];
  const best = discrete
    ? `agree with the expert at more than ${percentage(1 - meanCost)} of them`
    : `err by less than ${percentage(meanCost)} of the range`;
  return [
    {
      code: "dataset-contradiction",
      severity: meanCost >= COSTLY ? "warning" : "note",
      message: `${percentage(share)} of the rows contradict others with nearly the same observation; a policy without memory can hardly ${best}`,
      meaning: "the expert sees or remembers what the observation does not hold, changes the mind, or was labelled late",
      remedy: discrete
        ? "add what tells the situations apart to the observation, widen @clip, give the policy a memory (history, gru), or correct the labels"
        : "add what tells the situations apart, give the policy a memory (history, gru), or let it choose between two ways with head: mixture()",
      measures: [
        {
          rowsLookedAt: chosen.length,
          contestedShare: share,
          [discrete ? "bestAgreement" : "leastError"]: discrete ? 1 - meanCost : meanCost,
        },
      ],
    },
  ];
}

interface Verdict {
  readonly contested: boolean;
  readonly cost: number;
}

/** Costs the share of neighbours that the most frequent label does not get right. */
function labelVerdict({ targets }: LabelledSamples, rows: readonly number[]): Verdict {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(at(targets, row), (counts.get(at(targets, row)) ?? 0) + 1);
  return { contested: counts.size > 1, cost: 1 - Math.max(0, ...counts.values()) / Math.max(1, rows.length) };
}

/** Costs the mean distance from the neighbours' mean, as a share of the range. */
function actionVerdict({ targets, targetWidth }: LabelledSamples, rows: readonly number[]): Verdict {
  let [contested, cost] = [false, 0];
  for (let channel = 0; channel < targetWidth; channel++) {
    const values = rows.map((row) => at(targets, row * targetWidth + channel));
    const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
    contested ||= Math.max(...values) - Math.min(...values) > DIFFERENT_ACTION_SHARE * TARGET_RANGE;
    cost += values.reduce((sum, value) => sum + Math.abs(value - mean), 0) / Math.max(1, values.length) / TARGET_RANGE / targetWidth;
  }
  return { contested, cost };
}
