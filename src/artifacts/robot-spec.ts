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
  /** As written behind @mirror: null where the robot's mirror image has the same reading. */
  readonly mirror: FieldMirror | null;
  readonly description: string;
}

/** What becomes of a number when left and right are exchanged.
 * - negate: it changes its sign.
 * - swap: it is exchanged with the field of that path, which says the same of this one.
 * - reverse: element i of a Vec is exchanged with element (2 * axis - i) modulo its length: a ring of sensors around its heading. An `axis`
 *   of (length - 1) / 2 reverses a row from end to end. */
export type FieldMirror =
  | { readonly kind: "negate" }
  | { readonly kind: "swap"; readonly path: readonly string[] }
  | { readonly kind: "reverse"; readonly axis: number };

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
  | {
      readonly kind: "discrete";
      readonly labels: readonly string[];
      /** The label that does no harm; null when none does, and actuators off is neutral. */
      readonly neutral: string | null;
      /** Labels that are each other's mirror image, as written behind @mirror; the others are their own. Null: @mirror was not written. */
      readonly mirror: readonly (readonly [string, string])[] | null;
    }
  | { readonly kind: "continuous"; readonly fields: readonly NumberField[] };

/** Of hidden layers. */
export type HiddenActivation = "relu" | "tanh";

/** What the policy's network is made of, up to its head. Each ends in fully connected `hidden` layers, widths from the input on. */
export type Architecture =
  /** Fully connected over the newest `history` observations; 1: the newest alone. */
  | { readonly kind: "mlp"; readonly hidden: readonly number[]; readonly history: number; readonly activation: HiddenActivation }
  /** Convolutions over time, without padding, over the newest `window` observations. */
  | {
      readonly kind: "temporal";
      readonly window: number;
      readonly convolutions: readonly TemporalConvolution[];
      readonly hidden: readonly number[];
      readonly activation: HiddenActivation;
    }
  /** Convolutions of 3 x 3 and stride 2 over a grey image, a field of the observation, row by row; what else is observed joins behind them. */
  | {
      readonly kind: "vision";
      /** Path of the image's field, a Vec of height * width numbers. */
      readonly image: readonly string[];
      readonly height: number;
      readonly width: number;
      /** Channels of each convolution. */
      readonly filters: readonly number[];
      readonly hidden: readonly number[];
      readonly activation: HiddenActivation;
    }
  /** A gated recurrent unit (Cho et al. 2014; the reset gate after the product, as cuDNN has it) over the observation. */
  | { readonly kind: "gru"; readonly units: number; readonly hidden: readonly number[]; readonly activation: HiddenActivation };

export interface TemporalConvolution {
  readonly filters: number;
  /** Ticks that a filter sees. */
  readonly ticks: number;
  readonly stride: number;
}

/** What the network says of an action, and how it learns it.
 * - plain: a logit a label (cross-entropy), or the action (Huber's loss).
 * - gaussian: mean and variance of each channel, by likelihood: noisy demonstrations weigh less. The board gets the mean.
 * - mixture: one of `bins` typical actions and how it differs from it, for demonstrations that disagree (Shafiullah et al. 2022). */
export type HeadSpec = { readonly kind: "plain" } | { readonly kind: "gaussian" } | { readonly kind: "mixture"; readonly bins: number };

/** Several networks that learn the same from other seeds: where they disagree, the policy is in doubt. */
export interface EnsembleSpec {
  /** 1: a single network. */
  readonly members: number;
  /** Shared: all but the last hidden layer and the head are one. */
  readonly trunk: "shared" | "none";
}

export const PLAIN_HEAD: HeadSpec = { kind: "plain" };
export const SINGLE_NETWORK: EnsembleSpec = { members: 1, trunk: "none" };

/** The policy as robot.ts describes it. */
export interface PolicySpec {
  readonly architecture: Architecture;
  readonly head: HeadSpec;
  readonly ensemble: EnsembleSpec;
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

/** Numbers of an observation or action, at most: two images of 64 x 64. A tick record of so many, 4 bytes each and their inputs of 1, stays within the
 * 64 KiB that a frame of the link holds. */
export const MAXIMUM_CHANNELS = 8192;

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

/** Whether the robot has a mirror image that training may show: both what it senses and what it does say what becomes of them. */
export function hasMirrorImage({ observation, action }: Pick<RobotSpec, "observation" | "action">): boolean {
  return observationHasMirror(observation) && actionHasMirror(action);
}

export function observationHasMirror(observation: readonly Field[]): boolean {
  return observation.some((field) => field.kind === "number" && field.mirror !== null);
}

export function actionHasMirror(action: ActionSpec): boolean {
  return action.kind === "discrete" ? action.mirror !== null : observationHasMirror(action.fields);
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
