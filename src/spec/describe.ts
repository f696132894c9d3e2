// What `reflexarc check` shows: a RobotSpec in, rows and totals out, as plain data that prints as a table or as JSON.

import { channelLimits, neutralLabel, neutralTicks } from "../artifacts/action-limits.ts";
import { actionLabel, fieldWidth, schemaHash } from "../artifacts/robot-spec.ts";
import type { Field, Interval, NumberField, RobotSpec, SafetySpec } from "../artifacts/robot-spec.ts";
import type { Hash64 } from "../core/hash.ts";
import { describePolicy, type PolicyDescription } from "./describe-policy.ts";

/** One field; bounds are null where it has labels instead. */
export interface FieldDescription {
  readonly name: string;
  /** `number`, `Vec<24>`, or the labels. */
  readonly type: string;
  readonly unit: string;
  readonly range: Interval | null;
  readonly clip: Interval | null;
  readonly wireBytes: number;
  /** What becomes of it in the robot's mirror image, as behind @mirror; empty where it stays as it is. */
  readonly mirror: string;
  readonly description: string;
}

export interface ActionDescription extends FieldDescription {
  /** What does no harm: a number, or a label; `(none)`: actuators off. */
  readonly neutral: number | string;
  /** Null: it may change at once. */
  readonly slewPerSecond: number | null;
}

export interface SpecDescription {
  readonly name: string;
  readonly rateHz: number;
  readonly schemaHash: Hash64;
  readonly observation: { readonly fields: readonly FieldDescription[]; readonly wireBytes: number };
  readonly action: { readonly kind: "discrete" | "continuous"; readonly fields: readonly ActionDescription[]; readonly wireBytes: number };
  /** `neutralTicks`: from any action to the neutral one, at most. */
  readonly safety: SafetySpec & { readonly neutralTicks: number };
  readonly policy: PolicyDescription;
}

const NUMBER_BYTES = 4;
const LABEL_BYTES = 1;

export function describeSpec(spec: RobotSpec): SpecDescription {
  const observation = spec.observation.map(describeField);
  const action = describeAction(spec);
  return {
    name: spec.name,
    rateHz: spec.rateHz,
    schemaHash: schemaHash(spec),
    observation: { fields: observation, wireBytes: totalBytes(observation) },
    action: { kind: spec.action.kind, fields: action, wireBytes: totalBytes(action) },
    safety: { ...spec.safety, neutralTicks: neutralTicks(spec) },
    policy: describePolicy(spec),
  };
}

function describeAction({ action, rateHz }: RobotSpec): readonly ActionDescription[] {
  if (action.kind === "continuous") {
    return action.fields.map((field) => ({
      ...describeField(field),
      neutral: neutralOf(field, rateHz),
      slewPerSecond: field.slewPerSecond,
    }));
  }
  const choice = describeField({ kind: "choice", path: ["action"], labels: action.labels, description: "" });
  const mirror = (action.mirror ?? []).map((pair) => pair.join("=")).join(", ");
  return [{ ...choice, mirror, neutral: actionLabel(action.labels, neutralLabel(action)), slewPerSecond: null }];
}

function describeMirror({ mirror, length }: NumberField): string {
  switch (mirror?.kind) {
    case undefined:
      return "";
    case "negate":
      return mirror.kind;
    case "swap":
      return `swap ${mirror.path.join(".")}`;
    case "reverse":
      return mirror.axis === ((length ?? 0) - 1) / 2 ? mirror.kind : `reverse ${mirror.axis}`;
  }
}

/** As written where it is written; a default is a single-precision number. */
function neutralOf(field: NumberField, rateHz: number): number {
  return field.neutral ?? channelLimits(field, rateHz).neutral;
}

function describeField(field: Field): FieldDescription {
  const name = field.path.join(".");
  const { description } = field;
  if (field.kind === "choice") {
    const type = field.labels.map((label) => JSON.stringify(label)).join(" | ");
    return { name, type, unit: "", range: null, clip: null, wireBytes: LABEL_BYTES, mirror: "", description };
  }
  const type = field.length === null ? "number" : `Vec<${field.length}>`;
  const { unit, range, clip } = field;
  const wireBytes = NUMBER_BYTES * fieldWidth(field);
  return { name, type, unit, range, clip, wireBytes, mirror: describeMirror(field), description };
}

function totalBytes(fields: readonly FieldDescription[]): number {
  return fields.reduce((sum, field) => sum + field.wireBytes, 0);
}
