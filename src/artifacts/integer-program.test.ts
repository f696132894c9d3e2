import { describe, expect, test } from "vitest";
import type { Graph, Tensor } from "./graph.ts";
import { lowerGraph } from "./integer-program.ts";

const tensor = (name: string, width: number, scale: number, zeroPoint: number): Tensor => ({
  kind: "activation",
  name,
  shape: [1, width],
  quantization: { scales: [scale], zeroPoint, axis: 0 },
});

function oneLayer(weight: number, inputs: number, bias: number, outputScale: number): Graph {
  return {
    tensors: [
      tensor("in", inputs, 0.1, -128),
      {
        kind: "constant",
        name: "w",
        shape: [1, inputs],
        quantization: { scales: [0.1], zeroPoint: 0, axis: 0 },
        data: new Int8Array(inputs).fill(weight),
      },
      { kind: "constant", name: "b", shape: [1], quantization: { scales: [0.01], zeroPoint: 0, axis: 0 }, data: Int32Array.of(bias) },
      tensor("out", 1, outputScale, 0),
    ],
    operators: [{ kind: "fully-connected", input: 0, weights: 1, bias: 2, output: 3, activation: "none" }],
    input: 0,
    output: 3,
  };
}

describe("accumulators", () => {
  test("that fit are lowered", () => {
    const outcome = lowerGraph(oneLayer(127, 100, 1000, 1));
    expect(outcome.ok && outcome.value.steps).toHaveLength(1);
  });

  test("that could leave int32 are refused, by weights, by bias and by a multiplier above 1", () => {
    for (const graph of [oneLayer(127, 70_000, 0, 1), oneLayer(1, 1, 2 ** 31 - 1, 1), oneLayer(127, 1000, 0, 0.01 / 2 ** 10)]) {
      const outcome = lowerGraph(graph);
      expect(outcome.ok).toBe(false);
      if (!outcome.ok) expect(outcome.diagnostics[0]).toMatchObject({ code: "accumulator-overflow" });
    }
  });
});

test("operators that do not form a chain are refused", () => {
  const graph = oneLayer(1, 4, 0, 1);
  const branched: Graph = {
    ...graph,
    tensors: [...graph.tensors, tensor("again", 4, 1 / 128, 0)],
    operators: [...graph.operators, { kind: "tanh", input: 0, output: 4 }],
    output: 4,
  };
  const outcome = lowerGraph(branched);
  expect(outcome.ok).toBe(false);
  if (!outcome.ok) expect(outcome.diagnostics[0]).toMatchObject({ code: "graph-branches" });
});

test("a reshape costs neither a step nor memory", () => {
  const graph = oneLayer(1, 4, 0, 1);
  const reshaped: Graph = {
    ...graph,
    tensors: [...graph.tensors, { ...tensor("flat", 1, 1, 0), shape: [1, 1, 1] }],
    operators: [...graph.operators, { kind: "reshape", input: 3, output: 4 }],
    output: 4,
  };
  const outcome = lowerGraph(reshaped);
  expect(outcome.ok && [outcome.value.steps.length, outcome.value.buffers.length]).toEqual([1, 2]);
});
