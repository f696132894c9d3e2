// Where training begins: an architecture in, seeded weights out; and the change of variable that makes inputs easy to learn from.
// Samples and FloatNetwork hold inputs as fractions u = 0..1; engines train on v = 2u - 1, which is centred.

import type { DenseLayer, FloatNetwork } from "../artifacts/network.ts";
import type { PolicySpec } from "../artifacts/robot-spec.ts";
import { assert, at } from "../core/assert.ts";
import type { Random } from "../core/random.ts";

/** A network of the spec's shape with a linear output. Weights are uniform: He et al. 2015 in front of relu, Glorot & Bengio 2010
 * elsewhere; biases are 0. */
export function initialNetwork(spec: PolicySpec, inputs: number, outputs: number, random: Random): FloatNetwork {
  const widths = [inputs, ...spec.hidden, outputs];
  const layers = widths.slice(1).map((width, index): DenseLayer => {
    const fanIn = at(widths, index);
    const activation = index === spec.hidden.length ? "linear" : spec.activation;
    const limit = Math.sqrt(6 / (activation === "relu" ? fanIn : fanIn + width));
    const weights = Float32Array.from({ length: width * fanIn }, () => random.uniform(-limit, limit));
    return { kind: "dense", inputs: fanIn, outputs: width, weights, bias: new Float32Array(width), activation };
  });
  return { layers };
}

/** Whether a network has the shape that the spec asks for: only then can training go on from it. */
export function hasShape(network: FloatNetwork, spec: PolicySpec, inputs: number, outputs: number): boolean {
  const widths = [inputs, ...spec.hidden, outputs];
  return (
    network.layers.length === widths.length - 1 &&
    network.layers.every(
      (layer, index) =>
        layer.inputs === widths[index] &&
        layer.outputs === widths[index + 1] &&
        layer.activation === (index === spec.hidden.length ? "linear" : spec.activation),
    )
  );
}

/** Fractions 0..1 as -1..1. */
export function centreInputs(inputs: Float32Array): Float32Array {
  return inputs.map((fraction) => 2 * fraction - 1);
}

/** The same function of u for a network of v = 2u - 1: W v + b = 2W u + (b - W 1). */
export function foldCentring(network: FloatNetwork): FloatNetwork {
  return replaceInput(network, 2, -1);
}

/** The same function of v for a network of u = v/2 + 1/2: inverse of `foldCentring` up to rounding. */
export function unfoldCentring(network: FloatNetwork): FloatNetwork {
  return replaceInput(network, 0.5, 0.5);
}

/** The network whose input x stands for `factor * x + offset` of the given one. */
function replaceInput(network: FloatNetwork, factor: number, offset: number): FloatNetwork {
  const [first, ...rest] = network.layers;
  assert(first !== undefined, "a network has a layer");
  const bias = first.bias.map((value, row) => {
    const weights = first.weights.subarray(row * first.inputs, (row + 1) * first.inputs);
    return value + offset * weights.reduce((sum, weight) => sum + weight, 0);
  });
  return { layers: [{ ...first, weights: first.weights.map((weight) => factor * weight), bias }, ...rest] };
}
