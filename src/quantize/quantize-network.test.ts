import { describe, expect, test } from "vitest";
import { at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import { onlyOutput, weightTensor, type Graph } from "../artifacts/graph.ts";
import { lowerGraph } from "../lower/lower-graph.ts";
import { forwardLayers, type Activation, type FloatNetwork } from "../artifacts/network.ts";
import { createInterpreter } from "./interpreter.ts";
import { quantizeNetwork, WEIGHT_GRANULARITIES } from "./quantize-network.ts";

const random = new Random(11);

function network(widths: readonly number[], activation: Activation): FloatNetwork {
  return {
    layers: widths.slice(1).map((outputs, index) => {
      const inputs = at(widths, index);
      return {
        kind: "dense",
        inputs,
        outputs,
        // Rows of very different size: what a scale a layer serves badly.
        weights: Float32Array.from(
          { length: inputs * outputs },
          (_, weight) => random.normal() * 0.4 * 2 ** -(Math.floor(weight / inputs) % 4),
        ),
        bias: Float32Array.from({ length: outputs }, () => random.normal() * 0.2),
        activation: index === widths.length - 2 ? "linear" : activation,
      };
    }),
  };
}

function rows(count: number, width: number): Float32Array {
  return Float32Array.from({ length: count * width }, () => random.next());
}

/** Largest difference of the dequantized outputs from the float ones, as a share of the output's range. */
function worstError(float: FloatNetwork, graph: Graph, inputs: Float32Array, width: number): number {
  const interpreter = createInterpreter(valueOf(lowerGraph(graph)));
  const { scales, zeroPoint } = onlyOutput(graph).quantization;
  let worst = 0;
  for (let start = 0; start < inputs.length; start += width) {
    const input = inputs.subarray(start, start + width);
    const quantized = interpreter.infer(Int8Array.from(input, (value) => Math.round(value * 255) - 128));
    const exact = at(forwardLayers(float, input), float.layers.length - 1);
    exact.forEach((value, index) => {
      worst = Math.max(worst, Math.abs(at(scales, 0) * (at(quantized, index) - zeroPoint) - value) / (at(scales, 0) * 255));
    });
  }
  return worst;
}

describe.each(WEIGHT_GRANULARITIES)("%s", (granularity) => {
  test.each(["relu", "tanh"] as const)("stays near a %s network", (activation) => {
    const float = network([6, 20, 12, 3], activation);
    const inputs = rows(400, 6);
    expect(worstError(float, quantizeNetwork(float, inputs, granularity), inputs, 6)).toBeLessThan(
      granularity === "per-channel" ? 0.04 : 0.08,
    );
  });

  test("zeros, and outputs that never change, have a scale all the same", () => {
    const float: FloatNetwork = {
      layers: [{ kind: "dense", inputs: 2, outputs: 2, weights: new Float32Array(4), bias: new Float32Array(2), activation: "linear" }],
    };
    const graph = quantizeNetwork(float, rows(4, 2), granularity);
    expect(createInterpreter(valueOf(lowerGraph(graph))).infer(Int8Array.of(5, -7))).toEqual(Int8Array.of(0, 0));
  });
});

test("an output whose meaning is fixed keeps it, whatever calibration reaches, and stays near the network inside of it", () => {
  const float = network([6, 20, 3], "relu");
  const inputs = rows(400, 6);
  const exact = Array.from({ length: 400 }, (_, row) => at(forwardLayers(float, inputs.subarray(6 * row, 6 * row + 6)), 1)[0] ?? 0);
  const reach = Math.max(...exact.map(Math.abs));
  const output = { scale: Math.fround(reach / 2 / 127), zeroPoint: 0 };
  const graph = quantizeNetwork(float, inputs, "per-channel", output);
  expect(onlyOutput(graph).quantization).toEqual({ scales: [output.scale], zeroPoint: 0, axis: 0 });
  const interpreter = createInterpreter(valueOf(lowerGraph(graph)));
  exact.forEach((value, row) => {
    const [got] = interpreter.infer(Int8Array.from(inputs.subarray(6 * row, 6 * row + 6), (each) => Math.round(each * 255) - 128));
    const inside = Math.min(Math.max(value, -reach / 2), reach / 2);
    expect(Math.abs((got ?? NaN) * output.scale - inside)).toBeLessThan(0.05 * reach);
  });
});

test("weights reach 127 in each row per channel, in one row per tensor", () => {
  const float = network([8, 6, 2], "relu");
  const largest = (granularity: "per-channel" | "per-tensor"): number[] => {
    const graph = quantizeNetwork(float, rows(50, 8), granularity);
    const { data, shape } = weightTensor(
      graph,
      at(
        graph.operators.flatMap((each) => ("weights" in each ? [each.weights] : [])),
        0,
      ),
    );
    const width = at(shape, 1);
    return Array.from({ length: at(shape, 0) }, (_, row) => Math.max(...data.subarray(row * width, (row + 1) * width).map(Math.abs)));
  };
  expect(largest("per-channel")).toEqual([127, 127, 127, 127, 127, 127]);
  expect(largest("per-tensor").filter((value) => value === 127)).toHaveLength(1);
});
