// For tests: fully connected networks of random weights, and their int8 graphs without training.

import { at } from "../core/assert.ts";
import { Random } from "../core/random.ts";
import { INPUT_QUANTIZATION } from "../artifacts/encoding.ts";
import { elementCount, type Graph } from "../artifacts/graph.ts";
import type { FloatNetwork, FloatOperator, FloatTensor } from "../artifacts/network.ts";
import { activationRanges } from "./activation-ranges.ts";
import { planQuantization, type FixedQuantization, type QuantizationPlan, type WeightGranularity } from "./plan-quantization.ts";
import { quantizeNetwork } from "./quantize-network.ts";

/** Layers with `activation` between them; weights as an initialiser makes them, times `gain`. */
export function denseNetwork(widths: readonly number[], activation: "relu" | "tanh", random: Random, gain = 1): FloatNetwork {
  const tensors: FloatTensor[] = [{ kind: "activation", name: "observation", shape: [1, at(widths, 0)] }];
  const operators: FloatOperator[] = [];
  const add = (tensor: FloatTensor): number => tensors.push(tensor) - 1;
  let input = 0;
  widths.slice(1).forEach((outputs, index) => {
    const inputs = at(widths, index);
    const last = index === widths.length - 2;
    const name = last ? "action" : `layer${index + 1}`;
    const normal = (length: number, deviation: number): Float32Array =>
      Float32Array.from({ length }, () => random.normal() * deviation * gain);
    const weights = add({
      kind: "parameter",
      name: `${name}/weights`,
      shape: [outputs, inputs],
      data: normal(inputs * outputs, Math.sqrt(2 / inputs)),
    });
    const bias = add({ kind: "parameter", name: `${name}/bias`, shape: [outputs], data: normal(outputs, 0.1) });
    const bends = !last && activation === "tanh";
    const output = add({ kind: "activation", name: bends ? `${name}/sum` : name, shape: [1, outputs] });
    operators.push({ kind: "fully-connected", input, weights, bias, output, activation: !last && activation === "relu" ? "relu" : "none" });
    input = output;
    if (bends) {
      input = add({ kind: "activation", name, shape: [1, outputs] });
      operators.push({ kind: "tanh", input: output, output: input });
    }
  });
  return { tensors, operators, inputs: [0], outputs: [input] };
}

/** Rows of the first input, uniform within -1..1. */
export function uniformRows(network: FloatNetwork, random: Random, count: number): Float32Array[] {
  const length = elementCount(at(network.tensors, at(network.inputs, 0)).shape);
  return Array.from({ length: count }, () => Float32Array.from({ length }, () => random.uniform(-1, 1)));
}

export interface QuantizedOptions {
  readonly granularity?: WeightGranularity;
  readonly output?: FixedQuantization | null;
  /** How many rows to calibrate on, of which Random. */
  readonly rows?: number;
  readonly seed?: number;
}

/** A plan from uniform inputs. */
export function uniformPlan(
  network: FloatNetwork,
  { granularity = "per-channel", output = null, rows = 64, seed = 1 }: QuantizedOptions = {},
): QuantizationPlan {
  const sequences = uniformRows(network, new Random(seed), rows).map((row) => [row]);
  return planQuantization(network, activationRanges(network, sequences), { input: INPUT_QUANTIZATION, output, granularity });
}

/** The graph of a network that was calibrated on uniform inputs. */
export function quantizedUniformly(network: FloatNetwork, options: QuantizedOptions = {}): Graph {
  return quantizeNetwork(network, uniformPlan(network, options));
}
