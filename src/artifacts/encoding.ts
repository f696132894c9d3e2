// How an observation becomes the policy's int8 input and its int8 output an action. The generated robot.c does the same in
// C; both use single-precision operations in the same order, so that board and host agree to the bit.

import { assert, at } from "../core/assert.ts";
import { clamp } from "../core/fixed-point.ts";
import { formOutputs, memberOutputs, policyForm, type PolicyForm } from "./policy-form.ts";
import { fieldOfChannel, fieldWidth, type ActionSpec, type Field, type Interval, type RobotSpec } from "./robot-spec.ts";

/** The policy's input tensor: -1..1 across the clip range in 255 steps, so that int8 0, what padding and an empty memory hold, is 0. */
export const INPUT_QUANTIZATION = { scale: Math.fround(2 / 255), zeroPoint: 0 } as const;

/** The real input that stands for a fraction (0..1) of the clip range: q of int8 is 255 * fraction - 128 before rounding, the input q * 2 / 255. */
function inputOfFraction(fraction: number): number {
  return ((255 * fraction - 128) * 2) / 255;
}

/** The output tensor of a policy with continuous actions: -1..1 in 254 steps, whatever it was trained on. So robot.c decodes what
 * any training of a robot says, and parameters can be exchanged. */
export const ACTION_OUTPUT = { scale: Math.fround(1 / 127), zeroPoint: 0 } as const;

/** Why a flat observation cannot be used: its first faulty channel. */
export interface ObservationFault {
  readonly channel: number;
  readonly value: number;
  readonly reason: "not-a-number" | "out-of-range" | "unknown-label";
}

/** Inputs of the policy: one a number, one a label for a choice (one-hot). */
export function policyInputWidth(spec: RobotSpec): number {
  return spec.observation.reduce((sum, field) => sum + encodedWidth(field), 0);
}

/** Elements of the policy's output: those of all members, one member after another. */
export function policyOutputWidth(spec: RobotSpec): number {
  return formOutputs(policyForm(spec.policy), spec.action);
}

/** Inputs that a field becomes. */
export function encodedWidth(field: Field): number {
  return field.kind === "choice" ? field.labels.length : fieldWidth(field);
}

/** The first fault of a flat observation, or null when it is a possible one. */
export function observationFault(spec: RobotSpec, observation: ArrayLike<number>): ObservationFault | null {
  const fields = fieldOfChannel(spec.observation);
  for (let channel = 0; channel < fields.length; channel++) {
    const field = at(fields, channel);
    const value = at(observation, channel);
    if (Number.isNaN(value)) return { channel, value, reason: "not-a-number" };
    if (field.kind === "choice") {
      if (!Number.isInteger(value) || value < 0 || value >= field.labels.length) return { channel, value, reason: "unknown-label" };
    } else if (value < Math.fround(field.range.minimum) || value > Math.fround(field.range.maximum)) {
      return { channel, value, reason: "out-of-range" };
    }
  }
  return null;
}

/** Factor that maps a clip range onto 510 half steps; single precision, also printed into robot.c. */
export function halfStepsPerUnit(minimum: number, maximum: number): number {
  return Math.fround(510 / (Math.fround(maximum) - Math.fround(minimum)));
}

/** A number as int8: clipped, then rounded to the nearest of 256 levels. Multiply and add never meet, so that a compiler
 * which fuses them cannot change a bit. */
export function encodeNumber(value: number, minimum: number, maximum: number): number {
  const low = Math.fround(minimum);
  const clipped = clamp(Math.fround(value), low, Math.fround(maximum));
  const halfSteps = Math.trunc(Math.fround(Math.fround(clipped - low) * halfStepsPerUnit(minimum, maximum)));
  return clamp(((halfSteps + 1) >> 1) - 128, -128, 127);
}

/** The policy's int8 input for a flat observation without faults. */
export function encodeObservation(spec: RobotSpec, observation: ArrayLike<number>): Int8Array {
  const input = new Int8Array(policyInputWidth(spec));
  let channel = 0;
  let position = 0;
  for (const field of spec.observation) {
    if (field.kind === "choice") {
      input.fill(-128, position, position + field.labels.length);
      input[position + at(observation, channel)] = 127;
    } else {
      for (let element = 0; element < fieldWidth(field); element++) {
        input[position + element] = encodeNumber(at(observation, channel + element), field.clip.minimum, field.clip.maximum);
      }
    }
    channel += fieldWidth(field);
    position += encodedWidth(field);
  }
  return input;
}

