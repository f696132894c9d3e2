// An operator in; what TensorFlow Lite Micro's kernel for it keeps, and the memory that it works with, out. Counted from the sources of
// tflite-micro 90b983c2b, esp-tflite-micro 1.4.0 with ESP-NN 1.2.3, and Chirale_TensorFLowLite 2.0.0 and MicroTFLite 1.0.3 with CMSIS-NN:
// where they differ, the largest.

import { at } from "../../core/assert.ts";
import {
  elementCount,
  type Convolution2d,
  type DepthwiseConvolution2d,
  type Graph,
  type Operator,
  type TensorId,
} from "../../artifacts/graph.ts";

/** Who wrote the kernels: TFLM itself; Arm, in Arduino's libraries; Espressif, for all its chips or for the vector unit of the ESP32-S3. */
export type Kernels = "reference" | "cmsis-nn" | "esp-nn" | "esp-nn-s3";

/** Bytes that depend on how long a pointer is. */
export interface Size {
  /** So many times a pointer's size. */
  readonly words: number;
  readonly bytes: number;
}

export interface KernelSize {
  /** The operator's options: a TfLite...Params of c/builtin_op_data.h. */
  readonly options: number;
  /** What the reference kernel remembers: an OpData... of micro/kernels. */
  readonly data: Size;
  /** What the others remember beyond that. */
  readonly beyond: number;
  /** Tensors that the file has for it and the graph has not: shapes, axes, paddings. */
  readonly settings: number;
  /** How often preparing it asks for the same tensor, at most. */
  readonly looks: number;
}

const kernel = (
  options: number,
  data: number,
  others: Partial<Omit<KernelSize, "data">> & { readonly words?: number } = {},
): KernelSize => {
  const { words = 0, ...rest } = others;
  return { options, data: { words, bytes: data }, beyond: 0, settings: 0, looks: 2, ...rest };
};

/** All sizes in multiples of 8, so that nothing is lost to alignment between them. */
export const KERNELS: Readonly<Record<Operator["kind"], KernelSize>> = {
  "fully-connected": kernel(16, 32, { words: 4, beyond: 32, looks: 1 }),
  "conv-2d": kernel(32, 40, { words: 4, beyond: 8 }),
  "depthwise-conv-2d": kernel(32, 40, { words: 4, beyond: 8 }),
  "average-pool-2d": kernel(40, 32, { beyond: 8 }),
  "max-pool-2d": kernel(40, 32, { beyond: 8 }),
  mean: kernel(8, 48, { settings: 1 }),
  reshape: kernel(40, 0, { settings: 1 }),
  pad: kernel(0, 56, { settings: 1 }),
  add: kernel(8, 64),
  sub: kernel(8, 56),
  mul: kernel(8, 40),
  concatenation: kernel(8, 16, { words: 4, looks: 3 }),
  split: kernel(8, 0, { settings: 1 }),
  "strided-slice": kernel(24, 88, { settings: 3 }),
  relu: kernel(0, 32),
  relu6: kernel(0, 8),
  "leaky-relu": kernel(8, 24),
  logistic: kernel(0, 16),
  tanh: kernel(0, 16),
  "hard-swish": kernel(0, 24),
  quantize: kernel(0, 32),
  dequantize: kernel(0, 32),
  softmax: kernel(8, 32, { words: 6, beyond: 8 }),
  "arg-max": kernel(8, 0, { settings: 1 }),
  lstm: kernel(16, 688, { looks: 1 }),
};

/** Elements of int32 arrays that a kernel keeps: a multiplier and a shift for each channel, where channels have their own. */
export function multipliersOf(graph: Graph, operator: Operator, kernels: Kernels): number {
  switch (operator.kind) {
    case "conv-2d":
      return at(shapeOf(graph, operator.weights), 0);
    case "depthwise-conv-2d":
      return at(shapeOf(graph, operator.weights), 3);
    case "fully-connected": {
      // CMSIS-NN may run one whose output has more than two dimensions as a convolution.
      const own = at(graph.tensors, operator.weights).quantization.scales.length > 1;
      const asConvolution = kernels === "cmsis-nn" && shapeOf(graph, operator.output).length > 2;
      return own || asConvolution ? at(shapeOf(graph, operator.weights), 0) : 0;
    }
    default:
      return 0;
  }
}

/** Memory that the kernel asks for while it runs, piece by piece, in bytes. */
export function scratchBytes(graph: Graph, operator: Operator, kernels: Kernels): readonly number[] {
  switch (operator.kind) {
    case "mean": {
      const outputs = elementCount(shapeOf(graph, operator.output));
      return [4 * outputs, 4 * shapeOf(graph, operator.input).length, 4 * Math.max(1, operator.axes.length)];
    }
    case "lstm": {
      const gate = 2 * elementCount(shapeOf(graph, operator.cellState));
      return [gate, gate, gate, gate];
    }
    case "softmax":
      // esp_nn_get_softmax_scratch_size
      return kernels === "esp-nn" || kernels === "esp-nn-s3" ? [4 * (shapeOf(graph, operator.input).at(-1) ?? 1)] : [];
    case "average-pool-2d":
      // arm_avgpool_s8_get_buffer_size
      return kernels === "cmsis-nn" ? [4 * at(shapeOf(graph, operator.input), 3)] : [];
    case "conv-2d":
    case "depthwise-conv-2d":
      if (kernels === "cmsis-nn") return [windowsOfHalfwords(graph, operator)];
      return kernels === "esp-nn-s3" ? [vectorUnitBytes(graph, operator)] : [];
    default:
      return [];
  }
}

/** arm_convolve_s8_get_buffer_size; that of a depthwise convolution is half of it. */
function windowsOfHalfwords(graph: Graph, { input, weights }: Convolution2d | DepthwiseConvolution2d): number {
  const [, height = 1, width = 1] = shapeOf(graph, weights);
  return 2 * 2 * roundUpTo(8, height * width * at(shapeOf(graph, input), 3));
}

/**
 * At least esp_nn_get_conv_scratch_size_esp32s3 or esp_nn_get_depthwise_conv_scratch_size_esp32s3, whichever of their cases it is:
 * copies of the weights and of the padded input, with channels and rows rounded up to what the vector unit loads.
 */
function vectorUnitBytes(
  graph: Graph,
  { kind, input, weights, output, padding, stride, dilation }: Convolution2d | DepthwiseConvolution2d,
): number {
  const [, inputHeight = 1, inputWidth = 1, inputChannels = 1] = shapeOf(graph, input);
  const [, height = 1, width = 1] = shapeOf(graph, weights);
  const [, outputHeight = 1, outputWidth = 1, outputs = 1] = shapeOf(graph, output);
  const padded =
    (inputHeight + (height - 1) * dilation.height + stride.height) * (inputWidth + (width - 1) * dilation.width + stride.width);
  const channels = roundUpTo(16, inputChannels);
  if (kind === "depthwise-conv-2d") {
    const lanes = roundUpTo(16, outputs);
    return 2 * height * width * lanes + 2 * padded * channels + (outputHeight * outputWidth + 12) * lanes + 128;
  }
  const rows = height * (width * channels + roundUpTo(16, width * inputChannels)) * outputs;
  const inputs = (padding === "same" ? 2 : 1) * padded * roundUpTo(8, inputChannels);
  return inputs + rows + 4 * outputs + 16 * (roundUpTo(8, inputChannels) + height) + 128;
}

function roundUpTo(multiple: number, value: number): number {
  return Math.ceil(value / multiple) * multiple;
}

function shapeOf(graph: Graph, id: TensorId): readonly number[] {
  return at(graph.tensors, id).shape;
}
