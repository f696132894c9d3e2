// In: episodes. Out: the rows that training learns from: normalised observations with the expert's action as their target.

import { normaliseAction, normaliseObservation, policyInputWidth } from "../artifacts/encoding.ts";
import { episodeLength, type Episode } from "../artifacts/episode.ts";
import { actionWidth, observationWidth, type RobotSpec } from "../artifacts/robot-spec.ts";
import type { Samples } from "../artifacts/samples.ts";
import { actionChannels, channelFault, firstFault, observationChannels, type Channel } from "./channels.ts";

/** One row for each tick that has a label and an observation without faults, in order. A tick at which the expert chose no action
 * teaches nothing; nor does a reading outside @range, which the board answers with the neutral action. */
export function samplesOf(spec: RobotSpec, episodes: readonly Episode[]): Samples {
  const usable = episodes.map((episode) => usableTicks(spec, episode));
  const rows = usable.reduce((sum, ticks) => sum + ticks.length, 0);
  const inputWidth = policyInputWidth(spec);
  const targetWidth = actionWidth(spec);
  const observed = observationWidth(spec);
  const inputs = new Float32Array(rows * inputWidth);
  const targets = new Float32Array(rows * targetWidth);
  let row = 0;
  episodes.forEach((episode, index) => {
    for (const tick of usable[index] ?? []) {
      normaliseObservation(spec, episode.observations.subarray(tick * observed, (tick + 1) * observed), inputs, row * inputWidth);
      const label = episode.labels.subarray(tick * targetWidth, (tick + 1) * targetWidth);
      targets.set(normaliseAction(spec.action, label), row * targetWidth);
      row += 1;
    }
  });
  return { rows, inputWidth, inputs, targetWidth, targets };
}

/** Ticks that can be learnt from. */
function usableTicks(spec: RobotSpec, episode: Episode): readonly number[] {
  const observed = observationChannels(spec);
  const acted = actionChannels(spec);
  return Array.from({ length: episodeLength(episode) }, (_, tick) => tick).filter(
    (tick) => hasLabel(acted, episode, tick) && firstFault(observed, episode.observations, tick * observed.length) < 0,
  );
}

/** Whether somebody said what is right at this tick: a known label, or a number in every channel. */
export function hasLabel(channels: readonly Channel[], episode: Episode, tick: number): boolean {
  return channels.every((channel, index) => {
    const fault = channelFault(channel, episode.labels[tick * channels.length + index] as number);
    return fault === null || fault === "out-of-range";
  });
}
