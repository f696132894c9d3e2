// Channels that say nothing: they never change, or so little that int8 hardly sees it.

import type { NumberField } from "../../artifacts/robot-spec.ts";
import { observationChannels } from "../channels.ts";
import { listNames } from "../raw-table.ts";
import type { ChannelStatistics } from "../statistics.ts";
import { shortNumber, type Finding, type Material } from "./finding.ts";

/** Steps that the policy's int8 input has across @clip. */
const INPUT_STEPS = 255;
/** A channel that moves within fewer steps has lost what is finer. */
const FEW_STEPS = 16;

export function lintConstantChannels({ statistics: { channels, ticks } }: Material): Finding[] {
  const constant = channels.filter(({ minimum, maximum }) => minimum === maximum);
  if (ticks < 2 || constant.length === 0) return [];
  return [
    {
      code: "dataset-constant-channel",
      severity: "warning",
      message: `never changes: ${listNames(constant.map(({ name, mean }) => `${name} (always ${shortNumber(mean)})`))}`,
      meaning: "a sensor that is not connected or not read, or a field that this task does not need",
      remedy: "check that the sensor is connected, or take the field out of robot.ts",
      measures: constant.map(({ name, mean }) => ({ channel: name, value: mean })),
    },
  ];
}

export function lintNarrowChannels({ spec, statistics }: Material): Finding[] {
  const narrow = observationChannels(spec).flatMap(({ field }, index) => {
    const channel = statistics.channels[index];
    if (channel === undefined || field.kind === "choice" || channel.minimum === channel.maximum) return [];
    const steps = stepsOf(field, channel);
    return steps < FEW_STEPS ? [{ channel: channel.name, minimum: channel.minimum, maximum: channel.maximum, steps }] : [];
  });
  if (narrow.length === 0) return [];
  return [
    {
      code: "dataset-narrow-channel",
      severity: "note",
      message: `hardly moves within @clip: ${listNames(narrow.map(({ channel, steps }) => `${channel} (${steps.toFixed(1)} of ${INPUT_STEPS} steps)`))}`,
      meaning: "the policy's int8 input has 255 steps across @clip; what is finer than one is lost",
      remedy: "narrow @clip in robot.ts to the values that matter",
      measures: narrow,
    },
  ];
}

/** Steps of the input between the lowest and the highest value, as far as they lie within @clip. */
function stepsOf({ clip }: NumberField, { minimum, maximum }: ChannelStatistics): number {
  const inside = (value: number): number => Math.min(clip.maximum, Math.max(clip.minimum, value));
  return (INPUT_STEPS * (inside(maximum) - inside(minimum))) / (clip.maximum - clip.minimum);
}
