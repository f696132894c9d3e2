// Robots, samples and answers for the tests of training.

import { parameterIds, parameterOf, type FloatNetwork } from "../artifacts/network.ts";
import {
  DEFAULT_SAFETY,
  PLAIN_HEAD,
  SINGLE_NETWORK,
  type ActionSpec,
  type Architecture,
  type EnsembleSpec,
  type Field,
  type HeadSpec,
  type NumberField,
  type RobotSpec,
} from "../artifacts/robot-spec.ts";
import type { Samples } from "../artifacts/samples.ts";
import { at } from "../core/assert.ts";
import { sha256Hex } from "../core/hash.ts";
import { silentProgress } from "../core/io.ts";
import type { TrainingEngine } from "./engine.ts";
import type { TrainingRequest } from "./fit.ts";
import { Examples } from "./examples.ts";

export function numberField(name: string, changes: Partial<NumberField> = {}): NumberField {
  const range = { minimum: -1, maximum: 1 };
  const given = { range, clip: range, length: null, unit: "", neutral: null, slewPerSecond: null, mirror: null, description: "" };
  return { kind: "number", path: [name], ...given, ...changes };
}

export const sides: ActionSpec = { kind: "discrete", labels: ["left", "right"], neutral: null, mirror: null };
export const steering: ActionSpec = { kind: "continuous", fields: [numberField("turn")] };

export const mlp = (hidden: readonly number[], history = 1): Architecture => ({ kind: "mlp", hidden, history, activation: "relu" });

export interface RobotOptions {
  readonly action?: ActionSpec;
  readonly architecture?: Architecture;
  readonly head?: HeadSpec;
  readonly ensemble?: EnsembleSpec;
  readonly observation?: readonly Field[];
}

/** Senses two numbers and steers, where nothing else is said. */
export function robotOf(options: RobotOptions = {}): RobotSpec {
  return {
    name: "tested",
    rateHz: 10,
    observation: options.observation ?? [numberField("a"), numberField("b")],
    action: options.action ?? steering,
    policy: {
      architecture: options.architecture ?? mlp([8]),
      head: options.head ?? PLAIN_HEAD,
      ensemble: options.ensemble ?? SINGLE_NETWORK,
    },
    safety: DEFAULT_SAFETY,
  };
}

/** One stretch of rows, each of weight 1. */
export function samplesOf(inputs: readonly (readonly number[])[], targets: readonly (readonly number[])[]): Samples {
  return {
    rows: inputs.length,
    inputWidth: inputs[0]?.length ?? 0,
    inputs: Float32Array.from(inputs.flat()),
    targetWidth: targets[0]?.length ?? 0,
    targets: Float32Array.from(targets.flat()),
    weights: new Float32Array(inputs.length).fill(1),
    starts: Uint32Array.from(inputs.length > 0 ? [0] : []),
  };
}

export const noSamples = samplesOf([], []);

/** A request that trains all epochs, on what is given. */
export function requestFor(
  engine: TrainingEngine,
  robot: RobotSpec,
  training: Samples,
  changes: Partial<TrainingRequest> = {},
): TrainingRequest {
  return {
    robot,
    training,
    validation: noSamples,
    seed: 1,
    settings: {},
    engine,
    progress: silentProgress,
    warmStart: null,
    fakeQuantization: null,
    ...changes,
  };
}

/** First outputs of a network without state for windows of `ticks` rows, one a row of the samples. */
export function answersOf(engine: TrainingEngine, network: FloatNetwork, samples: Samples, ticks = 1): readonly Float32Array[] {
  const examples = new Examples(samples, { ticks, steps: 1, members: 1 });
  const { inputs } = examples.gather(Uint32Array.from(samples.inputs.keys()).subarray(0, samples.rows), examples.newBatch(samples.rows));
  const width = at(at(network.tensors, at(network.outputs, 0)).shape, 1);
  const learner = engine.begin(network, { loss: { kind: "huber", channels: width, delta: 1 }, steps: 1, members: 1 }, { weightDecay: 0 });
  const outputs = learner.outputs(inputs, samples.rows);
  learner.dispose();
  return Array.from({ length: samples.rows }, (_, row) => outputs.slice(row * width, (row + 1) * width));
}

/** All parameters to the bit. */
export function digestOf(network: FloatNetwork): string {
  const values = parameterIds(network).flatMap((id) => [...parameterOf(network, id).data]);
  return sha256Hex(new Uint8Array(Float32Array.from(values).buffer));
}
