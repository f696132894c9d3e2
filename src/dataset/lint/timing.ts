// Whether ticks follow one another as robot.ts says: the rate, ticks that are missing, time that stands still or runs back.

import { at } from "../../core/assert.ts";
import type { Episode } from "../../artifacts/episode.ts";
import { listNames } from "../raw-table.ts";
import { percentage, type Finding, type Material } from "./finding.ts";

/** A step that is longer than so many periods has lost a tick. */
export const GAP_PERIODS = 1.5;
const RATE_DEVIATION = 0.1;
const JITTER_SHARE = 0.5;
const MANY_LOST_SHARE = 0.01;
/** Gaps that are listed, longest first. */
const LISTED_GAPS = 20;

interface TimeGap {
  readonly episode: string;
  /** The tick before it, and its time. */
  readonly tick: number;
  readonly atSeconds: number;
  readonly gapSeconds: number;
}

/** Steps in time within episodes that are too long for a robot of this rate. */
function timeGaps(rateHz: number, episodes: readonly Episode[]): TimeGap[] {
  return episodes.flatMap(({ source, seconds }) =>
    Array.from(seconds.subarray(1), (later, tick) => ({
      episode: source,
      tick,
      atSeconds: at(seconds, tick),
      gapSeconds: later - at(seconds, tick),
    })).filter(({ gapSeconds }) => gapSeconds * rateHz > GAP_PERIODS),
  );
}

export function lintTiming({ spec: { rateHz }, episodes }: Material): Finding[] {
  const steps = episodes.flatMap(({ seconds }) => Array.from(seconds.subarray(1), (later, tick) => later - at(seconds, tick)));
  if (steps.length === 0) return [];
  const sorted = Float64Array.from(steps).sort();
  const quantile = (share: number): number => at(sorted, Math.min(sorted.length - 1, Math.floor(share * sorted.length)));
  const median = quantile(0.5);
  return [
    ...lintRate(rateHz, median),
    ...lintGaps(rateHz, episodes, steps.length),
    ...lintJitter(rateHz, quantile(0.05), quantile(0.95)),
    ...lintStandstill(steps),
  ];
}

function lintRate(rateHz: number, median: number): Finding[] {
  if (median <= 0 || Math.abs(median * rateHz - 1) <= RATE_DEVIATION) return [];
  return [
    {
      code: "dataset-rate",
      severity: "warning",
      message: `ticks are ${median.toPrecision(3)} s apart, but robot.ts says ${rateHz} a second (${(1 / rateHz).toPrecision(3)} s)`,
      meaning: "the policy would act faster or slower than its expert did",
      remedy: "correct rateHz, or record at the rate that the robot will drive at",
      measures: [{ medianStepSeconds: median, rateHz }],
    },
  ];
}

function lintGaps(rateHz: number, episodes: readonly Episode[], steps: number): Finding[] {
  const gaps = timeGaps(rateHz, episodes);
  if (gaps.length === 0) return [];
  const lost = gaps.reduce((sum, { gapSeconds }) => sum + Math.max(1, Math.round(gapSeconds * rateHz) - 1), 0);
  const longest = gaps.toSorted((left, right) => right.gapSeconds - left.gapSeconds).slice(0, LISTED_GAPS);
  const described = longest.map(
    ({ episode, atSeconds, gapSeconds }) => `${gapSeconds.toFixed(2)} s at ${atSeconds.toFixed(1)} s of ${episode}`,
  );
  return [
    {
      code: "dataset-time-gaps",
      severity: lost > MANY_LOST_SHARE * steps ? "warning" : "note",
      message: `${gaps.length} gaps in time, about ${lost} ticks (${percentage(lost / (steps + lost))}) lost: ${listNames(described, 3)}`,
      meaning:
        "a slow or interrupted line, or a host that was busy; a policy with a memory learns from jumps that will not occur on the board",
      remedy: "record over a better line, or cut the episode there",
      measures: longest.map((gap) => ({ ...gap })),
    },
  ];
}

function lintJitter(rateHz: number, short: number, long: number): Finding[] {
  const spread = (long - short) * rateHz;
  if (spread <= JITTER_SHARE) return [];
  return [
    {
      code: "dataset-jitter",
      severity: "note",
      message: `nine of ten steps in time are between ${short.toPrecision(3)} s and ${long.toPrecision(3)} s; a tick should take ${(1 / rateHz).toPrecision(3)} s`,
      meaning: "ticks were stamped by a computer that does other things as well, not by the board",
      remedy: "stamp them where they are made, if the policy has a memory or what is sensed changes fast",
      measures: [{ fifthPercentileSeconds: short, ninetyFifthPercentileSeconds: long }],
    },
  ];
}

function lintStandstill(steps: readonly number[]): Finding[] {
  const equal = steps.filter((step) => step === 0).length;
  const back = steps.filter((step) => step < 0).length;
  if (equal + back === 0) return [];
  return [
    {
      code: "dataset-duplicate-time",
      severity: "warning",
      message: `${equal} ticks have the time of the one before, ${back} an earlier one`,
      meaning: "ticks were written twice, or two recordings were mixed",
      remedy: "look at the tool that wrote them, and keep each tick once",
      measures: [{ equal, back }],
    },
  ];
}
