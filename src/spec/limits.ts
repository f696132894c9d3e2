// What keeps an action harmless, as robot.ts says it: @neutral and @slew in, checked values out. An observation has neither.

import { channelLimits, channelNeutralTicks, LONGEST_NEUTRAL_SECONDS } from "../artifacts/action-limits.ts";
import type { NumberField } from "../artifacts/robot-spec.ts";
import { refuseTags, type Documentation } from "./documentation.ts";
import { readNumber } from "./intervals.ts";
import type { Problems } from "./problems.ts";

/** A number field but for its limits. */
export type UnlimitedField = Omit<NumberField, "neutral" | "slewPerSecond">;

/** Adds the limits that the documentation gives; what is wrong with them goes to the problems. */
export type ReadLimits = (field: UnlimitedField, documentation: Documentation, problems: Problems) => NumberField;

export const observationLimits: ReadLimits = (field, { tags }, problems) => {
  const limits = [...tags].filter(([name]) => name === "neutral" || name === "slew");
  const remedy = (name: string): string => `write @${name} above a number of Action, or remove it`;
  refuseTags(limits, `${field.path.join(".")}, an observation,`, problems, remedy);
  return { ...field, neutral: null, slewPerSecond: null };
};

/** @param rateHz null where robot.ts has no usable one: how many ticks neutral is away then stays unknown. */
export function actionLimits(rateHz: number | null): ReadLimits {
  return (unlimited, documentation, problems) => {
    const neutral = readNeutral(unlimited, documentation, problems);
    const field = { ...unlimited, neutral, slewPerSecond: readSlew(documentation, problems) };
    if (rateHz !== null) requireNeutralInTime(field, documentation, rateHz, problems);
    return field;
  };
}

function readNeutral({ range }: UnlimitedField, { tags }: Documentation, problems: Problems): number | null {
  const tag = tags.get("neutral");
  if (tag === undefined) return null;
  const neutral = readNumber(tag.text);
  const shown = `${range.minimum} to ${range.maximum}`;
  if (Number.isNaN(neutral)) {
    const message = tag.text === "" ? "@neutral says nothing" : `@neutral is "${tag.text}", not a number`;
    problems.error("spec-bad-neutral", tag.where, message, `write the number that does no harm, ${shown}: @neutral ${range.minimum}`);
    return null;
  }
  if (neutral >= range.minimum && neutral <= range.maximum) return neutral;
  problems.error("spec-neutral-outside-range", tag.where, `@neutral ${neutral} is outside @range`, `write a number from ${shown}`);
  return null;
}

function readSlew({ tags }: Documentation, problems: Problems): number | null {
  const tag = tags.get("slew");
  if (tag === undefined) return null;
  const slew = readNumber(tag.text);
  if (slew > 0 && slew < Infinity) return slew;
  const message = tag.text === "" ? "@slew says nothing" : `@slew is "${tag.text}", not a positive number`;
  const hint = "write by how much the number may change in a second, @slew 2, or leave the tag out where it may change at once";
  problems.error("spec-bad-slew", tag.where, message, hint);
  return null;
}

/** A robot that can't stop soon is none to let loose; and a step too small for single precision would never get there. */
function requireNeutralInTime(field: NumberField, { tags }: Documentation, rateHz: number, problems: Problems): void {
  const tag = tags.get("slew");
  if (tag === undefined || channelNeutralTicks(channelLimits(field, rateHz), LONGEST_NEUTRAL_SECONDS * rateHz) !== null) return;
  const message = `@slew ${tag.text} keeps ${field.path.join(".")} from its neutral value for more than ${LONGEST_NEUTRAL_SECONDS} s`;
  const least = (field.range.maximum - field.range.minimum) / LONGEST_NEUTRAL_SECONDS;
  problems.error("spec-slew-slow", tag.where, message, `write at least @slew ${Number(least.toPrecision(3))}, or a narrower @range`);
}

/** The label behind @neutral of a discrete Action, or null where none does no harm. */
export function readNeutralLabel({ tags }: Documentation, labels: readonly string[], problems: Problems): string | null {
  const others = [...tags].filter(([name]) => name !== "neutral" && name !== "mirror");
  refuseTags(others, "Action, a choice of labels,", problems, () => "remove it: a choice takes @neutral and @mirror only");
  const tag = tags.get("neutral");
  if (tag === undefined) return null;
  if (labels.includes(tag.text)) return tag.text;
  const message = tag.text === "" ? "@neutral says nothing" : `@neutral is "${tag.text}", which is no label of Action`;
  const hint = `write one of ${labels.join(", ")}, or leave the tag out: actuators off is neutral then`;
  problems.error("spec-neutral-label", tag.where, message, hint);
  return null;
}
