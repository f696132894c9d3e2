// In: a robot and its episodes. Out: the features of its LeRobot data set, and their columns over all ticks.

import { assert, at } from "../../core/assert.ts";
import { ACTORS, episodeLength, type Episode } from "../../artifacts/episode.ts";
import type { RobotSpec } from "../../artifacts/robot-spec.ts";
import { actionChannels, observationChannels, type Channel } from "../channels.ts";
import { featureWidth, FRAME_FEATURES, type Feature } from "./layout.ts";
import { EXTRA_FEATURES, scalarFeature } from "./own-features.ts";
import type { ParquetColumn, ParquetType } from "./parquet.ts";

/** A feature's values, rows x width. */
export interface FrameColumn {
  readonly name: string;
  readonly width: number;
  readonly values: Float64Array;
  /** Whether statistics are kept of it. */
  readonly counts: boolean;
  /** Rows `start` .. `end - 1` for a file. */
  column(start: number, end: number): ParquetColumn;
}

/** In the order of the columns. */
export function ownFeatures(spec: RobotSpec): ReadonlyMap<string, Feature> {
  const action = vectorFeature(actionChannels(spec));
  return new Map<string, Feature>([
    ["observation.state", vectorFeature(observationChannels(spec))],
    ["action", action],
    [EXTRA_FEATURES.expertAction, action],
    [EXTRA_FEATURES.actor, { ...scalarFeature("int64"), labels: { [EXTRA_FEATURES.actor]: ACTORS } }],
    [EXTRA_FEATURES.intervention, scalarFeature("bool")],
    [EXTRA_FEATURES.seconds, scalarFeature("float64")],
    [EXTRA_FEATURES.done, scalarFeature("bool")],
    ...FRAME_FEATURES.map((name): [string, Feature] => [name, scalarFeature(name === "timestamp" ? "float32" : "int64")]),
  ]);
}

/** Choices and discrete actions are indices; their labels are noted by the element's name. */
function vectorFeature(channels: readonly Channel[]): Feature {
  const choices = channels.flatMap(({ name, field }) => (field.kind === "choice" ? [[name, field.labels] as const] : []));
  return { dtype: "float32", shape: [channels.length], names: channels.map(({ name }) => name), labels: Object.fromEntries(choices) };
}

export function frameColumns(spec: RobotSpec, episodes: readonly Episode[]): readonly FrameColumn[] {
  const values = allValues(spec, episodes);
  return [...ownFeatures(spec)].map(([name, feature]) => {
    const width = featureWidth(feature);
    const column = values.get(name);
    assert(column !== undefined, `no values for ${name}`);
    return {
      name,
      width,
      values: column,
      counts: name !== EXTRA_FEATURES.expertAction,
      column: (start, end) => parquetColumn(name, feature, column.subarray(start * width, end * width)),
    };
  });
}

/** By feature. */
function allValues(spec: RobotSpec, episodes: readonly Episode[]): ReadonlyMap<string, Float64Array> {
  const joined = (each: (episode: Episode) => ArrayLike<number>): Float64Array => {
    const parts = episodes.map(each);
    const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const part of parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    return whole;
  };
  const ticks = (valueOf: (tick: number, episode: Episode, index: number) => number): Float64Array => {
    let index = -1;
    return joined((episode) => {
      index += 1;
      const here = index;
      return Float64Array.from({ length: episodeLength(episode) }, (_, tick) => valueOf(tick, episode, here));
    });
  };
  let row = 0;
  const [policy, expert] = [ACTORS.indexOf("policy"), ACTORS.indexOf("expert")];
  return new Map([
    ["observation.state", joined(({ observations }) => observations)],
    ["action", joined(({ actions }) => actions)],
    [EXTRA_FEATURES.expertAction, joined(({ labels }) => labels)],
    [EXTRA_FEATURES.actor, joined(({ actors }) => actors)],
    [EXTRA_FEATURES.intervention, joined(({ actors }) => actors.map((actor) => Number(actor === expert && actors.includes(policy))))],
    [EXTRA_FEATURES.seconds, joined(({ seconds }) => seconds)],
    [EXTRA_FEATURES.done, ticks((tick, episode) => Number(tick === episodeLength(episode) - 1))],
    ["timestamp", ticks((tick) => Math.fround(tick / spec.rateHz))],
    ["frame_index", ticks((tick) => tick)],
    ["episode_index", ticks((_tick, _episode, index) => index)],
    ["index", ticks(() => row++)],
    ["task_index", ticks(() => 0)],
  ]);
}

function parquetColumn(name: string, { dtype, shape }: Feature, values: Float64Array): ParquetColumn {
  const type = parquetType(dtype);
  const width = at(shape, 0);
  const cell = (value: number): unknown => (type === "bool" ? value === 1 : type === "int64" ? BigInt(value) : value);
  // LeRobot stores what has one element as a plain value (get_hf_features_from_features in feature_utils.py).
  if (width === 1) return { name, type, list: false, values: Array.from(values, cell) };
  const rows = Array.from({ length: values.length / width }, (_, row) => Array.from(values.subarray(row * width, (row + 1) * width), cell));
  return { name, type, list: true, values: rows };
}

function parquetType(dtype: string): ParquetType {
  return dtype === "float32" ? "float" : dtype === "float64" ? "double" : dtype === "bool" ? "bool" : "int64";
}
