// An int8 graph in, the same function out in operators that TensorFlow Lite Micro had before 2024: those versions, which
// Arduino's libraries hold, run a fully connected layer with its first scale alone and say nothing.

import { at } from "../../core/assert.ts";
import {
  elementCount,
  operatorInputs,
  operatorOutputs,
  type FullyConnected,
  type Graph,
  type Operator,
  type Tensor,
  type TensorId,
} from "../../artifacts/graph.ts";

/** Each fully connected layer with a scale a row becomes a convolution with a 1x1 window over one pixel, which has always had a
 * scale a channel: the same sums, multipliers and roundings. */
export function forOlderVersions(graph: Graph): Graph {
  if (!graph.operators.some((operator) => hasScaleARow(graph, operator))) return graph;
  const pixels = rowsThatMayBePixels(graph);
  const tensors = graph.tensors.map((tensor, id) => (pixels.has(id) ? asPixel(tensor) : tensor));
  const operators = graph.operators.flatMap((operator) => {
    if (operator.kind !== "fully-connected" || !hasScaleARow(graph, operator)) return [operator];
    return asConvolution(tensors, operator);
  });
  return { ...graph, tensors, operators };
}

function hasScaleARow(graph: Graph, operator: Operator): operator is FullyConnected {
  return operator.kind === "fully-connected" && at(graph.tensors, operator.weights).quantization.scales.length > 1;
}

/** Operators that don't care how many dimensions of 1 come before the last; those of the second list keep the shape. */
const RESHAPING: readonly Operator["kind"][] = ["fully-connected", "reshape"];
const KEEPING: readonly Operator["kind"][] = [
  ...(["relu", "relu6", "leaky-relu", "logistic", "tanh", "hard-swish", "quantize", "dequantize", "softmax"] as const),
];

/** Single rows that only such operators touch. */
function rowsThatMayBePixels(graph: Graph): ReadonlySet<TensorId> {
  const touched = (operator: Operator): readonly TensorId[] => [...operatorInputs(operator), ...operatorOutputs(operator)];
  const isRow = ({ kind, shape }: Tensor): boolean => kind === "activation" && shape.slice(0, -1).every((size) => size === 1);
  const rows = new Set(graph.tensors.flatMap((tensor, id) => (isRow(tensor) ? [id] : [])));
  for (let before = -1; before !== rows.size;) {
    before = rows.size;
    for (const operator of graph.operators) {
      const tensors = touched(operator);
      const bound = !RESHAPING.includes(operator.kind) && !(KEEPING.includes(operator.kind) && tensors.every((id) => rows.has(id)));
      if (bound) tensors.forEach((id) => rows.delete(id));
    }
  }
  return rows;
}

function asPixel(tensor: Tensor): Tensor {
  return { ...tensor, shape: [1, 1, 1, tensor.shape.at(-1) ?? 1] };
}

const ONCE = { height: 1, width: 1 };

/** The convolution, between reshapes where what it reads or writes is no image of one pixel. */
function asConvolution(tensors: Tensor[], { input, weights, bias, output, activation }: FullyConnected): Operator[] {
  const matrix = at(tensors, weights);
  const [outputs = 1, inputs = 1] = matrix.shape.length === 2 ? matrix.shape : [at(matrix.shape, 0), at(matrix.shape, 3)];
  tensors[weights] = { ...matrix, shape: [outputs, 1, 1, inputs] };
  const before = pixelOf(tensors, input, inputs);
  const after = pixelOf(tensors, output, outputs);
  const settings = { activation, padding: "valid", stride: ONCE, dilation: ONCE } as const;
  return [
    ...(before === input ? [] : [{ kind: "reshape", input, output: before } as const]),
    { kind: "conv-2d", input: before, weights, bias, output: after, ...settings },
    ...(after === output ? [] : [{ kind: "reshape", input: after, output } as const]),
  ];
}

/** The tensor itself where it has a pixel a batch, else a new one for a reshape. */
function pixelOf(tensors: Tensor[], id: TensorId, channels: number): TensorId {
  const tensor = at(tensors, id);
  const shape = [elementCount(tensor.shape) / channels, 1, 1, channels];
  if (String(tensor.shape) === String(shape)) return id;
  return tensors.push({ ...tensor, name: `${tensor.name}/pixel`, shape }) - 1;
}
