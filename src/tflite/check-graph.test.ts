import { describe, expect, test } from "vitest";
import { goldenCase } from "../../tests/golden/models.ts";
import { at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import type { Convolution2d, FullyConnected, Graph, Operator, Quantization, Tensor } from "../artifacts/graph.ts";
import { checkGraph } from "./check-graph.ts";
import { readTflite } from "./read.ts";

const dense = valueOf(readTflite(goldenCase("mlpA").model, "mlpA"));
const images = valueOf(readTflite(goldenCase("convD").model, "convD"));

/** The graph with some things of the first tensor of that name changed. */
function withTensor(graph: Graph, name: string, change: Partial<Pick<Tensor, "shape">> & { quantization?: Partial<Quantization> }): Graph {
  const tensors = graph.tensors.map((tensor) =>
    tensor.name === name ? { ...tensor, ...change, quantization: { ...tensor.quantization, ...change.quantization } } : tensor,
  );
  return { ...graph, tensors };
}

function withFirst(graph: Graph, change: Partial<FullyConnected> | Partial<Convolution2d>): Graph {
  const [first, ...rest] = graph.operators;
  return { ...graph, operators: [{ ...first, ...change } as Operator, ...rest] };
}

/** mlpA's input through TANH. */
function withTanh(quantization: Quantization): Graph {
  const output: Tensor = { kind: "activation", name: "squashed", shape: [1, 8], quantization };
  return { tensors: [at(dense.tensors, 0), output], operators: [{ kind: "tanh", input: 0, output: 1 }], input: 0, output: 1 };
}

describe("a graph is refused when", () => {
  test.each<readonly [string, Graph, string]>([
    ["a scale is no float32 number", withTensor(dense, "input", { quantization: { scales: [0.1] } }), 'tensor "input" has scale 0.1'],
    ["weights have a zero point", withTensor(dense, "w0", { quantization: { zeroPoint: 3 } }), "weights have zero point 3"],
    ["a bias has another scale", withTensor(dense, "b0", { quantization: { scales: [0.5] } }), "its bias has scale 0.5, not the product"],
    ["a multiplier is huge", withTensor(dense, "input", { quantization: { scales: [2 ** 40] } }), "out of all proportion"],
    [
      "a clamp is beyond the output",
      withTensor(withFirst(images, { activation: "relu6" }), "conv0", { quantization: { scales: [2 ** -30] } }),
      "too small for relu6",
    ],
    ["a layer is a batch", withTensor(dense, "input", { shape: [2, 8] }), "it computes a batch"],
    ["inputs do not fit weights", withTensor(dense, "input", { shape: [1, 7] }), "its weights are 16 x 8"],
    [
      "tensors are computed out of order",
      { ...dense, operators: dense.operators.toReversed() },
      'reads tensor "fc1" before it is computed',
    ],
    [
      "a tensor is computed twice",
      { ...dense, operators: [...dense.operators, at(dense.operators, 2)] },
      'writes tensor "fc2", which has a value already',
    ],
    ["nothing computes the output", { ...dense, operators: dense.operators.slice(0, 2) }, "is not computed"],
    ["an activation is a constant", withFirst(dense, { input: 1 }), 'its input, tensor "w0", is a constant'],
    ["a bias is int8", withFirst(dense, { bias: 1 }), 'its bias, tensor "w0", is not int32'],
    [
      "a convolution has groups",
      withTensor(images, "input", { shape: [1, 1, 32, 12] }),
      "its input has 12 channels, its weights are for 6",
    ],
    [
      "a convolution's output has another size",
      withFirst(images, { padding: "valid" }),
      "input, weights and padding make it [1, 1, 14, 16]",
    ],
    ["a stride is a fraction of nothing", withFirst(images, { stride: { height: 0, width: 1 } }), "its strides are 0 x 1"],
    [
      "scales run along another dimension",
      withTensor(images, "w0", { quantization: { axis: 1 } }),
      "16 scales along dimension 1 instead of one",
    ],
    ["a reshape loses elements", withTensor(images, "flat", { shape: [1, 255] }), "which has another number of elements"],
    ["a tensor fits no microcontroller", withTensor(dense, "input", { shape: [4096, 4096, 2] }), "33554432 elements"],
    ["TANH's output has another scale", withTanh({ scales: [1 / 64], zeroPoint: 0, axis: 0 }), "its output has scale 0.015625"],
  ])("%s", (_, graph, message) => {
    expect(checkGraph(graph).map((each) => each.message)).toContainEqual(expect.stringContaining(message));
  });

  test("and only then", () => {
    for (const graph of [dense, images, withTanh({ scales: [1 / 128], zeroPoint: 0, axis: 0 })]) expect(checkGraph(graph)).toEqual([]);
  });
});
