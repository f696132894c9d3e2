// A robot with every kind of field, and a policy of random weights for it: what agents on all boards are compared on.

import type { PolicyBundle } from "../../src/artifacts/policy-bundle.ts";
import { policyForm } from "../../src/artifacts/policy-form.ts";
import { DEFAULT_SAFETY, schemaHash, type PolicySpec, type RobotSpec } from "../../src/artifacts/robot-spec.ts";
import { mlpPolicy } from "../../src/artifacts/testing.ts";
import { Random } from "../../src/core/random.ts";
import { policyHashOf } from "../../src/pipeline/bundle-files.ts";
import { fixedOutput } from "../../src/pipeline/policy.ts";
import type { Robot } from "../../src/pipeline/robot.ts";
import { quantizedUniformly } from "../../src/quantize/testing.ts";
import { buildNetwork, deployedNetwork } from "../../src/train/architectures/build.ts";

const interval = (minimum: number, maximum: number): { minimum: number; maximum: number } => ({ minimum, maximum });
const number = { kind: "number", length: null, unit: "", neutral: null, slewPerSecond: null, mirror: null, description: "" } as const;

const OBSERVATION: RobotSpec["observation"] = [
  {
    ...number,
    path: ["imu", "pitch"],
    range: interval(-3.2, 3.2),
    clip: interval(-0.7, 0.9),
    unit: "rad",
    description: "Forward is positive. */",
  },
  { ...number, path: ["imu", "acceleration"], length: 3, range: interval(-20, 20), clip: interval(-20, 20) },
  { kind: "choice", path: ["mode"], labels: ["line-left", "line right", "lost"], description: "What the line sensor sees." },
  { ...number, path: ["battery"], range: interval(0, 12.6), clip: interval(9.1, 12.6), unit: "V" },
];

const CONTINUOUS: RobotSpec["action"] = {
  kind: "continuous",
  fields: [
    { ...number, path: ["left"], range: interval(-1, 1), clip: interval(-1, 1) },
    { ...number, path: ["gripper", "force"], length: 2, range: interval(0, 180), clip: interval(10, 170), neutral: 90, unit: "deg" },
  ],
};

const DISCRETE: RobotSpec["action"] = {
  kind: "discrete",
  labels: ["forward", "left", "right", "back", "stop"],
  neutral: "stop",
  mirror: null,
};

/** @param policy what matters of it. */
export function testRobot(action: "discrete" | "continuous", policy: Partial<PolicySpec> = {}): Robot {
  return robotOf({
    name: "test-robot",
    rateHz: 50,
    observation: OBSERVATION,
    action: action === "discrete" ? DISCRETE : CONTINUOUS,
    policy: { ...mlpPolicy([16, 8], "tanh"), ...policy },
    safety: DEFAULT_SAFETY,
  });
}

/** The same with a slew on each number: full scale in a second, and in 180 ms. */
export function slewedRobot(): Robot {
  const { spec } = testRobot("continuous");
  const [left, force] = spec.action.kind === "continuous" ? spec.action.fields : [];
  if (left === undefined || force === undefined) throw new Error("it has two fields");
  const fields = [
    { ...left, slewPerSecond: 2 },
    { ...force, slewPerSecond: 1000 },
  ];
  return robotOf({ ...spec, action: { kind: "continuous", fields } });
}

function robotOf(spec: RobotSpec): Robot {
  const hash = schemaHash(spec);
  return { spec, history: { format: 1, revisions: [{ hash, summary: "test" }] }, version: { hash, revision: 1 } };
}

export function randomBundle({ spec, version }: Robot, seed: number): PolicyBundle {
  const form = policyForm(spec.policy);
  const network = deployedNetwork(spec, buildNetwork(spec, new Random(seed)));
  const granularity = seed % 2 === 0 ? "per-tensor" : "per-channel";
  const graph = quantizedUniformly(network, { granularity, output: fixedOutput(spec, form), seed });
  return {
    provenance: {
      toolVersion: "test",
      robot: spec.name,
      schemaHash: version.hash,
      schemaRevision: version.revision,
      seed,
      engine: "none",
      recordings: {},
      samples: 0,
      epochs: 0,
    },
    metrics: {
      kind: "agreement",
      float: 0,
      int8: 0,
      postTraining: 0,
      quantizationAware: null,
      rows: 0,
      trainingLoss: [],
      validationLoss: [],
    },
    form,
    network,
    graph,
    vectors: { inputs: new Int8Array(), outputs: new Int8Array() },
    policyHash: policyHashOf(graph, spec.name),
  };
}

/** Possible observations, the ends of each range among them. */
export function randomObservation(spec: RobotSpec, random: Random): Float32Array {
  const values: number[] = [];
  for (const field of spec.observation) {
    const length = field.kind === "number" ? (field.length ?? 1) : 1;
    for (let element = 0; element < length; element++) {
      if (field.kind === "choice") values.push(random.integer(field.labels.length));
      else
        values.push(
          [Math.fround(field.range.minimum), Math.fround(field.range.maximum)][random.integer(8)] ??
            Math.fround(random.uniform(field.range.minimum, field.range.maximum)),
        );
    }
  }
  return Float32Array.from(values);
}
