// Lowers fully connected layers and convolutions: the operators that multiply with stored weights. Their multipliers differ in
// precision, as TensorFlow Lite's do. Proves that no sum of theirs leaves int32.

import { at } from "../core/assert.ts";
import {
  biasValues,
  elementCount,
  weightTensor,
  type Convolution2d,
  type DepthwiseConvolution2d,
  type FullyConnected,
} from "../artifacts/graph.ts";
import type { BufferId, Requantization } from "../artifacts/integer-program.ts";
import { fusedRange } from "./activation-ranges.ts";
import type { Lowering } from "./lowering.ts";
import { slidingWindow } from "./sliding.ts";
import { sumReach, type Taps } from "./sum-reach.ts";

/** FULLY_CONNECTED (tensorflow/lite/micro/kernels/fully_connected_common.cc, reference/integer_ops/fully_connected.h). With one
 * weight scale, its product with the input's is rounded to float32 (GetQuantizedConvolutionMultipler); with several it isn't. */
export function lowerFullyConnected(lowering: Lowering, operator: FullyConnected): void {
  const { shape, quantization } = weightTensor(lowering.graph, operator.weights);
  const [outputs, inputs] = shape as [number, number];
  const product = quantization.scales.length === 1 ? singleProduct : doubleProduct;
  const layer = weightedLayer(lowering, operator, outputs, product);
  proveRows(lowering, operator, layer, (row) => ({ first: row * inputs, stride: 1, count: inputs }));
  const batches = elementCount(lowering.tensor(operator.output).shape) / outputs;
  lowering.add({ kind: "fully-connected", ...layer, batches, inputs, outputs });
}

/** CONV_2D (tensorflow/lite/micro/kernels/conv_common.cc, reference/integer_ops/conv.h: ConvPerChannel). */
export function lowerConvolution(lowering: Lowering, operator: Convolution2d): void {
  const { shape } = weightTensor(lowering.graph, operator.weights);
  const [outputs, height, width, depth] = shape as [number, number, number, number];
  const layer = weightedLayer(lowering, operator, outputs, doubleProduct);
  const count = height * width * depth;
  proveRows(lowering, operator, layer, (row) => ({ first: row * count, stride: 1, count }));
  const sliding = slidingWindow(lowering, operator, { height, width }, operator.dilation);
  lowering.add({ kind: "conv-2d", ...layer, ...sliding, groups: sliding.from.channels / depth });
}

/** DEPTHWISE_CONV_2D (reference/integer_ops/depthwise_conv.h: DepthwiseConvPerChannel). */
export function lowerDepthwise(lowering: Lowering, operator: DepthwiseConvolution2d): void {
  const { shape } = weightTensor(lowering.graph, operator.weights);
  const [, height, width, outputs] = shape as [number, number, number, number];
  const layer = weightedLayer(lowering, operator, outputs, doubleProduct);
  proveRows(lowering, operator, layer, (row) => ({ first: row, stride: outputs, count: height * width }));
  const sliding = slidingWindow(lowering, operator, { height, width }, operator.dilation);
  lowering.add({ kind: "depthwise-conv-2d", ...layer, ...sliding, multiplier: outputs / sliding.from.channels });
}

interface Layer {
  readonly name: string;
  readonly input: BufferId;
  readonly output: BufferId;
  readonly inputZeroPoint: number;
  readonly weights: Int8Array;
  readonly weightScales: readonly number[];
  readonly bias: Int32Array;
  readonly requantization: Requantization;
}

const singleProduct = (input: number, weight: number): number => Math.fround(input * weight);
const doubleProduct = (input: number, weight: number): number => input * weight;

/** @param product of the input's scale and a weight's. */
function weightedLayer(
  lowering: Lowering,
  operator: FullyConnected | Convolution2d | DepthwiseConvolution2d,
  outputs: number,
  product: (input: number, weight: number) => number,
): Layer {
  const weights = weightTensor(lowering.graph, operator.weights);
  const { scales } = weights.quantization;
  const input = lowering.quantization(operator.input);
  const output = lowering.quantization(operator.output);
  return {
    ...lowering.between(operator.input, operator.output),
    inputZeroPoint: input.zeroPoint,
    weights: weights.data,
    weightScales: scales,
    bias: biasValues(lowering.graph, operator.bias, outputs),
    requantization: {
      multipliers: scales.map((scale) => lowering.multiplier(operator.output, product(input.scale, scale) / output.scale)),
      zeroPoint: output.zeroPoint,
      ...fusedRange(operator.activation, output.scale, output.zeroPoint),
    },
  };
}

/** The first row whose accumulator could leave int32, alone or shifted left by its multiplier, is refused.
 * @param taps of a row. */
function proveRows(
  lowering: Lowering,
  operator: { readonly output: number },
  { weights, bias, inputZeroPoint, requantization: { multipliers } }: Layer,
  taps: (row: number) => Taps,
): void {
  for (let row = 0; row < bias.length; row++) {
    const reach = sumReach(weights, taps(row), at(bias, row), inputZeroPoint);
    const multiplier = at(multipliers, multipliers.length === 1 ? 0 : row);
    if (!lowering.proveAccumulator(operator.output, `the accumulator of output ${row}`, reach, multiplier)) return;
  }
}
