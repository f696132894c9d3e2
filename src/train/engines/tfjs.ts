// TensorFlow.js as a training engine: batches in, gradients by its automatic differentiation, a network out. The reference that our own
// engine is tested against, and what trains where that one can't: correct and simple before fast.

import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // registers the gradients of operators, which tfjs-core's build for Node leaves out
import { operatorOutputs, type TensorId } from "../../artifacts/graph.ts";
import {
  biasIds,
  networkInputs,
  networkOutputs,
  parameterIds,
  parameterOf,
  withParameters,
  type FloatNetwork,
  type Parameter,
} from "../../artifacts/network.ts";
import { assert, at } from "../../core/assert.ts";
import { Adam, parameterGroup, type ParameterGroup } from "../adam.ts";
import type { Batch, EngineId, FakeQuantization, NetworkInTraining, OptimiserSettings, TrainingEngine } from "../engine.ts";
import { meanLoss, type Objective } from "../loss.ts";
import { lackOfTfjs, type TfjsBackend } from "./tfjs-limits.ts";
import { forwardOperator } from "./tfjs-operators.ts";
import { quantizedActivation, quantizedWeights } from "./tfjs-quantization.ts";

/** Rows that are computed at once when nothing is learnt: all of a large data set would not fit. */
const ROWS_AT_ONCE = 1024;

/** @param backend tfjs's name of a backend that is ready. */
export function tfjsEngine(id: EngineId, backend: TfjsBackend): TrainingEngine {
  return {
    id,
    lacks: (network) => lackOfTfjs(network, backend),
    begin: (network, objective, settings) => new TfjsNetwork(backend, network, objective, settings),
  };
}

class TfjsNetwork implements NetworkInTraining {
  private readonly backend: TfjsBackend;
  private readonly structure: FloatNetwork;
  private readonly objective: Objective;
  private readonly parameters: readonly TensorId[];
  private readonly groups: readonly ParameterGroup[];
  private readonly optimiser: Adam;
  private readonly channelAxes: ReadonlyMap<TensorId, number>;
  private quantization: FakeQuantization | null = null;

  constructor(backend: TfjsBackend, network: FloatNetwork, objective: Objective, { weightDecay }: OptimiserSettings) {
    this.backend = backend;
    this.structure = network;
    this.objective = objective;
    this.parameters = parameterIds(network);
    const biases = biasIds(network);
    this.groups = this.parameters.map((id) => parameterGroup(parameterOf(network, id).data, biases.has(id) ? 0 : weightDecay));
    this.optimiser = new Adam(this.groups);
    this.channelAxes = channelAxes(network);
  }

  step(batch: Batch, learningRate: number): number {
    const { loss, byParameter } = this.gradients(batch);
    this.optimiser.step(
      this.parameters.map((id) => byParameter.get(id) as Float32Array),
      learningRate,
    );
    return loss;
  }

  gradients(batch: Batch): { readonly loss: number; readonly byParameter: ReadonlyMap<TensorId, Float32Array> } {
    return this.run(() => {
      let loss = NaN;
      const lossOfOutputs = tf.customGrad((given) => {
        const outputs = given as tf.Tensor;
        const slope = new Float32Array(outputs.size);
        loss = meanLoss(this.objective, read(outputs), batch.targets, batch.weights, batch.rows, slope);
        return { value: tf.scalar(loss), gradFunc: () => tf.tensor(slope, outputs.shape) };
      });
      const parameters = this.parameterTensors();
      const forward = (): tf.Scalar => lossOfOutputs(this.forward(parameters, batch.inputs, batch.rows));
      const { grads } = tf.engine().gradients(forward, parameters, undefined, true);
      const byParameter = new Map(
        this.parameters.map((id, index) => {
          const gradient = grads[index] as tf.Tensor | null | undefined; // null: the first output does not depend on it
          return [id, gradient ? read(gradient).slice() : new Float32Array(at(this.groups, index).values.length)];
        }),
      );
      return { loss, byParameter };
    });
  }

  outputs(inputs: Float32Array, rows: number): Float32Array {
    const width = networkInputs(this.structure);
    const results = new Float32Array(rows * networkOutputs(this.structure));
    for (let first = 0; first < rows; first += ROWS_AT_ONCE) {
      const count = Math.min(ROWS_AT_ONCE, rows - first);
      const piece = inputs.subarray(first * width, (first + count) * width);
      const said = this.run(() => read(this.forward(this.parameterTensors(), piece, count)).slice());
      results.set(said, first * networkOutputs(this.structure));
    }
    return results;
  }

  fakeQuantize(quantization: FakeQuantization | null): void {
    this.quantization = quantization;
  }

  network(): FloatNetwork {
    return withParameters(this.structure, new Map(this.parameters.map((id, index) => [id, at(this.groups, index).values.slice()])));
  }

  dispose(): void {
    // Nothing outlives a call.
  }

  /** Runs on this network's backend (it is a global of tfjs) and frees every tensor afterwards. */
  private run<Result>(body: () => Result): Result {
    if (tf.getBackend() !== this.backend) void tf.setBackend(this.backend); // takes effect before it returns for a ready backend
    tf.engine().startScope();
    try {
      return body();
    } finally {
      tf.engine().endScope();
    }
  }

  /** The parameters' values, as fake quantization leaves weights. */
  private parameterTensors(): tf.Tensor[] {
    return this.parameters.map((id, index) => {
      const { values } = at(this.groups, index);
      const parameter: Parameter = { ...parameterOf(this.structure, id), data: values };
      const axis = this.channelAxes.get(id);
      const { weightGranularity } = this.quantization ?? {};
      const used = axis === undefined || weightGranularity === undefined ? values : quantizedWeights(parameter, axis, weightGranularity);
      return tf.tensor(used, [...parameter.shape]);
    });
  }

  /** The first output, rows x its shape. */
  private forward(parameters: readonly tf.Tensor[], inputs: Float32Array, rows: number): tf.Tensor {
    const values = new Map<TensorId, tf.Tensor>();
    const set = (id: TensorId, value: tf.Tensor): void => {
      const quantization = this.quantization?.activations[id] ?? null;
      values.set(id, quantization === null ? value : quantizedActivation(value, quantization));
    };
    this.parameters.forEach((id, index) => {
      set(id, at(parameters, index));
    });
    this.structure.inputs.forEach((id, index) => {
      const shape = [rows, ...at(this.structure.tensors, id).shape.slice(1)];
      set(id, index === 0 ? tf.tensor(inputs, shape) : tf.zeros(shape));
    });
    for (const operator of this.structure.operators) {
      const outputs = forwardOperator(this.structure, operator, values, rows);
      operatorOutputs(operator).forEach((id, index) => {
        set(id, at(outputs, index));
      });
    }
    const output = values.get(at(this.structure.outputs, 0));
    assert(output !== undefined, "the first output is computed");
    return output;
  }
}

/** The dimension of the outputs of every tensor that some operator uses as weights. */
function channelAxes({ operators }: FloatNetwork): ReadonlyMap<TensorId, number> {
  return new Map(
    operators.flatMap((operator): [TensorId, number][] =>
      "weights" in operator ? [[operator.weights, operator.kind === "depthwise-conv-2d" ? 3 : 0]] : [],
    ),
  );
}

function read(tensor: tf.Tensor): Float32Array {
  return tensor.dataSync<"float32">();
}
