// What keeps an action harmless: its neutral value, its range, and how far it may move in one tick. The generated robot.c does
// the same in C (emit/c/robot-limits.ts); both use single-precision operations in the same order, so that they agree to the bit.

import { assert, at } from "../core/assert.ts";
import { clamp } from "../core/fixed-point.ts";
import { fieldOfChannel, NO_ACTION, type NumberField, type RobotSpec } from "./robot-spec.ts";

/** Neutral must be nearer than this, or what limits the robot keeps it from stopping. */
export const LONGEST_NEUTRAL_SECONDS = 60;

/** Limits of one number of an action, all single precision. */
export interface ChannelLimits {
  readonly minimum: number;
  readonly maximum: number;
  /** What does no harm, within the range. */
  readonly neutral: number;
  /** By how much it may move in one tick; null: across the range. */
  readonly step: number | null;
}

export function channelLimits({ range, neutral, slewPerSecond }: NumberField, rateHz: number): ChannelLimits {
  const minimum = Math.fround(range.minimum);
  const maximum = Math.fround(range.maximum);
  const step = slewPerSecond === null ? Infinity : Math.fround(slewPerSecond / rateHz);
  return {
    minimum,
    maximum,
    neutral: Math.fround(neutral ?? clamp(0, range.minimum, range.maximum)),
    step: step >= maximum - minimum ? null : step,
  };
}

/** The index of the label that does no harm; NO_ACTION where none does. */
export function neutralLabel({ labels, neutral }: { readonly labels: readonly string[]; readonly neutral: string | null }): number {
  if (neutral === null) return NO_ACTION;
  assert(labels.includes(neutral), `the neutral action "${neutral}" is none of the labels`);
  return labels.indexOf(neutral);
}

/** The action that does no harm, flat. */
export function neutralAction(spec: RobotSpec): Float32Array {
  if (spec.action.kind === "discrete") return Float32Array.of(neutralLabel(spec.action));
  return Float32Array.from(limitsOfChannels(spec), ({ neutral }) => neutral);
}

/** Forces a flat action into its range, what is no number or no label becomes neutral; then no further from `previous` than one
 * tick's slew allows. @param previous what was done in the tick before; null: nothing, and the slew does not apply. */
export function limitAction(spec: RobotSpec, action: ArrayLike<number>, previous: ArrayLike<number> | null): Float32Array {
  if (spec.action.kind === "discrete") {
    const label = at(action, 0);
    return label >= 0 && label < spec.action.labels.length ? Float32Array.of(label) : neutralAction(spec);
  }
  return Float32Array.from(limitsOfChannels(spec), (limits, channel) => {
    const value = withinRange(Math.fround(at(action, channel)), limits);
    if (previous === null || limits.step === null) return value;
    return withinSlew(value, withinRange(Math.fround(at(previous, channel)), limits), limits.step);
  });
}

/** Ticks after which the neutral action is reached from any other, slew included; at least 1. */
export function neutralTicks(spec: RobotSpec): number {
  if (spec.action.kind === "discrete") return 1;
  return Math.max(
    ...limitsOfChannels(spec).map((limits) => {
      const ticks = channelNeutralTicks(limits, LONGEST_NEUTRAL_SECONDS * spec.rateHz);
      assert(ticks !== null, "the parser refuses a slew that neutral is too far away for");
      return ticks;
    }),
  );
}

/** The same for one number; null when it takes more than `most` ticks, or single precision never gets there. One tick brings the
 * larger of two values to the larger or the same, so that no value is farther away than both ends of the range. */
export function channelNeutralTicks({ minimum, maximum, neutral, step }: ChannelLimits, most: number): number | null {
  if (step === null) return 1;
  let [low, high] = [minimum, maximum];
  for (let ticks = 1; ticks <= most; ticks++) {
    low = withinSlew(neutral, low, step);
    high = withinSlew(neutral, high, step);
    if (low === neutral && high === neutral) return ticks;
  }
  return null;
}

function limitsOfChannels(spec: RobotSpec): readonly ChannelLimits[] {
  const fields = spec.action.kind === "discrete" ? [] : spec.action.fields;
  return fieldOfChannel(fields).map((field) => {
    assert(field.kind === "number", "a continuous action holds numbers only");
    return channelLimits(field, spec.rateHz);
  });
}

function withinRange(value: number, { minimum, maximum, neutral }: ChannelLimits): number {
  return Number.isNaN(value) ? neutral : clamp(value, minimum, maximum);
}

/** @param previous a value of the range; a sum beyond single precision is an infinity that limits nothing. */
function withinSlew(value: number, previous: number, step: number): number {
  return clamp(value, Math.fround(previous - step), Math.fround(previous + step));
}