/** The same input before quantization, -1..1: what training sees. */
export function normaliseObservation(spec: RobotSpec, observation: ArrayLike<number>, into: Float32Array, offset: number): void {
  let channel = 0;
  let position = offset;
  for (const field of spec.observation) {
    if (field.kind === "choice") {
      into.fill(inputOfFraction(0), position, position + field.labels.length);
      into[position + at(observation, channel)] = inputOfFraction(1);
    } else {
      const { minimum, maximum } = field.clip;
      for (let element = 0; element < fieldWidth(field); element++) {
        const fraction = (clamp(at(observation, channel + element), minimum, maximum) - minimum) / (maximum - minimum);
        into[position + element] = inputOfFraction(fraction);
      }
    }
    channel += fieldWidth(field);
    position += encodedWidth(field);
  }
}

/** A flat action as the policy's target: the label's index, or per channel -1..1 across its range. */
export function normaliseAction(action: ActionSpec, values: ArrayLike<number>): Float32Array {
  if (action.kind === "discrete") return Float32Array.of(at(values, 0));
  return Float32Array.from(fieldOfChannel(action.fields), (field, channel) => {
    assert(field.kind === "number", "a continuous action holds numbers only");
    const { minimum, maximum } = field.clip;
    return (2 * (clamp(at(values, channel), minimum, maximum) - minimum)) / (maximum - minimum) - 1;
  });
}

/** Offset and factor that turn the members' summed outputs into an action channel; single precision, also printed into robot.c. */
export function actionAffine(clip: Interval, outputScale: number, members: number): { centre: number; factor: number } {
  return {
    centre: Math.fround((clip.minimum + clip.maximum) / 2),
    factor: Math.fround((((clip.maximum - clip.minimum) / 2) * outputScale) / members),
  };
}

/** The flat action that a deployed network's int8 output stands for: the first highest label, or each channel scaled and clipped. */
export function decodeAction(
  action: ActionSpec,
  form: PolicyForm,
  output: ArrayLike<number>,
  scale: number,
  zeroPoint: number,
): Float32Array {
  const sums = memberSums(action, form, output);
  if (action.kind === "discrete") return Float32Array.of(indexOfMaximum(sums, 0, sums.length));
  return Float32Array.from(fieldOfChannel(action.fields), (field, channel) => {
    assert(field.kind === "number", "a continuous action holds numbers only");
    const { centre, factor } = actionAffine(field.clip, scale, form.members);
    const value = Math.fround(centre + Math.fround(factor * (at(sums, channel) - form.members * zeroPoint)));
    return clamp(value, Math.fround(field.clip.minimum), Math.fround(field.clip.maximum));
  });
}

/** The same for a float output, already on the -1..1 scale: what the float network would do. */
export function decodeFloatAction(action: ActionSpec, form: PolicyForm, output: ArrayLike<number>): Float32Array {
  const sums = memberSums(action, form, output);
  if (action.kind === "discrete") return Float32Array.of(indexOfMaximum(sums, 0, sums.length));
  return Float32Array.from(fieldOfChannel(action.fields), (field, channel) => {
    assert(field.kind === "number", "a continuous action holds numbers only");
    const { minimum, maximum } = field.clip;
    return clamp((minimum + maximum) / 2 + ((maximum - minimum) / 2) * (at(sums, channel) / form.members), minimum, maximum);
  });
}

/** What the members say of each label or channel, summed; of a mixture what they say in the first bin with the highest sum of scores. */
function memberSums(action: ActionSpec, { head, members }: PolicyForm, output: ArrayLike<number>): readonly number[] {
  const width = memberOutputs({ head }, action);
  assert(output.length === members * width, `${output.length} outputs are not ${members} x ${width}`);
  const sums = (first: number, count: number): readonly number[] =>
    Array.from({ length: count }, (_, position) => {
      let sum = 0;
      for (let member = 0; member < members; member++) sum += at(output, member * width + first + position);
      return sum;
    });
  if (head.kind === "plain") return sums(0, width);
  const bin = indexOfMaximum(sums(0, head.bins), 0, head.bins);
  const channels = width / head.bins - 1;
  return sums(head.bins + bin * channels, channels);
}

/** Position, relative to `start`, of the first highest of `count` values. */
export function indexOfMaximum(values: ArrayLike<number>, start: number, count: number): number {
  let best = 0;
  for (let index = 1; index < count; index++) {
    if (at(values, start + index) > at(values, start + best)) best = index;
  }
  return best;
}
