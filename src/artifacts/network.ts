// A trained float network, before quantization. Inputs are fractions of the clip range (0..1), outputs logits (discrete) or
// -1..1 across the action's range (continuous).

import { assert, at } from "../core/assert.ts";

export type Activation = "linear" | "relu" | "tanh";

/** y = activation(W x + b). */
export interface DenseLayer {
  readonly kind: "dense";
  readonly inputs: number;
  readonly outputs: number;
  /** Row-major, outputs x inputs: one row an output neuron, as in TFLite. */
  readonly weights: Float32Array;
  /** Length `outputs`. */
  readonly bias: Float32Array;
  readonly activation: Activation;
}

export interface FloatNetwork {
  readonly layers: readonly DenseLayer[];
}

export function networkInputs(network: FloatNetwork): number {
  return at(network.layers, 0).inputs;
}

/** @throws AssertionError when layers do not fit each other or hold a number that is not finite. */
export function verifyNetwork(network: FloatNetwork): void {
  network.layers.forEach((layer, index) => {
    assert(layer.weights.length === layer.inputs * layer.outputs, `layer ${index}: weights do not fit its shape`);
    assert(layer.bias.length === layer.outputs, `layer ${index}: bias does not fit its shape`);
    assert(index === 0 || at(network.layers, index - 1).outputs === layer.inputs, `layer ${index}: does not fit the one before`);
    assert(layer.weights.every(Number.isFinite) && layer.bias.every(Number.isFinite), `layer ${index}: not finite`);
  });
}

/** Activations of every layer for one input, the last being the output. */
export function forwardLayers(network: FloatNetwork, input: ArrayLike<number>): Float32Array[] {
  const activations: Float32Array[] = [];
  let previous = input;
  for (const layer of network.layers) {
    const output = new Float32Array(layer.outputs);
    for (let row = 0; row < layer.outputs; row++) {
      let sum = layer.bias[row] as number;
      const start = row * layer.inputs;
      for (let column = 0; column < layer.inputs; column++) {
        sum += (layer.weights[start + column] as number) * (previous[column] as number);
      }
      output[row] = activate(layer.activation, sum);
    }
    activations.push(output);
    previous = output;
  }
  return activations;
}

function activate(activation: Activation, value: number): number {
  switch (activation) {
    case "linear":
      return value;
    case "relu":
      return Math.max(0, value);
    case "tanh":
      return Math.tanh(value);
  }
}
