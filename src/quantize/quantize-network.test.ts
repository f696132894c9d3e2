import { describe, expect, test } from "vitest";
import { at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import { biasValues, onlyOutput, weightTensor, type FullyConnected, type Graph } from "../artifacts/graph.ts";
import { parameterIds, parameterOf, withParameters, type FloatNetwork } from "../artifacts/network.ts";
import { lowerGraph } from "../lower/lower-graph.ts";
import { createFloatInterpreter } from "./float-interpreter.ts";
import { quantizeValues } from "./int8-values.ts";
import { createInterpreter } from "./interpreter.ts";
import { WEIGHT_GRANULARITIES } from "./plan-quantization.ts";
import { randomNetwork } from "./testing/random-network.ts";
import { denseNetwork, quantizedUniformly, uniformRows, type QuantizedOptions } from "./testing.ts";

/** Rows of very different size: what a scale a layer serves badly. */
function uneven(widths: readonly number[], activation: "relu" | "tanh"): FloatNetwork {
  const network = denseNetwork(widths, activation, new Random(11));
  const weights = parameterIds(network).filter((id) => parameterOf(network, id).shape.length === 2);
  const changed = weights.map((id) => {
    const { data, shape } = parameterOf(network, id);
    return [id, data.map((value, index) => value * 2 ** -(Math.floor(index / at(shape, 1)) % 4))] as const;
  });
  return withParameters(network, new Map(changed));
}

/** Largest difference of the int8 outputs from the float ones, as a share of the output's range; values beyond it are cut off. */
function worstError(network: FloatNetwork, options: QuantizedOptions): number {
  const graph = quantizedUniformly(network, { ...options, rows: 400 });
  const interpreter = createInterpreter(valueOf(lowerGraph(graph)));
  const float = createFloatInterpreter(network);
  const [input, output] = [at(graph.tensors, at(graph.inputs, 0)).quantization, onlyOutput(graph).quantization];
  let worst = 0;
  for (const row of uniformRows(network, new Random(1), 400)) {
    const exact = quantizeValues(at(float.infer([row]), 0), output);
    const found = interpreter.infer(quantizeValues(row, input));
    exact.forEach((value, index) => (worst = Math.max(worst, Math.abs(value - at(found, index)) / 255)));
  }
  return worst;
}

function layers(graph: Graph): FullyConnected[] {
  return graph.operators.filter((operator) => operator.kind === "fully-connected");
}

describe.each(WEIGHT_GRANULARITIES)("%s", (granularity) => {
  test.each(["relu", "tanh"] as const)("stays near a %s network", (activation) => {
    const most = granularity === "per-channel" ? 0.03 : 0.06;
    expect(worstError(uneven([6, 20, 12, 3], activation), { granularity })).toBeLessThan(most);
  });

  test("stays near it where the output's meaning is fixed, whatever calibration reaches", () => {
    const output = { scale: Math.fround(1 / 127), zeroPoint: 0 };
    const network = uneven([6, 20, 3], "relu");
    expect(onlyOutput(quantizedUniformly(network, { granularity, output })).quantization).toEqual({
      scales: [output.scale],
      zeroPoint: 0,
      axis: 0,
    });
    expect(worstError(network, { granularity, output })).toBeLessThan(0.06);
  });

  test("zeros, and outputs that never change, have a scale all the same", () => {
    const zeros = (network: FloatNetwork): FloatNetwork =>
      withParameters(network, new Map(parameterIds(network).map((id) => [id, parameterOf(network, id).data.map(() => 0)])));
    const graph = quantizedUniformly(zeros(denseNetwork([2, 3, 2], "relu", new Random(1))), { granularity });
    expect(createInterpreter(valueOf(lowerGraph(graph))).infer(Int8Array.of(5, -7))).toEqual(Int8Array.of(0, 0));
  });

  test("a bias is told in steps of input times weight, and those are large enough for it", () => {
    const network = denseNetwork([4, 3], "relu", new Random(2));
    const [weights, bias] = parameterIds(network);
    const tiny = withParameters(network, new Map([[weights ?? -1, parameterOf(network, weights ?? -1).data.map((value) => value * 1e-9)]]));
    for (const each of [network, tiny]) {
      const graph = quantizedUniformly(each, { granularity });
      const [layer] = layers(graph);
      if (layer === undefined || layer.bias === null) throw new Error("it has a bias");
      const { quantization } = at(graph.tensors, layer.bias);
      const inputScale = at(at(graph.tensors, layer.input).quantization.scales, 0);
      expect(quantization.scales).toEqual(
        weightTensor(graph, layer.weights).quantization.scales.map((scale) => Math.fround(scale * inputScale)),
      );
      const scaleOf = (row: number): number => at(quantization.scales, quantization.scales.length === 1 ? 0 : row);
      biasValues(graph, layer.bias, 3).forEach((value, row) => {
        const exact = at(parameterOf(each, bias ?? -1).data, row);
        expect(Math.abs(value * scaleOf(row) - exact)).toBeLessThanOrEqual(scaleOf(row) / 2 + 1e-9);
      });
      expect(lowerGraph(graph)).toMatchObject({ ok: true });
    }
  });
});

test("weights reach 127 in each row per channel, in one row per tensor", () => {
  const largest = (granularity: "per-channel" | "per-tensor"): number[] => {
    const graph = quantizedUniformly(uneven([8, 6, 2], "relu"), { granularity });
    const { data, shape } = weightTensor(graph, at(layers(graph), 0).weights);
    const width = at(shape, 1);
    return Array.from({ length: at(shape, 0) }, (_, row) => Math.max(...data.subarray(row * width, (row + 1) * width).map(Math.abs)));
  };
  expect(largest("per-channel")).toEqual([127, 127, 127, 127, 127, 127]);
  expect(largest("per-tensor").filter((value) => value === 127)).toHaveLength(1);
});

test.each([
  ["fully-connected", 0],
  ["conv-2d", 0],
  ["depthwise-conv-2d", 3],
] as const)("each output of %s has a scale, along dimension %i", (kind, axis) => {
  for (let seed = 0; seed < 10; seed++) {
    const graph = quantizedUniformly(randomNetwork(seed, [kind]));
    for (const operator of graph.operators) {
      if (operator.kind !== kind) continue;
      const { shape, quantization } = weightTensor(graph, operator.weights);
      expect(quantization.scales).toHaveLength(at(shape, axis));
      expect(quantization.axis).toBe(axis);
    }
  }
});

test("parameters that several operators share are stored once, biases once for each scale of inputs", () => {
  const base = denseNetwork([4, 4, 4], "tanh", new Random(3));
  const [first] = base.operators;
  if (first?.kind !== "fully-connected") throw new Error("it begins with a layer");
  const shared = base.operators.map((operator) =>
    operator.kind === "fully-connected" ? { ...operator, weights: first.weights, bias: first.bias } : operator,
  );
  const graph = quantizedUniformly({ ...base, operators: shared });
  const [one, other] = layers(graph);
  expect(one?.weights).toBe(other?.weights);
  expect(one?.bias).not.toBe(other?.bias);
  const [values, again] = [one, other].map((layer) => {
    const scales = at(graph.tensors, layer?.bias ?? -1).quantization.scales;
    return Array.from(biasValues(graph, layer?.bias ?? -1, 4), (value, row) => value * at(scales, row));
  });
  values?.forEach((value, row) => {
    expect(again?.[row]).toBeCloseTo(value, 3);
  });
});
