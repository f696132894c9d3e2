// In: a robot spec. Out: how the wall follower's 24 ranges become that robot's observation and the expert's labels its actions;
// or why they can't. Two kinds of robot fit: 24 ranges, and the 4 minima front, left, right and back.

import { at } from "../core/assert.ts";
import { clamp } from "../core/fixed-point.ts";
import { fieldOfChannel, observationColumns, type Field, type NumberField, type RobotSpec } from "../artifacts/robot-spec.ts";
import { ARCS, nearestRanges, SENSOR_COUNT, WALL_FOLLOWER_LABELS } from "./wall-follower-expert.ts";
import type { NearestRanges, WallFollowerLabel } from "./wall-follower-expert.ts";

/** Farther than this the sensors see nothing and say so with this reading; metres. */
export const MAXIMUM_RANGE = 5;
/** Ranges must reach this far, or the expert's thresholds lie beyond what the robot can sense; metres. */
const SMALLEST_USEFUL_RANGE = 1;
/** Slower, and the robot is in the wall between two ticks; faster, and the physics has no room for its own steps. */
const RATE_LIMITS_HZ = [5, 50] as const;

/** The wall follower seen through one robot's spec. */
export interface WallFollowerView {
  /** The spec's labels, by index. */
  readonly labels: readonly WallFollowerLabel[];
  /** @param ranges US1 .. US24, metres. @returns the flat observation, within each channel's range. */
  observe(ranges: ArrayLike<number>): Float32Array;
  /** The minima that the expert reads, from a flat observation. */
  nearest(observation: Float32Array): NearestRanges;
}

/** @returns the view, or why there is none, in a sentence. */
export function viewWallFollower(spec: RobotSpec): WallFollowerView | string {
  const labels = wallFollowerLabels(spec);
  if (typeof labels === "string") return labels;
  const [slowest, fastest] = RATE_LIMITS_HZ;
  if (spec.rateHz < slowest || spec.rateHz > fastest)
    return `it is simulated at ${slowest} to ${fastest} ticks a second, not ${spec.rateHz}`;
  const fields = fieldOfChannel(spec.observation);
  const unfit = fields.find((field) => !isRangeInMetres(field));
  if (unfit !== undefined)
    return `${unfit.path.join(".")} is not a range in metres that reaches from 0 to at least ${SMALLEST_USEFUL_RANGE} m`;
  const limits = fields.map((field) => (field as NumberField).range);
  const withinLimits = (values: ArrayLike<number>): Float32Array =>
    Float32Array.from(limits, ({ minimum, maximum }, channel) => clamp(at(values, channel), minimum, maximum));

  if (fields.length === SENSOR_COUNT) return { labels, observe: withinLimits, nearest: nearestRanges };
  const channels = arcChannels(observationColumns(spec));
  if (channels === null) {
    return `it senses ${SENSOR_COUNT} ranges, or their minima ${ARCS.join(", ")}; the robot senses ${observationColumns(spec).join(", ")}`;
  }
  return {
    labels,
    observe(ranges) {
      const nearest = nearestRanges(ranges);
      return withinLimits(channels.map((arc) => nearest[arc]));
    },
    nearest: (observation) => {
      const range = (arc: keyof NearestRanges): number => at(observation, channels.indexOf(arc));
      return { front: range("front"), left: range("left"), right: range("right"), back: range("back") };
    },
  };
}

function wallFollowerLabels(spec: RobotSpec): readonly WallFollowerLabel[] | string {
  const wanted = `its actions are ${WALL_FOLLOWER_LABELS.join(", ")}`;
  if (spec.action.kind === "continuous") return `${wanted}; the robot's action is continuous`;
  const labels = spec.action.labels.flatMap((label) => WALL_FOLLOWER_LABELS.find((each) => each === label) ?? []);
  const complete = new Set(labels).size === WALL_FOLLOWER_LABELS.length && spec.action.labels.length === labels.length;
  return complete ? labels : `${wanted}; the robot's are ${spec.action.labels.join(", ")}`;
}

function isRangeInMetres(field: Field): boolean {
  if (field.kind !== "number" || !["", "m"].includes(field.unit)) return false;
  return field.range.minimum <= 0.2 && field.range.maximum >= SMALLEST_USEFUL_RANGE;
}

/** Which minimum each of four columns holds, by the word in its name; null when they are not the four. */
function arcChannels(columns: readonly string[]): readonly (keyof NearestRanges)[] | null {
  const arcs = columns.flatMap((column) => ARCS.filter((arc) => column.toLowerCase().includes(arc)));
  return columns.length === ARCS.length && ARCS.every((arc) => arcs.includes(arc)) && arcs.length === ARCS.length ? arcs : null;
}
