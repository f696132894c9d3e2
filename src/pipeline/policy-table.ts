// The table that compares the policies of a DAgger loop, a line a policy: the same in the terminal and in the report.

import { formatNumber, percent, withUnit } from "../report/format.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import type { DrivingScore } from "./dagger.ts";

/** A policy, and how it drives. */
export interface DrivenPolicy {
  readonly name: string;
  readonly bundle: PolicyBundle;
  /** Labelled ticks that it learnt from. */
  readonly samples: number;
  readonly score: DrivingScore;
}

export const POLICY_TABLE_HEAD = [
  "policy",
  "learnt from",
  "no collision",
  "laps",
  "distance kept",
  "expert agrees: float",
  "int8",
  "board",
  "board = int8",
] as const;

export function policyTableRow({ name, samples, score }: DrivenPolicy): string[] {
  return [
    name,
    `${samples} ticks`,
    percent(score.collisionFree),
    formatNumber(score.laps, 2),
    withUnit(formatNumber(score.distance, 2), "m"),
    score.agreementFloat === null ? "-" : percent(score.agreementFloat),
    percent(score.agreementInt8),
    percent(score.agreementBoard),
    score.differing === 0 ? `all ${score.ticks} ticks` : `${score.differing} of ${score.ticks} DIFFER`,
  ];
}
