// In: the channels of an observation or an action. Out: what of them is drawn over time: each number by itself, of a vector with many
// elements a summary.

import { at } from "../core/assert.ts";
import type { Episode } from "../artifacts/episode.ts";
import type { ChoiceField } from "../artifacts/robot-spec.ts";
import type { Channel } from "../dataset/channels.ts";
import type { TickValue } from "./session-timeline.ts";

/** A strip: a channel, or what sums up a long vector. */
export interface ShownChannel {
  readonly name: string;
  readonly unit: string;
  /** Position among `channels`; null for what sums up several. */
  readonly channel: number | null;
  readonly valueOf: TickValue;
}

export interface ShownChoice {
  readonly field: ChoiceField;
  readonly valueOf: TickValue;
}

/** Elements of a vector that are drawn one by one; longer ones, such as images, are summed up. */
const DRAWN_ELEMENTS = 32;

/** Values of a flat vector: observations, actions or labels of an episode. */
export type Table = (episode: Episode) => Float32Array;

export function shownChannels(channels: readonly Channel[], table: Table): readonly ShownChannel[] {
  return channels.flatMap(({ name, field }, channel): readonly ShownChannel[] => {
    if (field.kind === "choice") return [];
    const { unit, length, path } = field;
    if (length === null || length <= DRAWN_ELEMENTS) return [{ name, unit, channel, valueOf: valueIn(table, channel, channels.length) }];
    const first = channels.findIndex((each) => each.field === field);
    return channel === first ? summary(path.join("."), unit, first, length, channels.length, table) : [];
  });
}

export function shownChoices(channels: readonly Channel[], table: Table): readonly ShownChoice[] {
  return channels.flatMap(({ field }, channel) =>
    field.kind === "choice" ? [{ field, valueOf: valueIn(table, channel, channels.length) }] : [],
  );
}

function valueIn(table: Table, channel: number, width: number): TickValue {
  return (episode, tick) => at(table(episode), tick * width + channel);
}

function summary(name: string, unit: string, first: number, length: number, width: number, table: Table): readonly ShownChannel[] {
  const over = (measure: (elements: Float32Array) => number): TickValue => {
    return (episode, tick) => measure(table(episode).subarray(tick * width + first, tick * width + first + length));
  };
  return [
    { name: `${name}, lowest of ${length}`, unit, channel: null, valueOf: over((elements) => Math.min(...elements)) },
    { name: `${name}, mean`, unit, channel: null, valueOf: over((elements) => elements.reduce((sum, each) => sum + each, 0) / length) },
    { name: `${name}, highest`, unit, channel: null, valueOf: over((elements) => Math.max(...elements)) },
  ];
}
