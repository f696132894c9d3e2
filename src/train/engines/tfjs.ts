// TensorFlow.js as a training engine: batches in, gradients by its kernels, a network out. Forward and backward pass are written out
// with plain operations: an MLP needs few, and they cost half the time of tfjs's recorded gradients.

import * as tf from "@tensorflow/tfjs-core";
import type { DenseLayer, FloatNetwork } from "../../artifacts/network.ts";
import { at, unreachable } from "../../core/assert.ts";
import { Adam, parameterGroup, type ParameterGroup } from "../adam.ts";
import type { Batch, EngineId, NetworkInTraining, TrainingEngine } from "../engine.ts";
import { meanLoss, type Loss } from "../loss.ts";

/** @param backend tfjs's name of a backend that is ready. */
export function tfjsEngine(id: EngineId, backend: string): TrainingEngine {
  return { id, begin: (network, loss, weightDecay) => new TfjsNetwork(backend, network, loss, weightDecay) };
}

interface TrainedLayer {
  readonly shape: DenseLayer;
  readonly weights: ParameterGroup;
  readonly bias: ParameterGroup;
}

class TfjsNetwork implements NetworkInTraining {
  private readonly backend: string;
  private readonly loss: Loss;
  private readonly layers: readonly TrainedLayer[];
  private readonly optimiser: Adam;

  constructor(backend: string, network: FloatNetwork, loss: Loss, weightDecay: number) {
    this.backend = backend;
    this.loss = loss;
    this.layers = network.layers.map((shape) => ({
      shape,
      weights: parameterGroup(shape.weights, weightDecay),
      bias: parameterGroup(shape.bias, 0),
    }));
    this.optimiser = new Adam(this.layers.flatMap(({ weights, bias }) => [weights, bias]));
  }

  step(batch: Batch, learningRate: number): number {
    return this.run(() => {
      const weights = this.weightTensors();
      const activations = this.forward(weights, batch.inputs, batch.rows);
      const outputs = at(activations, this.layers.length);
      const slope = new Float32Array(outputs.size);
      const loss = meanLoss(this.loss, read(outputs), batch.targets, batch.rows, slope);
      this.optimiser.step(this.gradients(weights, activations, tf.tensor2d(slope, outputs.shape)), learningRate);
      return loss;
    });
  }

  outputs(inputs: Float32Array, rows: number): Float32Array {
    return this.run(() => read(at(this.forward(this.weightTensors(), inputs, rows), this.layers.length)).slice());
  }

  network(): FloatNetwork {
    return {
      layers: this.layers.map(({ shape, weights, bias }) => ({ ...shape, weights: weights.values.slice(), bias: bias.values.slice() })),
    };
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

  /** Outputs x inputs, one a layer. */
  private weightTensors(): tf.Tensor2D[] {
    return this.layers.map(({ shape, weights }) => tf.tensor2d(weights.values, [shape.outputs, shape.inputs]));
  }

  /** The inputs, then every layer's activations; each rows x width. */
  private forward(weights: readonly tf.Tensor2D[], inputs: Float32Array, rows: number): tf.Tensor2D[] {
    const activations = [tf.tensor2d(inputs, [rows, inputs.length / rows])];
    this.layers.forEach(({ shape, bias }, index) => {
      const sums = tf.fused.matMul({
        a: at(activations, index),
        // Not `transposeB`: with it, the wasm backend of tfjs 4.22 adds the wrong bias.
        b: tf.transpose(at(weights, index)),
        bias: tf.tensor1d(bias.values),
        activation: shape.activation === "relu" ? "relu" : "linear",
      }) as tf.Tensor2D;
      activations.push(shape.activation === "tanh" ? tf.tanh(sums) : sums);
    });
    return activations;
  }

  /** Derivatives of the loss by weights and bias of each layer. @param slope by the (linear) outputs. */
  private gradients(weights: readonly tf.Tensor2D[], activations: readonly tf.Tensor2D[], slope: tf.Tensor2D): Float32Array[] {
    const gradients: Float32Array[] = [];
    for (let index = this.layers.length - 1; index >= 0; index--) {
      const below = at(activations, index);
      // Transposed apart: only plain products take the wasm backend's fast path, four times faster at 128 x 128.
      gradients.unshift(read(tf.matMul(tf.transpose(slope), below)), read(tf.sum(slope, 0)));
      if (index > 0) slope = throughActivation(at(this.layers, index - 1).shape, tf.matMul(slope, at(weights, index)), below);
    }
    return gradients;
  }
}

/** Derivative by a layer's sums, from the derivative by its activations. */
function throughActivation(layer: DenseLayer, slope: tf.Tensor2D, activations: tf.Tensor2D): tf.Tensor2D {
  switch (layer.activation) {
    case "linear":
      return slope;
    case "relu":
      return tf.mul(slope, tf.step(activations));
    case "tanh":
      return tf.mul(slope, tf.sub(1, tf.square(activations)));
    default:
      return unreachable(layer.activation);
  }
}

function read(tensor: tf.Tensor): Float32Array {
  return tensor.dataSync<"float32">();
}
