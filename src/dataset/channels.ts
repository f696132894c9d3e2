// In: a robot spec. Out: one entry a channel of its flat vectors, with the limits that a possible value keeps. Importers, lint
// and samples all judge values here, so that they agree on what a fault is.

import { at } from "../core/assert.ts";
import { actionColumns, fieldOfChannel, observationColumns, type Field, type RobotSpec } from "../artifacts/robot-spec.ts";

export interface Channel {
  /** As in a recording's columns: `range[3]`. */
  readonly name: string;
  readonly field: Field;
  /** Least and greatest possible value, single precision; for a choice its first and last index. */
  readonly lowest: number;
  readonly highest: number;
}

export type ChannelFault = "not-a-number" | "unknown-label" | "out-of-range";

/** The action as fields: a discrete one is a single choice named `label`, the form it also has in recordings. */
export function actionFields(spec: RobotSpec): readonly Field[] {
  if (spec.action.kind === "continuous") return spec.action.fields;
  return [{ kind: "choice", path: ["label"], labels: spec.action.labels, description: "What the robot does." }];
}

export function observationChannels(spec: RobotSpec): readonly Channel[] {
  return channelsOf(spec.observation, observationColumns(spec));
}

export function actionChannels(spec: RobotSpec): readonly Channel[] {
  return channelsOf(actionFields(spec), actionColumns(spec));
}

function channelsOf(fields: readonly Field[], names: readonly string[]): readonly Channel[] {
  return fieldOfChannel(fields).map((field, index) => ({
    name: at(names, index),
    field,
    lowest: field.kind === "choice" ? 0 : Math.fround(field.range.minimum),
    highest: field.kind === "choice" ? field.labels.length - 1 : Math.fround(field.range.maximum),
  }));
}

/** Why a single-precision value cannot stand in this channel; null when it can. The same law as observationFault. */
export function channelFault(channel: Channel, value: number): ChannelFault | null {
  if (!Number.isFinite(value)) return "not-a-number";
  const outside = value < channel.lowest || value > channel.highest;
  if (channel.field.kind === "choice") return outside || !Number.isInteger(value) ? "unknown-label" : null;
  return outside ? "out-of-range" : null;
}

/** Position of the first impossible value among a row's channels, which start at `offset`; -1 when all are possible. */
export function firstFault(channels: readonly Channel[], values: ArrayLike<number>, offset: number): number {
  return channels.findIndex((channel, index) => channelFault(channel, at(values, offset + index)) !== null);
}
