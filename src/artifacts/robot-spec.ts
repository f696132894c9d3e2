// The robot as its maker described it in robot.ts: what it senses, what it does, how often. From this one noun come the C
// structs, the wire layout, the columns of a recording, the normalisation and the schema hash.

import { at } from "../core/assert.ts";
import { canonicalJson, hash64, type Hash64 } from "../core/hash.ts";

export interface Interval {
  readonly minimum: number;
  readonly maximum: number;
}

/** A number, or a vector of numbers that share unit and range. */
export interface NumberField {
  readonly kind: "number";
  /** Property names from the interface down: `["imu", "pitch"]`. Each is a C identifier. */
  readonly path: readonly string[];
  /** Elements of a `Vec<N>`; null for a plain number. */
  readonly length: number | null;
  /** What is physically possible; a reading outside it is a fault. */
  readonly range: Interval;
  /** What the policy gets to see; within `range`, and equal to it where the spec says nothing. */
  readonly clip: Interval;
  /** As written behind @unit; empty when not given. */
  readonly unit: string;
  /** Of an action: what does no harm, as written behind @neutral. Null when not given, and in observations. */
  readonly neutral: number | null;
  /** Of an action: by how much it may change in a second, as written behind @slew. Null: by anything. */
  readonly slewPerSecond: number | null;
  readonly description: string;
}

/** One of a few named states: a union of string literals. */
export interface ChoiceField {
  readonly kind: "choice";
  readonly path: readonly string[];
  /** In the order written. Its index is its value on the wire and in recordings. */
  readonly labels: readonly string[];
  readonly description: string;
}

export type Field = NumberField | ChoiceField;

export type ActionSpec =
  /** `neutral`: the label that does no harm; null when none does, and actuators off is neutral. */
  | { readonly kind: "discrete"; readonly labels: readonly string[]; readonly neutral: string | null }
  | { readonly kind: "continuous"; readonly fields: readonly NumberField[] };

/** The policy's architecture, as robot.ts names it. */
export interface PolicySpec {
  readonly kind: "mlp";
  /** Widths of the hidden layers, from the input on. */
  readonly hidden: readonly number[];
  readonly activation: "relu" | "tanh";
}

/** What the board does on its own when the host or a sensor falls silent. */
export interface SafetySpec {
  /** Whether the policy keeps driving without a host. */
  readonly autonomous: boolean;
  /** Without a word from the host for longer, the link is lost. */
  readonly linkTimeoutMs: number;
  /** A reading may be this many ticks old; 0: every tick needs a fresh one. */
  readonly staleTicks: number;
}

export const DEFAULT_SAFETY: SafetySpec = { autonomous: false, linkTimeoutMs: 500, staleTicks: 2 };

export interface RobotSpec {
  /** Kebab-case. */
  readonly name: string;
  /** Control ticks a second. */
  readonly rateHz: number;
  readonly observation: readonly Field[];
  readonly action: ActionSpec;
  readonly policy: PolicySpec;
  readonly safety: SafetySpec;
}

/** Elements of a Vec, at most: keeps frames within the link's limits. */
export const MAXIMUM_CHANNELS = 1024;

/** Numbers that a field occupies in a flat observation or action vector. */
export function fieldWidth(field: Field): number {
  return field.kind === "choice" ? 1 : (field.length ?? 1);
}

/** Length of a flat observation vector: all fields in order, a choice as its index. */
export function observationWidth(spec: RobotSpec): number {
  return spec.observation.reduce((sum, field) => sum + fieldWidth(field), 0);
}

/** Length of a flat action vector: 1 (the label's index) for a discrete action. */
export function actionWidth(spec: RobotSpec): number {
  return spec.action.kind === "discrete" ? 1 : spec.action.fields.reduce((sum, field) => sum + fieldWidth(field), 0);
}

/** Names of a field's columns: `imu.pitch`, or `range[0]` .. `range[23]` for a vector. */
export function fieldColumns(field: Field): readonly string[] {
  const name = field.path.join(".");
  const length = field.kind === "number" ? field.length : null;
  return length === null ? [name] : Array.from({ length }, (_, index) => `${name}[${index}]`);
}

/** One name a channel of the flat observation vector. */
export function observationColumns(spec: RobotSpec): readonly string[] {
  return spec.observation.flatMap(fieldColumns);
}

/** One name a channel of the flat action vector; `action` for a discrete one. */
export function actionColumns(spec: RobotSpec): readonly string[] {
  return spec.action.kind === "discrete" ? ["action"] : spec.action.fields.flatMap(fieldColumns);
}

/** The field behind each channel of a flat vector of these fields. */
export function fieldOfChannel(fields: readonly Field[]): readonly Field[] {
  return fields.flatMap((field) => Array.from({ length: fieldWidth(field) }, () => field));
}

/** The index that stands for "actuators off" where a discrete action has no label for it, and for "no action" in files. */
export const NO_ACTION = 255;

/** The label of a discrete action's index. */
export function actionLabel(labels: readonly string[], index: number): string {
  return index === NO_ACTION ? "(none)" : at(labels, index);
}

/** What two sides must share to understand each other: names, types, ranges and rate; not descriptions, limits or the network. */
export function schemaHash(spec: RobotSpec): Hash64 {
  const shape = (field: Field): unknown =>
    field.kind === "choice"
      ? { path: field.path, labels: field.labels }
      : { path: field.path, length: field.length, range: field.range, clip: field.clip, unit: field.unit };
  return hash64(
    canonicalJson({
      rateHz: spec.rateHz,
      observation: spec.observation.map(shape),
      action: spec.action.kind === "discrete" ? { labels: spec.action.labels } : { fields: spec.action.fields.map(shape) },
    }),
  );
}
