// In: episodes. Out: what they hold, in numbers: ticks, time, labels, and each channel's spread. For `import`, reports and lint.

import { at } from "../core/assert.ts";
import { episodeLength, type Episode } from "../artifacts/episode.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { actionChannels, channelFault, observationChannels, type Channel } from "./channels.ts";
import { hasLabel } from "./samples.ts";

export interface ChannelStatistics {
  readonly name: string;
  /** Over values that are possible ones; NaN where there are none. */
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  /** Standard deviation of the population. */
  readonly deviation: number;
  /** Share of the values that lie outside @clip. */
  readonly clippedShare: number;
  /** Values that are not possible: no number, outside @range, no label. */
  readonly faults: number;
}

export interface DatasetStatistics {
  readonly episodes: number;
  readonly ticks: number;
  /** Ticks for which somebody said what is right. */
  readonly labelledTicks: number;
  readonly durationSeconds: number;
  /** How often each label of a discrete action was demonstrated; empty for a continuous one. */
  readonly labelCounts: readonly { readonly label: string; readonly ticks: number }[];
  /** One a channel of the observation, then (continuous) one a channel of the demonstrated action. */
  readonly channels: readonly ChannelStatistics[];
}

export function datasetStatistics(spec: RobotSpec, episodes: readonly Episode[]): DatasetStatistics {
  const acted = actionChannels(spec);
  const counts = new Array<number>(spec.action.kind === "discrete" ? spec.action.labels.length : 0).fill(0);
  let labelledTicks = 0;
  for (const episode of episodes) {
    for (let tick = 0; tick < episodeLength(episode); tick++) {
      if (!hasLabel(acted, episode, tick)) continue;
      labelledTicks += 1;
      if (counts.length === 0) continue;
      const label = at(episode.labels, tick);
      counts[label] = at(counts, label) + 1;
    }
  }
  return {
    episodes: episodes.length,
    ticks: episodes.reduce((sum, episode) => sum + episodeLength(episode), 0),
    labelledTicks,
    durationSeconds: episodes.reduce((sum, episode) => sum + episodeSeconds(spec, episode), 0),
    labelCounts: spec.action.kind === "discrete" ? spec.action.labels.map((label, index) => ({ label, ticks: at(counts, index) })) : [],
    channels: [
      ...observationChannels(spec).map((channel, index, { length }) =>
        channelStatistics(
          channel,
          index,
          length,
          episodes.map((episode) => episode.observations),
        ),
      ),
      ...(spec.action.kind === "discrete" ? [] : acted).map((channel, index) =>
        channelStatistics(
          channel,
          index,
          acted.length,
          episodes.map((episode) => withoutMissing(episode.labels)),
        ),
      ),
    ],
  };
}

/** From the first tick's start to the last one's end. */
function episodeSeconds(spec: RobotSpec, { seconds }: Episode): number {
  return seconds.length === 0 ? 0 : at(seconds, seconds.length - 1) - at(seconds, 0) + 1 / spec.rateHz;
}

/** Labels that somebody gave. */
function withoutMissing(labels: Float32Array): Float32Array {
  return labels.filter((value) => !Number.isNaN(value));
}

/** Spread of one channel over flat vectors of `width` numbers; Welford's recurrence (1962), which does not cancel. */
function channelStatistics(channel: Channel, index: number, width: number, tables: readonly Float32Array[]): ChannelStatistics {
  const clip = channel.field.kind === "number" ? channel.field.clip : { minimum: channel.lowest, maximum: channel.highest };
  const lowest = Math.fround(clip.minimum);
  const highest = Math.fround(clip.maximum);
  let [count, faults, clipped, mean, squares] = [0, 0, 0, 0, 0];
  let [minimum, maximum] = [Infinity, -Infinity];
  for (const table of tables) {
    for (let position = index; position < table.length; position += width) {
      const value = table[position] as number;
      if (channelFault(channel, value) !== null) {
        faults += 1;
        continue;
      }
      count += 1;
      if (value < lowest || value > highest) clipped += 1;
      const step = value - mean;
      mean += step / count;
      squares += step * (value - mean);
      minimum = Math.min(minimum, value);
      maximum = Math.max(maximum, value);
    }
  }
  const name = channel.name;
  if (count === 0) return { name, minimum: NaN, maximum: NaN, mean: NaN, deviation: NaN, clippedShare: 0, faults };
  return { name, minimum, maximum, mean, deviation: Math.sqrt(squares / count), clippedShare: clipped / count, faults };
}
