// Post-training quantization: a float network and calibration inputs -> an int8 graph after TFLite's 8-bit scheme
// (Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference").

import { assert, at } from "../core/assert.ts";
import { clamp, roundHalfAway } from "../core/fixed-point.ts";
import { INPUT_SCALE, INPUT_ZERO_POINT } from "../artifacts/encoding.ts";
import type { Graph, Operator, Quantization, Tensor, TensorId } from "../artifacts/graph.ts";
import { forwardLayers, networkInputs, type DenseLayer, type FloatNetwork } from "../artifacts/network.ts";

/** Per channel (a scale an output) costs 5 bytes a neuron and loses next to nothing: on the wall-following log 0.0 to 0.1 points
 * of agreement against 0.3 to 0.6 per tensor (a scale a layer), which TFLite Micro before 2024 needs. */
export const WEIGHT_GRANULARITIES = ["per-channel", "per-tensor"] as const;
export type WeightGranularity = (typeof WEIGHT_GRANULARITIES)[number];

/** TANH's fixed output quantization (TFLite's 8-bit specification). */
const TANH_OUTPUT: Quantization = { scales: [1 / 128], zeroPoint: 0, axis: 0 };

/** An output tensor whose meaning is fixed, whatever calibration says. */
export interface FixedOutput {
  readonly scale: number;
  readonly zeroPoint: number;
}

/**
 * @param calibration n x inputs, fractions of the clip range: rows that the policy is likely to see.
 * @param fixedOutput what lies outside of it is cut off; null: the range that calibration reaches.
 * @throws AssertionError when there is no calibration row.
 */
export function quantizeNetwork(
  network: FloatNetwork,
  calibration: Float32Array,
  granularity: WeightGranularity,
  fixedOutput: FixedOutput | null = null,
): Graph {
  const ranges = preActivationRanges(network, calibration);
  const builder = new GraphBuilder();
  const inputWidth = networkInputs(network);
  const input = builder.activation("observation", inputWidth, { scales: [INPUT_SCALE], zeroPoint: INPUT_ZERO_POINT, axis: 0 });
  let previous = input;
  network.layers.forEach((layer, index) => {
    const last = index === network.layers.length - 1;
    const name = last ? "action" : `layer${index + 1}`;
    const fixed = last ? fixedOutput : null;
    const quantization =
      fixed === null ? sumQuantization(layer, at(ranges, index)) : { scales: [fixed.scale], zeroPoint: fixed.zeroPoint, axis: 0 };
    previous = builder.dense(name, layer, previous, quantization, granularity);
  });
  return { tensors: builder.tensors, operators: builder.operators, inputs: [input], outputs: [previous] };
}

class GraphBuilder {
  readonly tensors: Tensor[] = [];
  readonly operators: Operator[] = [];

  activation(name: string, width: number, quantization: Quantization): TensorId {
    return this.tensors.push({ kind: "activation", type: "int8", name, shape: [1, width], quantization }) - 1;
  }

  dense(name: string, layer: DenseLayer, input: TensorId, sum: Quantization, granularity: WeightGranularity): TensorId {
    const inputScale = at(at(this.tensors, input).quantization.scales, 0);
    const scales = weightScales(layer, granularity);
    const rowScale = (row: number): number => at(scales, scales.length === 1 ? 0 : row);
    const weights = Int8Array.from(layer.weights, (weight, index) =>
      clamp(roundHalfAway(weight / rowScale(Math.floor(index / layer.inputs))), -127, 127),
    );
    const biasScales = scales.map((scale) => Math.fround(inputScale * scale));
    const bias = Int32Array.from(layer.bias, (value, row) => {
      const quantized = roundHalfAway(value / at(biasScales, biasScales.length === 1 ? 0 : row));
      return clamp(quantized, -(2 ** 31), 2 ** 31 - 1);
    });
    const weightTensor = this.constant(`${name}/weights`, [layer.outputs, layer.inputs], weights, { scales, zeroPoint: 0, axis: 0 });
    const biasTensor = this.constant(`${name}/bias`, [layer.outputs], bias, { scales: biasScales, zeroPoint: 0, axis: 0 });
    const sumName = layer.activation === "tanh" ? `${name}/sum` : name;
    const output = this.activation(sumName, layer.outputs, sum);
    const activation = layer.activation === "relu" ? "relu" : "none";
    this.operators.push({ kind: "fully-connected", input, weights: weightTensor, bias: biasTensor, output, activation });
    if (layer.activation !== "tanh") return output;
    const bent = this.activation(name, layer.outputs, TANH_OUTPUT);
    this.operators.push({ kind: "tanh", input: output, output: bent });
    return bent;
  }

  private constant(name: string, shape: readonly number[], data: Int8Array | Int32Array, quantization: Quantization): TensorId {
    return this.tensors.push({ kind: "constant", name, shape, quantization, data }) - 1;
  }
}

interface Range {
  readonly minimum: number;
  readonly maximum: number;
}

/** Smallest and largest sum before the activation, by layer, over all calibration rows. */
function preActivationRanges(network: FloatNetwork, calibration: Float32Array): Range[] {
  const width = networkInputs(network);
  const rows = calibration.length / width;
  assert(Number.isInteger(rows) && rows > 0, "calibration needs at least one whole row");
  const linear = { layers: network.layers.map((layer) => ({ ...layer, activation: "linear" as const })) };
  const ranges = network.layers.map(() => ({ minimum: 0, maximum: 0 }));
  for (let row = 0; row < rows; row++) {
    let values: Float32Array = calibration.subarray(row * width, (row + 1) * width);
    network.layers.forEach((layer, index) => {
      const sums = at(forwardLayers({ layers: [at(linear.layers, index)] }, values), 0);
      const range = at(ranges, index);
      for (const sum of sums) {
        if (sum < range.minimum) range.minimum = sum;
        if (sum > range.maximum) range.maximum = sum;
      }
      values = bend(layer, sums);
    });
  }
  return ranges;
}

function bend(layer: DenseLayer, sums: Float32Array): Float32Array {
  switch (layer.activation) {
    case "linear":
      return sums;
    case "relu":
      return sums.map((sum) => Math.max(0, sum));
    case "tanh":
      return sums.map(Math.tanh);
  }
}

function sumQuantization(layer: DenseLayer, range: Range): Quantization {
  return rangeQuantization(layer.activation === "relu" ? { ...range, minimum: 0 } : range);
}

/** 256 levels over a range that holds zero, with zero itself a level. A range of nothing gets a scale of one. */
function rangeQuantization(range: Range): Quantization {
  const span = range.maximum - range.minimum;
  if (span === 0) return { scales: [1], zeroPoint: 0, axis: 0 };
  const scale = Math.fround(span / 255);
  return { scales: [scale], zeroPoint: clamp(roundHalfAway(-128 - range.minimum / scale), -128, 127), axis: 0 };
}

/** Symmetric: the largest weight becomes 127. All-zero weights get a scale of one. */
function weightScales(layer: DenseLayer, granularity: WeightGranularity): number[] {
  const scaleOf = (weights: Float32Array): number => {
    const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    return largest === 0 ? 1 : Math.fround(largest / 127);
  };
  if (granularity === "per-tensor") return [scaleOf(layer.weights)];
  return Array.from({ length: layer.outputs }, (_, row) => scaleOf(layer.weights.subarray(row * layer.inputs, (row + 1) * layer.inputs)));
}
