import { expect, test } from "vitest";
import { at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import { INPUT_QUANTIZATION } from "../artifacts/encoding.ts";
import type { Graph } from "../artifacts/graph.ts";
import type { IntegerProgram } from "../artifacts/integer-program.ts";
import type { FloatNetwork } from "../artifacts/network.ts";
import { lowerGraph } from "../lower/lower-graph.ts";
import { activationRanges } from "./activation-ranges.ts";
import { layerErrors } from "./layer-errors.ts";
import { planQuantization } from "./plan-quantization.ts";
import { quantizeNetwork } from "./quantize-network.ts";
import { denseNetwork, quantizedUniformly, uniformRows } from "./testing.ts";

const lower = (graph: Graph): IntegerProgram => valueOf(lowerGraph(graph));

test("layers are in the order of computation, a few steps off, with more noise the further down", () => {
  const network = denseNetwork([8, 16, 16, 3], "tanh", new Random(1));
  const errors = layerErrors(network, quantizedUniformly(network), [uniformRows(network, new Random(1), 64)], lower);
  expect(errors.map(({ name, operator }) => `${name}: ${operator}`)).toEqual([
    "layer1/sum: fully-connected",
    "layer1: tanh",
    "layer2/sum: fully-connected",
    "layer2: tanh",
    "action: fully-connected",
  ]);
  for (const { step, meanError, largestError } of errors) {
    expect(meanError).toBeLessThan(2 * step);
    expect(largestError).toBeLessThan(10 * step);
    expect(meanError).toBeLessThan(largestError);
  }
  const [first, last] = [at(errors, 0), at(errors, errors.length - 1)].map(({ signalToNoiseDb }) => signalToNoiseDb ?? NaN);
  expect(first).toBeGreaterThan(35);
  expect(last).toBeGreaterThan(25);
  expect(last).toBeLessThan(first ?? NaN);
});

/** What is sensed, twice. */
const doubled: FloatNetwork = {
  tensors: ["observation", "action"].map((name) => ({ kind: "activation", name, shape: [1, 2] })),
  operators: [{ kind: "add", left: 0, right: 0, output: 1, activation: "none" }],
  inputs: [0],
  outputs: [1],
};

test("what was cut off counts as error and as clipped", () => {
  const ranges = activationRanges(doubled, [[Float32Array.of(0.25, -0.25)]]);
  const plan = planQuantization(doubled, ranges, { input: INPUT_QUANTIZATION, output: null, granularity: "per-channel" });
  const [error] = layerErrors(doubled, quantizeNetwork(doubled, plan), [[Float32Array.of(0.2, 0.1), Float32Array.of(-0.1, 1)]], lower);
  expect(error?.clipped).toBe(0.25);
  expect(error?.largestError).toBeCloseTo(1.5, 1);
  expect(error?.meanError).toBeCloseTo(1.5 / 4, 1);
  expect(error?.signalToNoiseDb).toBeCloseTo(10 * Math.log10((0.4 ** 2 + 2 * 0.2 ** 2 + 2 ** 2) / 1.5 ** 2), 0);
});

test("state of int8 begins at zero in each sequence, as that of float does", () => {
  const counter: FloatNetwork = {
    tensors: ["observation", "state", "next_state", "action"].map((name) => ({ kind: "activation", name, shape: [1, 1] })),
    operators: [
      { kind: "add", left: 0, right: 1, output: 2, activation: "none" },
      { kind: "add", left: 2, right: 1, output: 3, activation: "none" },
    ],
    inputs: [0, 1],
    outputs: [3, 2],
  };
  const sequences = Array.from({ length: 5 }, () => [Float32Array.of(0.5), Float32Array.of(0.25)]);
  const plan = planQuantization(counter, activationRanges(counter, sequences), {
    input: INPUT_QUANTIZATION,
    output: null,
    granularity: "per-channel",
  });
  for (const { largestError, step } of layerErrors(counter, quantizeNetwork(counter, plan), sequences, lower))
    expect(largestError).toBeLessThan(2 * step);
});

test("without a signal there is no ratio", () => {
  const [error] = layerErrors(doubled, quantizedUniformly(doubled), [[Float32Array.of(0, 0)]], lower);
  expect(error).toMatchObject({ meanError: 0, largestError: 0, signalToNoiseDb: null, clipped: 0 });
});
