// What `reflexarc check` shows: a RobotSpec in, rows and totals out, as plain data that prints as a table or as JSON.

import { channelLimits, neutralLabel, neutralTicks } from "../artifacts/action-limits.ts";
import { policyInputWidth, policyOutputWidth } from "../artifacts/encoding.ts";
import { actionLabel, fieldWidth, schemaHash } from "../artifacts/robot-spec.ts";
import type { Field, Interval, NumberField, PolicySpec, RobotSpec, SafetySpec } from "../artifacts/robot-spec.ts";
import type { Hash64 } from "../core/hash.ts";

/** One field; bounds are null where it has labels instead. */
export interface FieldDescription {
  readonly name: string;
  /** `number`, `Vec<24>`, or the labels. */
  readonly type: string;
  readonly unit: string;
  readonly range: Interval | null;
  readonly clip: Interval | null;
  readonly wireBytes: number;
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
  readonly policy: PolicySpec & { readonly inputs: number; readonly outputs: number; readonly parameters: number };
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
    policy: {
      ...spec.policy,
      inputs: policyInputWidth(spec),
      outputs: policyOutputWidth(spec.action),
      parameters: mlpParameters([policyInputWidth(spec), ...spec.policy.hidden, policyOutputWidth(spec.action)]),
    },
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
  return [{ ...choice, neutral: actionLabel(action.labels, neutralLabel(action)), slewPerSecond: null }];
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
    return { name, type, unit: "", range: null, clip: null, wireBytes: LABEL_BYTES, description };
  }
  const type = field.length === null ? "number" : `Vec<${field.length}>`;
  return { name, type, unit: field.unit, range: field.range, clip: field.clip, wireBytes: NUMBER_BYTES * fieldWidth(field), description };
}

function totalBytes(fields: readonly FieldDescription[]): number {
  return fields.reduce((sum, field) => sum + field.wireBytes, 0);
}

/** Weights and biases of fully connected layers between these widths. */
function mlpParameters(widths: readonly number[]): number {
  return widths.slice(1).reduce((sum, outputs, index) => sum + outputs * ((widths[index] ?? 0) + 1), 0);
}
