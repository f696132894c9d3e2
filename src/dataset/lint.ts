// In: episodes. Out: their statistics, and warnings about what usually spoils a policy: too little data, labels that hardly occur,
// sensors that say nothing, observations with contradicting labels.

import { at } from "../core/assert.ts";
import { warningDiagnostic, type Diagnostic } from "../core/diagnostic.ts";
import type { Episode } from "../artifacts/episode.ts";
import { observationWidth, type RobotSpec } from "../artifacts/robot-spec.ts";
import type { Samples } from "../artifacts/samples.ts";
import { listNames } from "./raw-table.ts";
import { samplesOf } from "./samples.ts";
import { datasetStatistics, type DatasetStatistics } from "./statistics.ts";

/** Fewer rows than this seldom teach even a small network. */
const FEW_ROWS = 200;
/** A label below this share of the rows is hardly learnt: guessing another one costs next to nothing. */
const RARE_SHARE = 0.02;
/** One label above this share: always giving it looks like a good policy. */
const ONE_SIDED_SHARE = 0.9;
const CLIPPED_SHARE = 0.2;
/** Actions for one observation that differ by more than this share of their range contradict each other (2 is the whole -1..1). */
const CONTRADICTION = 0.1 * 2;

export interface Lint {
  readonly statistics: DatasetStatistics;
  readonly warnings: readonly Diagnostic[];
}

/** What the episodes hold, and what about them deserves a second look. */
export function lintEpisodes(spec: RobotSpec, episodes: readonly Episode[]): Lint {
  const statistics = datasetStatistics(spec, episodes);
  const samples = samplesOf(spec, episodes);
  return {
    statistics,
    warnings: [
      ...lintAmount(statistics, samples),
      ...lintLabels(statistics),
      ...lintChannels(statistics, observationWidth(spec)),
      ...lintContradictions(spec, samples),
    ],
  };
}

function lintAmount(statistics: DatasetStatistics, samples: Samples): Diagnostic[] {
  const warnings: Diagnostic[] = [];
  if (samples.rows < FEW_ROWS) {
    const message = `only ${samples.rows} rows to learn from (${statistics.durationSeconds.toFixed(1)} s)`;
    warnings.push(warningDiagnostic("dataset-few-rows", message, `record more: at least ${FEW_ROWS} rows`));
  }
  const faulty = statistics.labelledTicks - samples.rows;
  if (faulty > 0) {
    const channels = statistics.channels.filter(({ faults }) => faults > 0).map(({ name, faults }) => `${name} (${faults})`);
    const message = `${faulty} ticks are left out, because a sensor gave an impossible value: ${listNames(channels)}`;
    warnings.push(warningDiagnostic("dataset-faults", message, "check the sensor, or its @range in robot.ts"));
  }
  return warnings;
}

function lintLabels({ labelCounts, labelledTicks }: DatasetStatistics): Diagnostic[] {
  if (labelledTicks === 0) return [];
  const warnings: Diagnostic[] = [];
  const percent = (ticks: number): string => `${((100 * ticks) / labelledTicks).toFixed(1)} %`;
  const named = (chosen: typeof labelCounts): string => listNames(chosen.map(({ label, ticks }) => `${label} (${percent(ticks)})`));
  const never = labelCounts.filter(({ ticks }) => ticks === 0);
  const rare = labelCounts.filter(({ ticks }) => ticks > 0 && ticks < RARE_SHARE * labelledTicks);
  const most = labelCounts.filter(({ ticks }) => ticks > ONE_SIDED_SHARE * labelledTicks);
  if (never.length > 0) {
    const message = `never demonstrated: ${listNames(never.map(({ label }) => label))}`;
    warnings.push(warningDiagnostic("dataset-label-missing", message, "demonstrate it, or take it out of the action in robot.ts"));
  }
  if (rare.length > 0) {
    warnings.push(
      warningDiagnostic("dataset-label-rare", `hardly demonstrated: ${named(rare)}`, "record more of the situations that need it"),
    );
  }
  if (most.length > 0) {
    const hint = "record more of the situations that need something else";
    warnings.push(warningDiagnostic("dataset-one-sided", `nearly all rows have one label: ${named(most)}`, hint));
  }
  return warnings;
}

function lintChannels({ channels, ticks }: DatasetStatistics, observed: number): Diagnostic[] {
  const warnings: Diagnostic[] = [];
  const constant = channels.filter(({ minimum, maximum }) => minimum === maximum);
  const clipped = channels.slice(0, observed).filter(({ clippedShare }) => clippedShare > CLIPPED_SHARE);
  if (ticks > 1 && constant.length > 0) {
    const message = `never changes: ${listNames(constant.map(({ name, mean }) => `${name} (always ${mean})`))}`;
    warnings.push(
      warningDiagnostic("dataset-constant-channel", message, "check that the sensor is connected, or take the field out of robot.ts"),
    );
  }
  if (clipped.length > 0) {
    const shares = clipped.map(({ name, clippedShare }) => `${name} (${Math.round(100 * clippedShare)} %)`);
    const message = `often outside @clip, where the policy sees only the border: ${listNames(shares)}`;
    warnings.push(
      warningDiagnostic("dataset-clipped-channel", message, "nothing to do if that is meant; otherwise widen @clip in robot.ts"),
    );
  }
  return warnings;
}

/** Rows that look the same to the policy (clipped as it sees them) while their labels disagree. */
function lintContradictions(spec: RobotSpec, samples: Samples): Diagnostic[] {
  const spread = spec.action.kind === "discrete" ? 0 : CONTRADICTION;
  const words = new Uint16Array(samples.inputs.buffer);
  const wordsPerRow = 2 * samples.inputWidth;
  const firstRows = new Map<string, number>();
  let contradicting = 0;
  for (let row = 0; row < samples.rows; row++) {
    const key = String.fromCharCode(...words.subarray(row * wordsPerRow, (row + 1) * wordsPerRow));
    const first = firstRows.get(key);
    if (first === undefined) firstRows.set(key, row);
    else if (largestDifference(samples, first, row) > spread) contradicting += 1;
  }
  if (contradicting === 0) return [];
  const message = `${contradicting} of ${samples.rows} rows contradict an earlier one: the same observation with another label`;
  const hint = "the policy cannot learn both: add what tells them apart to the observation, widen @clip, or correct the labels";
  return [warningDiagnostic("dataset-contradiction", message, hint)];
}

function largestDifference({ targets, targetWidth }: Samples, left: number, right: number): number {
  let largest = 0;
  for (let channel = 0; channel < targetWidth; channel++) {
    largest = Math.max(largest, Math.abs(at(targets, left * targetWidth + channel) - at(targets, right * targetWidth + channel)));
  }
  return largest;
}
