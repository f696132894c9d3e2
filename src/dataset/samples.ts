// In: episodes. Out: the rows that training learns from: normalised observations in order, with the expert's action as the target of
// those that somebody labelled.

import { at } from "../core/assert.ts";
import { normaliseAction, normaliseObservation, policyInputWidth } from "../artifacts/encoding.ts";
import { ACTORS, episodeLength, type Episode } from "../artifacts/episode.ts";
import { actionWidth, observationWidth, type RobotSpec } from "../artifacts/robot-spec.ts";
import type { Samples } from "../artifacts/samples.ts";
import { actionChannels, channelFault, firstFault, observationChannels, type Channel } from "./channels.ts";

export interface SampleSettings {
  /** What a correction counts for, where another labelled tick counts for 1. A tick is a correction where the expert would have done
   * something else than the policy did, and where the expert acted in an episode in which the policy acted, too. */
  readonly correctionWeight: number;
}

/** Continuous actions that differ by more than this share of their range are different ones. */
export const DIFFERENT_ACTION_SHARE = 0.1;

const NEUTRAL = ACTORS.indexOf("neutral");
const POLICY = ACTORS.indexOf("policy");
const EXPERT = ACTORS.indexOf("expert");

interface Row {
  readonly episode: Episode;
  readonly tick: number;
  readonly weight: number;
  /** It begins a stretch. */
  readonly starts: boolean;
}

/** One row for each tick that a policy would have seen: one whose observation is a possible one. Stretches end with their episode, and
 * where the robot stood idle in between, after which a board forgets. A faulty reading is passed over: the board answers it with the
 * neutral action, and its memory stays as it is. A label "no action" teaches nothing, and has weight 0. */
export function samplesOf(spec: RobotSpec, episodes: readonly Episode[], { correctionWeight = 1 }: Partial<SampleSettings> = {}): Samples {
  const rows = episodes.flatMap((episode) => rowsOf(spec, episode, correctionWeight));
  const inputWidth = policyInputWidth(spec);
  const targetWidth = actionWidth(spec);
  const observed = observationWidth(spec);
  const inputs = new Float32Array(rows.length * inputWidth);
  const targets = new Float32Array(rows.length * targetWidth);
  rows.forEach(({ episode, tick, weight }, row) => {
    normaliseObservation(spec, episode.observations.subarray(tick * observed, (tick + 1) * observed), inputs, row * inputWidth);
    if (weight === 0) return;
    const label = episode.labels.subarray(tick * targetWidth, (tick + 1) * targetWidth);
    targets.set(normaliseAction(spec.action, label), row * targetWidth);
  });
  return {
    rows: rows.length,
    inputWidth,
    inputs,
    targetWidth,
    targets,
    weights: Float32Array.from(rows, ({ weight }) => weight),
    starts: Uint32Array.from(rows.flatMap(({ starts }, row) => (starts ? [row] : []))),
  };
}

function rowsOf(spec: RobotSpec, episode: Episode, correctionWeight: number): Row[] {
  const acted = actionChannels(spec);
  const policyActed = episode.actors.includes(POLICY);
  return seenTicks(spec, episode).map(({ tick, labelled, starts }) => {
    const actor = at(episode.actors, tick);
    const corrects = policyActed && (actor === EXPERT || (actor === POLICY && differs(acted, episode, tick)));
    return { episode, tick, weight: !labelled ? 0 : corrects ? correctionWeight : 1, starts };
  });
}

/** A tick that a policy would have seen. */
export interface SeenTick {
  readonly tick: number;
  /** Somebody said what is right. */
  readonly labelled: boolean;
  /** It begins a stretch: a policy remembers nothing before it. */
  readonly starts: boolean;
}

/** The ticks that `samplesOf` takes, in order. */
export function seenTicks(spec: RobotSpec, episode: Episode): readonly SeenTick[] {
  const observed = observationChannels(spec);
  const acted = actionChannels(spec);
  const ticks: SeenTick[] = [];
  let starts = true;
  for (let tick = 0; tick < episodeLength(episode); tick++) {
    if (firstFault(observed, episode.observations, tick * observed.length) >= 0) continue;
    const labelled = hasLabel(acted, episode, tick);
    if (at(episode.actors, tick) === NEUTRAL && !labelled) {
      starts = true;
      continue;
    }
    ticks.push({ tick, labelled, starts });
    starts = false;
  }
  return ticks;
}

/** Whether somebody said what is right at this tick: a known label, or a number in every channel. */
export function hasLabel(channels: readonly Channel[], episode: Episode, tick: number): boolean {
  return channels.every((channel, index) => {
    const fault = channelFault(channel, episode.labels[tick * channels.length + index] as number);
    return fault === null || fault === "out-of-range";
  });
}

/** Whether the label asks for something else than what was done. */
function differs(channels: readonly Channel[], { actions, labels }: Episode, tick: number): boolean {
  return channels.some(({ field, lowest, highest }, index) => {
    const difference = Math.abs(at(labels, tick * channels.length + index) - at(actions, tick * channels.length + index));
    // A missing action, NaN, is another one.
    return !(difference <= (field.kind === "choice" ? 0 : DIFFERENT_ACTION_SHARE * (highest - lowest)));
  });
}
