// How evenly the labels of a discrete action were demonstrated.

import { listNames } from "../raw-table.ts";
import { percentage, type Finding, type Material } from "./finding.ts";

/** A label below this share of the rows is hardly learnt: guessing another one costs next to nothing. */
const RARE_SHARE = 0.02;
/** One label above this share: always giving it looks like a good policy. */
const ONE_SIDED_SHARE = 0.9;

export function lintLabels({ statistics: { labelCounts, labelledTicks } }: Material): Finding[] {
  if (labelledTicks === 0) return [];
  const share = (ticks: number): number => ticks / labelledTicks;
  const named = (chosen: typeof labelCounts): string =>
    listNames(chosen.map(({ label, ticks }) => `${label} (${percentage(share(ticks))})`));
  const never = labelCounts.filter(({ ticks }) => ticks === 0);
  const rare = labelCounts.filter(({ ticks }) => ticks > 0 && share(ticks) < RARE_SHARE);
  const most = labelCounts.filter(({ ticks }) => share(ticks) > ONE_SIDED_SHARE);
  const finding = (chosen: typeof labelCounts, code: string, message: string, meaning: string, remedy: string): Finding[] => {
    const measures = chosen.map(({ label, ticks }) => ({ label, ticks, share: share(ticks) }));
    return chosen.length === 0 ? [] : [{ code, severity: "warning", message, meaning, remedy, measures }];
  };
  return [
    ...finding(
      never,
      "dataset-label-missing",
      `never demonstrated: ${listNames(never.map(({ label }) => label))}`,
      "the policy will never do it",
      "demonstrate it, or take it out of the action in robot.ts",
    ),
    ...finding(
      rare,
      "dataset-label-rare",
      `hardly demonstrated: ${named(rare)}`,
      "guessing another label costs next to nothing in training, so the policy may never give it",
      "record more of the situations that need it",
    ),
    ...finding(
      most,
      "dataset-one-sided",
      `nearly all rows have one label: ${named(most)}`,
      "always doing the same looks like a good policy",
      "record more of the situations that need something else",
    ),
  ];
}
