import { describe, expect, test } from "vitest";
import { goldenCase, OPERATOR_CASES, operatorCase } from "../../tests/golden/models.ts";
import { at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import type { Graph, Operator, Quantization, Tensor } from "../artifacts/graph.ts";
import { checkGraph } from "./check-graph.ts";
import { readTflite } from "./read.ts";

type TensorChange = Partial<Pick<Tensor, "shape">> & { readonly quantization?: Partial<Quantization> };

const dense = valueOf(readTflite(goldenCase("mlpA").model, "mlpA"));
const images = valueOf(readTflite(goldenCase("convD").model, "convD"));

function golden(name: string): Graph {
  return valueOf(readTflite(operatorCase(name).model, name));
}

/** The graph with some things of the first tensor of that name changed. */
function withTensor(graph: Graph, name: string, change: TensorChange): Graph {
  expect(graph.tensors.map((tensor) => tensor.name)).toContain(name);
  const tensors = graph.tensors.map((tensor) =>
    tensor.name === name ? { ...tensor, ...change, quantization: { ...tensor.quantization, ...change.quantization } } : tensor,
  );
  return { ...graph, tensors };
}

/** The graph with some settings of its first operator changed. */
function withFirst(graph: Graph, change: Readonly<Record<string, unknown>>): Graph {
  const [first, ...rest] = graph.operators;
  return { ...graph, operators: [{ ...first, ...change } as Operator, ...rest] };
}

const scale = (value: number): TensorChange => ({ quantization: { scales: [value] } });
const zeroPoint = (value: number): TensorChange => ({ quantization: { zeroPoint: value } });

function expectRefused(graph: Graph, message: string): void {
  expect(checkGraph(graph).map((each) => each.message)).toContainEqual(expect.stringContaining(message));
}

describe("a graph is refused when", () => {
  test.each<readonly [string, Graph, string]>([
    ["a scale is no float32 number", withTensor(dense, "input", scale(0.1)), 'tensor "input" has scale 0.1'],
    ["weights have a zero point", withTensor(dense, "w0", zeroPoint(3)), "weights have zero point 3"],
    ["a bias has another scale", withTensor(dense, "b0", scale(0.5)), "its bias has scale 0.5, not the product"],
    ["a multiplier is huge", withTensor(dense, "input", scale(2 ** 40)), "out of all proportion"],
    [
      "a clamp is beyond the output",
      withTensor(withFirst(images, { activation: "relu6" }), "conv0", scale(2 ** -30)),
      "too small for relu6",
    ],
    ["rows do not fit weights", withTensor(dense, "input", { shape: [1, 7] }), "its weights are 16 x 8"],
    ["rows do not fit each other", withTensor(dense, "input", { shape: [2, 8] }), "its weights are 16 x 8"],
    [
      "tensors are computed out of order",
      { ...dense, operators: dense.operators.toReversed() },
      'reads tensor "fc1" before it is computed',
    ],
    ["a tensor is computed twice", { ...dense, operators: [...dense.operators, at(dense.operators, 2)] }, "which has a value already"],
    ["nothing computes the output", { ...dense, operators: dense.operators.slice(0, 2) }, "is not computed"],
    ["an output is a constant", { ...dense, outputs: [1] }, 'output, tensor "w0", is not computed'],
    ["there is no output", { ...dense, outputs: [] }, "no inputs or no outputs"],
    ["an input is there twice", { ...dense, inputs: [0, 0] }, 'has the input tensor "input" twice'],
    ["an input is a constant", { ...dense, inputs: [0, 1] }, 'input, tensor "w0", is a constant'],
    ["an activation is a constant", withFirst(dense, { input: 1 }), 'its input, tensor "w0", is an int8 constant'],
    ["a bias is int8", withFirst(dense, { bias: 1 }), 'its bias, tensor "w0", is an int8 constant'],
    ["weights are computed", withFirst(dense, { weights: 0 }), 'its weights, tensor "input", has no data'],
    ["channels make no groups", withTensor(images, "input", { shape: [1, 1, 32, 15] }), "its input has 15 channels, its weights are for 6"],
    ["a convolution has another size", withFirst(images, { padding: "valid" }), "settings make it [1, 1, 14, 16]"],
    ["a stride is none", withFirst(images, { stride: { height: 0, width: 1 } }), "its strides are 0 x 1"],
    ["scales run along another dimension", withTensor(images, "w0", { quantization: { axis: 1 } }), "dimension 1 instead of 1"],
    ["a reshape loses elements", withTensor(images, "flat", { shape: [1, 255] }), "which has another number of elements"],
    ["a tensor fits no microcontroller", withTensor(dense, "input", { shape: [4096, 4096, 2] }), "33554432 elements"],
    ["a tensor has many dimensions", withTensor(dense, "input", { shape: [1, 1, 1, 1, 1, 1, 8] }), "7 dimensions"],
  ])("%s", (_, graph, message) => {
    expectRefused(graph, message);
  });
});

/** Cases with one thing changed that TFLM refuses, or for which its arithmetic has no meaning. */
const CHANGED: readonly (readonly [name: string, change: (graph: Graph) => Graph, message: string])[] = [
  ["depthwise_conv_2d_01", (graph) => withTensor(graph, "input0", { shape: [1, 4, 6, 4] }), "its input is [1, 4, 6, 4], its weights"],
  ["average_pool_2d_00", (graph) => withTensor(graph, "t1", scale(0.0625)), "quantized unlike its input"],
  ["max_pool_2d_04", (graph) => withTensor(graph, "t1", zeroPoint(77)), "quantized unlike its input"],
  ["max_pool_2d_04", (graph) => withFirst(graph, { window: { height: 5000, width: 1 } }), "its window 5000 x 1"],
  ["mean_07", (graph) => withFirst(graph, { axes: [2] }), "its axes are [2] of 2 dimensions"],
  ["mean_07", (graph) => withFirst(graph, { axes: [1, 0] }), "its axes are [1, 0]"],
  ["mean_07", (graph) => withFirst(graph, { axes: [0] }), "its output is [3], but its input and axes make it [9]"],
  ["mean_07", (graph) => withTensor(graph, "t1", scale(2 ** -40)), "out of all proportion"],
  ["reshape_01", (graph) => withTensor(graph, "t1", { shape: [5, 5] }), "another number of elements"],
  ["pad_03", (graph) => withFirst(graph, { before: [0, -2], after: [0, 7] }), "its paddings are [0, -2] before"],
  ["pad_03", (graph) => withFirst(graph, { before: [0, 3] }), "but its inputs and settings make it [1, 11]"],
  ["add_07", (graph) => withTensor(graph, "input1", { shape: [1, 1, 1, 3] }), "do not broadcast"],
  ["add_07", (graph) => withTensor(graph, "t2", { shape: [3, 3, 4] }), "make it [1, 3, 3, 4]"],
  ["add_06", (graph) => withFirst(graph, { left: 1, right: 1 }), "both of its operands are constants"],
  ["add_06", (graph) => withTensor(graph, "t1", { quantization: { scales: [1, 2, 3, 4] } }), "several scales"],
  ["add_03", (graph) => withTensor(graph, "t2", scale(2 ** -30)), "out of all proportion"],
  ["sub_13", (graph) => withTensor(graph, "input0", scale(2 ** 100)), "out of all proportion"],
  ["mul_13", (graph) => withTensor(graph, "t2", scale(2 ** -30)), "its multiplier is"],
  ["concatenation_03", (graph) => withTensor(graph, "input1", { shape: [1, 3, 2, 2] }), "do not make up its output"],
  ["concatenation_03", (graph) => withTensor(graph, "input1", zeroPoint(-99)), "quantized unlike its output"],
  ["concatenation_10", (graph) => withFirst(graph, { inputs: Array.from({ length: 11 }, () => 0) }), "it has 11 inputs"],
  ["split_03", (graph) => withTensor(graph, "t1", { shape: [1, 4, 2] }), "an output is [1, 4, 2], but a part of its input"],
  ["split_03", (graph) => withFirst(graph, { axis: 3 }), "its axes are [3]"],
  ["strided_slice_01", (graph) => withFirst(graph, { begin: [0, 1] }), "it takes [1, 4] elements from [0, 1] on"],
  ["strided_slice_01", (graph) => withFirst(graph, { sizes: [1, 3] }), "its output is [1, 4], but its slice is [1, 3]"],
  ["strided_slice_01", (graph) => withFirst(graph, { sizes: [1, 4, 1] }), "it takes [1, 4, 1] elements"],
  ["relu_03", (graph) => withTensor(graph, "t1", scale(2 ** -40)), "its multiplier is"],
  ["relu6_03", (graph) => withTensor(graph, "t1", zeroPoint(99)), "quantized unlike its input"],
  ["leaky_relu_05", (graph) => withFirst(graph, { alpha: Infinity }), "its alpha is Infinity"],
  ["leaky_relu_05", (graph) => withFirst(graph, { alpha: 2 ** 30 }), "its multiplier is"],
  ["leaky_relu_05", (graph) => withTensor(graph, "t1", { shape: [1, 17] }), "its input is [17], its output [1, 17]"],
  ["logistic_03", (graph) => withTensor(graph, "t1", scale(1 / 128)), "its output has scale 0.0078125"],
  ["logistic_03", (graph) => withTensor(graph, "input0", scale(2 ** -30)), "its input has scale"],
  ["tanh_03", (graph) => withTensor(graph, "t1", scale(1 / 64)), "its output has scale 0.015625"],
  ["tanh_03", (graph) => withTensor(graph, "input0", scale(2 ** 40)), "its input has scale"],
  ["hard_swish_05", (graph) => withTensor(graph, "t1", scale(2 ** -20)), "out of all proportion"],
  ["softmax_05", (graph) => withTensor(graph, "t1", scale(1 / 128)), "its output has scale"],
  ["softmax_05", (graph) => withFirst(graph, { beta: -1 }), "its beta is -1"],
  [
    "softmax_05",
    (graph) => withTensor(withTensor(graph, "input0", { shape: [4096] }), "t1", { shape: [4096] }),
    "its rows have 4096 elements",
  ],
  ["arg_max_05", (graph) => withFirst(graph, { axis: 2 }), "make it [1, 3, 5]"],
  ["quantize_06", (graph) => withTensor(graph, "t1", scale(2 ** -40)), "its multiplier is"],
  ["dequantize_00", (graph) => withTensor(graph, "t1", { shape: [16] }), "its input is [1, 16], its output [16]"],
  ["unidirectional_sequence_lstm_01", (graph) => withTensor(graph, "t14", scale(0.75)), "its cell state has scale 0.75"],
  ["unidirectional_sequence_lstm_01", (graph) => withTensor(graph, "t14", scale(8)), "its cell state has scale 8"],
  ["unidirectional_sequence_lstm_01", (graph) => withTensor(graph, "t13", scale(2 ** -40)), "its hidden state has scale"],
  ["unidirectional_sequence_lstm_01", (graph) => withTensor(graph, "t13", { shape: [4] }), "its hidden state is [4]"],
  ["unidirectional_sequence_lstm_01", (graph) => withTensor(graph, "t1", zeroPoint(1)), "weights have 1 scales and zero point 1"],
  ["unidirectional_sequence_lstm_01", (graph) => withTensor(graph, "t14", zeroPoint(1)), 'tensor "t14" has zero point 1'],
  ["unidirectional_sequence_lstm_01", (graph) => withTensor(graph, "t15", { shape: [1, 6, 3] }), "make it [1, 6, 4]"],
  ["unidirectional_sequence_lstm_01", (graph) => withFirst(graph, { cellClip: -1 }), "its cell clip is -1"],
  ["unidirectional_sequence_lstm_01", (graph) => withFirst(graph, { cellState: 13 }), "is an int8 variable"],
  [
    "unidirectional_sequence_lstm_01",
    (graph) => {
      const [lstm] = graph.operators as [Operator];
      const again = { ...at(graph.tensors, graph.tensors.length - 1), name: "again" };
      return { ...graph, tensors: [...graph.tensors, again], operators: [lstm, { ...lstm, output: graph.tensors.length } as Operator] };
    },
    'keeps its state in tensor "t13", as another does',
  ],
];

describe("an operator is refused:", () => {
  test.each(CHANGED)("%s, changed: $2", (name, change, message) => {
    const graph = golden(name);
    expect(checkGraph(graph)).toEqual([]);
    expectRefused(change(graph), message);
  });

  test("every supported one is among them", () => {
    const checked = new Set([...CHANGED.map(([name]) => name.replace(/_\d+$/, "").toUpperCase()), "CONV_2D", "FULLY_CONNECTED"]);
    const others = new Set(OPERATOR_CASES.flatMap(({ ops }) => ops).filter((operator) => !checked.has(operator)));
    // Both are read as RESHAPE.
    expect([...others].sort()).toEqual(["EXPAND_DIMS", "SQUEEZE"]);
  });
});
