// Whether a channel means the same throughout: each recording against the others, or the first half of the only one against the second.

import { at } from "../../core/assert.ts";
import type { Episode } from "../../artifacts/episode.ts";
import type { RobotSpec } from "../../artifacts/robot-spec.ts";
import { channelFault, observationChannels, type Channel } from "../channels.ts";
import { listNames } from "../raw-table.ts";
import { contiguousBlocks } from "../split.ts";
import type { Finding, Material, Session } from "./finding.ts";

/** Values of a channel that a side of a comparison needs, and has at most (evenly chosen). */
const LEAST_VALUES = 100;
const MOST_VALUES = 5000;
/** Largest distance between the two distributions (Kolmogorov 1933, Smirnov 1948) from which on they are told apart at sight. Its test
 * of significance would cry at any difference: ticks are not independent. */
const DISTANT = 0.35;
/** And the means lie this many standard deviations apart (Cohen 1988: 0.8 is a large effect). */
const LARGE_EFFECT = 0.8;

export function lintDrift({ spec, sessions }: Material): Finding[] {
  const channels = observationChannels(spec);
  const found = comparisons(spec, sessions).flatMap(({ name, one, others }) =>
    channels.flatMap((channel, index) => {
      if (channel.field.kind === "choice") return [];
      const left = valuesOf(channel, one, index, channels.length);
      const right = valuesOf(channel, others, index, channels.length);
      if (left.length < LEAST_VALUES || right.length < LEAST_VALUES) return [];
      const [here, elsewhere] = [spreadOf(left), spreadOf(right)];
      const deviation = Math.sqrt((here.variance + elsewhere.variance) / 2);
      const effect = deviation > 0 ? (here.mean - elsewhere.mean) / deviation : 0;
      const distance = distributionDistance(left, right);
      if (distance < DISTANT || Math.abs(effect) < LARGE_EFFECT) return [];
      return [{ session: name, channel: channel.name, mean: here.mean, meanElsewhere: elsewhere.mean, effect, distance }];
    }),
  );
  if (found.length === 0) return [];
  const worst = found.toSorted((left, right) => right.distance - left.distance);
  const described = worst.map(
    ({ session, channel, mean, meanElsewhere }) =>
      `${channel} in ${session} (mean ${mean.toPrecision(3)}, else ${meanElsewhere.toPrecision(3)})`,
  );
  return [
    {
      code: "dataset-drift",
      severity: "warning",
      message: `differs between sessions: ${listNames(described, 4)}`,
      meaning: "a sensor was moved, warmed up or set anew, or the sessions show different situations",
      remedy: "look at both with `reflexarc data show`; leave out what was recorded with another sensor setting, or record more of each",
      measures: worst,
    },
  ];
}

interface Comparison {
  readonly name: string;
  readonly one: readonly Episode[];
  readonly others: readonly Episode[];
}

function comparisons(spec: RobotSpec, sessions: readonly Session[]): readonly Comparison[] {
  const [only] = sessions;
  if (only === undefined) return [];
  if (sessions.length > 1) {
    return sessions.map(({ name, episodes }) => ({
      name,
      one: episodes,
      others: sessions.filter((each) => each.name !== name).flatMap((each) => each.episodes),
    }));
  }
  const ticks = only.episodes.reduce((sum, { seconds }) => sum + seconds.length, 0);
  if (ticks < 2) return [];
  const { heldOut: one, training: others } = at(contiguousBlocks(spec, only.episodes, 2), 0);
  return [{ name: `the first half of ${only.name}`, one, others }];
}

/** Possible values of a channel, sorted; evenly chosen where there are many. */
function valuesOf(channel: Channel, episodes: readonly Episode[], index: number, width: number): Float32Array {
  const total = episodes.reduce((sum, { seconds }) => sum + seconds.length, 0);
  const every = Math.max(1, Math.ceil(total / MOST_VALUES));
  const values = episodes.flatMap(({ observations, seconds }) =>
    Array.from({ length: Math.ceil(seconds.length / every) }, (_, chosen) => at(observations, chosen * every * width + index)),
  );
  return Float32Array.from(values.filter((value) => channelFault(channel, value) === null)).sort();
}

function spreadOf(values: Float32Array): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}

/** Largest difference between the shares of values below any number: 0 for equal distributions, 1 for ones that do not overlap. */
export function distributionDistance(left: Float32Array, right: Float32Array): number {
  let [first, second, largest] = [0, 0, 0];
  while (first < left.length && second < right.length) {
    const value = Math.min(at(left, first), at(right, second));
    while (first < left.length && at(left, first) <= value) first += 1;
    while (second < right.length && at(right, second) <= value) second += 1;
    largest = Math.max(largest, Math.abs(first / left.length - second / right.length));
  }
  return largest;
}
