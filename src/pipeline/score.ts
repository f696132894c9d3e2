// How well actions match labels: agreement for labels, mean absolute error as a share of the range for numbers.

import { assert, at } from "../core/assert.ts";
import { episodeLength, type Episode } from "../artifacts/episode.ts";
import { actionWidth, fieldOfChannel, observationWidth, type ActionSpec, type RobotSpec } from "../artifacts/robot-spec.ts";
import type { ActionOf } from "./policy.ts";

/** One judged tick. */
export interface JudgedTick {
  readonly observation: Float32Array;
  readonly label: Float32Array;
}

/** Every tick at which somebody said what is right. */
export function labelledTicks(spec: RobotSpec, episodes: readonly Episode[]): JudgedTick[] {
  const observed = observationWidth(spec);
  const acted = actionWidth(spec);
  return episodes.flatMap((episode) =>
    Array.from({ length: episodeLength(episode) }, (_, tick) => ({
      observation: episode.observations.subarray(tick * observed, (tick + 1) * observed),
      label: episode.labels.subarray(tick * acted, (tick + 1) * acted),
    })).filter((tick) => !tick.label.some(Number.isNaN)),
  );
}

/** Which way is up: a share of equal labels, or an error. */
export function scoreKind(action: ActionSpec): "agreement" | "error" {
  return action.kind === "discrete" ? "agreement" : "error";
}

/** Mean over all ticks: 1 or 0 for equal or unequal labels, or the mean absolute error as a share of each channel's range. */
export function scorePolicy(spec: RobotSpec, ticks: readonly JudgedTick[], actionOf: ActionOf): number {
  return scoreActions(
    spec.action,
    ticks,
    ticks.map((tick) => actionOf(tick.observation)),
  );
}

export function scoreActions(action: ActionSpec, ticks: readonly JudgedTick[], actions: readonly Float32Array[]): number {
  assert(ticks.length > 0, "a score needs at least one labelled tick");
  return ticks.reduce((sum, tick, index) => sum + scoreTick(action, tick.label, at(actions, index)), 0) / ticks.length;
}

function scoreTick(action: ActionSpec, label: Float32Array, chosen: Float32Array): number {
  if (action.kind === "discrete") return at(label, 0) === at(chosen, 0) ? 1 : 0;
  const fields = fieldOfChannel(action.fields);
  const errors = fields.map((field, channel) => {
    assert(field.kind === "number", "a continuous action holds numbers only");
    return Math.abs(at(label, channel) - at(chosen, channel)) / (field.range.maximum - field.range.minimum);
  });
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}
