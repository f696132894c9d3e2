// A robot with every kind of field, and a policy of random weights for it: what agents on all boards are compared on.

import type { PolicyBundle } from "../../src/artifacts/policy-bundle.ts";
import type { FloatNetwork } from "../../src/artifacts/network.ts";
import { DEFAULT_SAFETY, schemaHash, type RobotSpec } from "../../src/artifacts/robot-spec.ts";
import { policyInputWidth, policyOutputWidth } from "../../src/artifacts/encoding.ts";
import { Random } from "../../src/core/random.ts";
import { policyHashOf } from "../../src/pipeline/bundle-files.ts";
import { fixedOutput } from "../../src/pipeline/policy.ts";
import type { Robot } from "../../src/pipeline/robot.ts";
import { quantizeNetwork } from "../../src/quantize/quantize-network.ts";

const interval = (minimum: number, maximum: number): { minimum: number; maximum: number } => ({ minimum, maximum });
const number = { kind: "number", length: null, unit: "", neutral: null, slewPerSecond: null, description: "" } as const;

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

const DISCRETE: RobotSpec["action"] = { kind: "discrete", labels: ["forward", "left", "right", "back", "stop"], neutral: "stop" };

export function testRobot(action: "discrete" | "continuous"): Robot {
  return robotOf({
    name: "test-robot",
    rateHz: 50,
    observation: OBSERVATION,
    action: action === "discrete" ? DISCRETE : CONTINUOUS,
    policy: { kind: "mlp", hidden: [16, 8], activation: "tanh" },
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
  const random = new Random(seed);
  const widths = [policyInputWidth(spec), ...spec.policy.hidden, policyOutputWidth(spec.action)];
  const network: FloatNetwork = {
    layers: widths.slice(1).map((outputs, index) => {
      const inputs = widths[index] ?? 0;
      return {
        kind: "dense",
        inputs,
        outputs,
        weights: Float32Array.from({ length: inputs * outputs }, () => random.normal() * 0.5),
        bias: Float32Array.from({ length: outputs }, () => random.normal() * 0.2),
        activation: index === widths.length - 2 ? "linear" : index === 0 ? "tanh" : "relu",
      };
    }),
  };
  const calibration = Float32Array.from({ length: 200 * policyInputWidth(spec) }, () => random.next());
  const graph = quantizeNetwork(network, calibration, seed % 2 === 0 ? "per-tensor" : "per-channel", fixedOutput(spec));
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
    metrics: { kind: "agreement", float: 0, int8: 0, rows: 0, trainingLoss: [], validationLoss: [] },
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
