// Single readings that leap away from both their neighbours and are back at once: electrical noise, echoes, lost bits.

import { at } from "../../core/assert.ts";
import { episodeLength, type Episode } from "../../artifacts/episode.ts";
import type { NumberField } from "../../artifacts/robot-spec.ts";
import { channelFault, observationChannels, type Channel } from "../channels.ts";
import { listNames } from "../raw-table.ts";
import { percentage, type Finding, type Material } from "./finding.ts";

/** A leap counts from so many times the usual step on: robust z-score, the usual step being 1.4826 times the median size of those that
 * are not zero, which estimates a standard deviation (Iglewicz & Hoaglin 1993). */
const UNUSUAL_STEPS = 10;
/** And only from this share of @clip on: what is smaller does no harm. */
const LEAST_LEAP_SHARE = 0.1;
const SPIKE_SHARE = 0.0005;
const MANY_SPIKES_SHARE = 0.01;

export function lintSpikes({ spec, episodes }: Material): Finding[] {
  const channels = observationChannels(spec);
  const found = channels.flatMap((channel, index) => {
    const { field } = channel;
    if (field.kind === "choice") return [];
    const columns = episodes.map((episode) => columnOf(channel, field, episode, index, channels.length));
    const leap = Math.max(UNUSUAL_STEPS * usualStep(columns), LEAST_LEAP_SHARE * (field.clip.maximum - field.clip.minimum));
    const values = columns.reduce((sum, column) => sum + column.length, 0);
    const spikes = columns.reduce((sum, column) => sum + countSpikes(column, leap), 0);
    return spikes > SPIKE_SHARE * values ? [{ channel: channel.name, spikes, share: spikes / values, leap }] : [];
  });
  if (found.length === 0) return [];
  const worst = found.toSorted((left, right) => right.share - left.share);
  return [
    {
      code: "dataset-spikes",
      severity: worst.some(({ share }) => share > MANY_SPIKES_SHARE) ? "warning" : "note",
      message: `single readings leap away and back: ${listNames(worst.map(({ channel, spikes, share }) => `${channel} (${spikes}, ${percentage(share)})`))}`,
      meaning: "noise on a wire, a missed echo or a lost bit; the policy learns to react to it, or to ignore what is real",
      remedy: "mend the sensor, take the median of three readings before the policy sees them, or train with noise on the inputs",
      measures: worst,
    },
  ];
}

/** The channel as the policy sees it, clipped; NaN where the reading is no possible one. */
function columnOf(channel: Channel, { clip }: NumberField, episode: Episode, index: number, width: number): Float32Array {
  return Float32Array.from({ length: episodeLength(episode) }, (_, tick) => {
    const value = at(episode.observations, tick * width + index);
    return channelFault(channel, value) === null ? Math.min(clip.maximum, Math.max(clip.minimum, value)) : NaN;
  });
}

function usualStep(columns: readonly Float32Array[]): number {
  const steps = columns.flatMap((column) =>
    Array.from(column.subarray(1), (value, tick) => Math.abs(value - at(column, tick))).filter((step) => step > 0),
  );
  return 1.4826 * (Float64Array.from(steps).sort()[steps.length >> 1] ?? 0);
}

function countSpikes(column: Float32Array, leap: number): number {
  let spikes = 0;
  for (let tick = 1; tick + 1 < column.length; tick++) {
    const out = at(column, tick) - at(column, tick - 1);
    const back = at(column, tick) - at(column, tick + 1);
    if (out * back > 0 && Math.abs(out) > leap && Math.abs(back) > leap && Math.abs(out - back) < leap / 2) spikes += 1;
  }
  return spikes;
}
