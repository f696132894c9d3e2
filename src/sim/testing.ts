// Robot specs for this folder's tests: the two kinds of wall follower.

import { DEFAULT_SAFETY, type NumberField, type RobotSpec } from "../artifacts/robot-spec.ts";
import { mlpPolicy } from "../artifacts/testing.ts";
import { WALL_FOLLOWER_LABELS } from "./wall-follower-expert.ts";

export function rangeField(name: string, length: number | null): NumberField {
  const range = { minimum: 0, maximum: 5.1 };
  return {
    kind: "number",
    path: [name],
    length,
    range,
    clip: range,
    unit: "m",
    neutral: null,
    slewPerSecond: null,
    mirror: null,
    description: "",
  };
}

/** Senses `range: Vec<24>`. */
export const RING_SPEC: RobotSpec = {
  name: "ring",
  rateHz: 9,
  observation: [rangeField("range", 24)],
  action: { kind: "discrete", labels: WALL_FOLLOWER_LABELS, neutral: null, mirror: null },
  policy: mlpPolicy([8]),
  safety: DEFAULT_SAFETY,
};

/** Senses four minima; lists minima and labels in another order than the plant does. */
export const ARCS_SPEC: RobotSpec = {
  ...RING_SPEC,
  name: "arcs",
  observation: ["leftRange", "frontRange", "backRange", "rightRange"].map((name) => rangeField(name, null)),
  action: { kind: "discrete", labels: [...WALL_FOLLOWER_LABELS].reverse(), neutral: null, mirror: null },
};
