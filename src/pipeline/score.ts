// How well actions match labels: agreement for labels, mean absolute error as a share of the range for numbers. A policy sees whole
// episodes, in order, and is judged where somebody said what is right.

import { assert, at } from "../core/assert.ts";
import type { Episode } from "../artifacts/episode.ts";
import { actionWidth, fieldOfChannel, observationWidth, type ActionSpec, type RobotSpec } from "../artifacts/robot-spec.ts";
import { seenTicks } from "../dataset/samples.ts";
import type { Policy } from "./policy.ts";

/** A tick that a policy sees. */
export interface EpisodeTick {
  /** Index into the episodes, and within the episode. */
  readonly episode: number;
  readonly tick: number;
  readonly observation: Float32Array;
  /** Null where nobody said what is right. */
  readonly label: Float32Array | null;
  /** The policy remembers nothing before it. */
  readonly starts: boolean;
}

/** One judged tick. */
export interface JudgedTick extends EpisodeTick {
  readonly label: Float32Array;
}

/** What a policy does at a judged tick. */
export interface Answer extends JudgedTick {
  readonly action: Float32Array;
}

/** Every tick that a policy sees, in order: not those with a faulty observation, nor where the robot stood idle. */
export function episodeTicks(spec: RobotSpec, episodes: readonly Episode[]): readonly EpisodeTick[] {
  const observed = observationWidth(spec);
  const acted = actionWidth(spec);
  return episodes.flatMap((each, episode) =>
    seenTicks(spec, each).map(({ tick, labelled, starts }) => ({
      episode,
      tick,
      observation: each.observations.subarray(tick * observed, (tick + 1) * observed),
      label: labelled ? each.labels.subarray(tick * acted, (tick + 1) * acted) : null,
      starts,
    })),
  );
}

/** Those at which somebody said what is right. */
export function judgedTicks(spec: RobotSpec, episodes: readonly Episode[]): readonly JudgedTick[] {
  return episodeTicks(spec, episodes).filter(isJudged);
}

export function isJudged(tick: EpisodeTick): tick is JudgedTick {
  return tick.label !== null;
}

/** What a policy does at every judged tick, in order; it sees the others, too. */
export function answers(spec: RobotSpec, episodes: readonly Episode[], policy: Policy): readonly Answer[] {
  return episodeTicks(spec, episodes).flatMap((tick) => {
    if (tick.starts) policy.reset();
    const action = policy.action(tick.observation);
    return isJudged(tick) ? [{ ...tick, action }] : [];
  });
}

/** Which way is up: a share of equal labels, or an error. */
export function scoreKind(action: ActionSpec): "agreement" | "error" {
  return action.kind === "discrete" ? "agreement" : "error";
}

/** By how much int8 may be behind float, and nobody minds: of agreement, and of an error its share and as it is. */
const LOST_AGREEMENT = 0.002;
const MORE_ERROR_SHARE = 0.02;
const MORE_ERROR = 0.0005;

/** Whether the score of the int8 policy is noticeably worse than that of the float network. */
export function isWorse(action: ActionSpec, int8: number, float: number): boolean {
  if (scoreKind(action) === "agreement") return int8 < float - LOST_AGREEMENT;
  return int8 > float * (1 + MORE_ERROR_SHARE) && int8 > float + MORE_ERROR;
}

/** Mean over all judged ticks: 1 or 0 for equal or unequal labels, or the mean absolute error as a share of each channel's range. */
export function scorePolicy(spec: RobotSpec, episodes: readonly Episode[], policy: Policy): number {
  return scoreAnswers(spec.action, answers(spec, episodes, policy));
}

export function scoreAnswers(action: ActionSpec, ticks: readonly Answer[]): number {
  assert(ticks.length > 0, "a score needs at least one labelled tick");
  return ticks.reduce((sum, tick) => sum + scoreTick(action, tick.label, tick.action), 0) / ticks.length;
}

/** Of one tick. */
export function scoreTick(action: ActionSpec, label: Float32Array, chosen: Float32Array): number {
  if (action.kind === "discrete") return at(label, 0) === at(chosen, 0) ? 1 : 0;
  const fields = fieldOfChannel(action.fields);
  const errors = fields.map((field, channel) => {
    assert(field.kind === "number", "a continuous action holds numbers only");
    return Math.abs(at(label, channel) - at(chosen, channel)) / (field.range.maximum - field.range.minimum);
  });
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}
