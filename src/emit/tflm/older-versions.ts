// An int8 graph in, the same function out in operators that TensorFlow Lite Micro had before 2024: those versions, which
// Arduino's libraries hold, run a fully connected layer with its first scale alone and say nothing.

import { at } from "../../core/assert.ts";
import type { FullyConnected, Graph, Operator, Tensor, TensorId } from "../../artifacts/graph.ts";

/** Each fully connected layer with a scale a row becomes a convolution with a 1x1 window over one pixel, which has always had a
 * scale a channel: the same sums, multipliers and roundings. */
export function forOlderVersions(graph: Graph): Graph {
  if (!graph.operators.some((operator) => hasScaleARow(graph, operator))) return graph;
  const tensors = graph.tensors.map((tensor) => (tensor.kind === "activation" && isRow(tensor.shape) ? asPixel(tensor) : tensor));
  const operators = graph.operators.flatMap((operator) => {
    if (operator.kind !== "fully-connected" || !hasScaleARow(graph, operator)) return [operator];
    const weights = at(tensors, operator.weights);
    const [outputs, inputs] = weights.shape as [number, number];
    tensors[operator.weights] = { ...weights, shape: [outputs, 1, 1, inputs] };
    return asConvolution(tensors, operator);
  });
  return { ...graph, tensors, operators };
}

function hasScaleARow(graph: Graph, operator: Operator): boolean {
  return operator.kind === "fully-connected" && at(graph.tensors, operator.weights).quantization.scales.length > 1;
}

/** Whether all dimensions but the last are 1. */
function isRow(shape: readonly number[]): boolean {
  return shape.slice(0, -1).every((size) => size === 1);
}

function asPixel(tensor: Tensor): Tensor {
  return { ...tensor, shape: [1, 1, 1, tensor.shape.at(-1) ?? 1] };
}

/** The convolution, behind a reshape where the layer read an image. */
function asConvolution(tensors: Tensor[], { input, weights, bias, output, activation }: FullyConnected): Operator[] {
  const once = { height: 1, width: 1 };
  const convolution = { kind: "conv-2d", weights, bias, output, activation, padding: "valid", stride: once, dilation: once } as const;
  const image = at(tensors, input);
  if (isRow(image.shape)) return [{ ...convolution, input }];
  const pixel: TensorId = tensors.length;
  tensors.push({ ...image, name: `${image.name}/pixel`, shape: at(tensors, weights).shape.with(0, 1) });
  return [
    { kind: "reshape", input, output: pixel },
    { ...convolution, input: pixel },
  ];
}
