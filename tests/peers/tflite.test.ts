import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { valueOf } from "../../src/core/diagnostic.ts";
import type { Graph } from "../../src/artifacts/graph.ts";
import { rawSizes } from "../../src/artifacts/integer-program.ts";
import { boundArena, neededBytes } from "../../src/emit/tflm/arena.ts";
import { BUFFER_ALIGNMENT, roundUp } from "../../src/emit/tflm/arena-plan.ts";
import { lowerGraph } from "../../src/lower/lower-graph.ts";
import { createInterpreter } from "../../src/quantize/interpreter.ts";
import { readTflite } from "../../src/tflite/read.ts";
import { writeTflite } from "../../src/tflite/write.ts";
import { goldenCase, sharedGoldenCase, sharedGoldenIsMissing } from "../golden/models.ts";
import { peersAreMissing, runModels } from "./peers.ts";
import { randomGraph, randomInputs } from "../random-graph.ts";

const rewritten = (model: Uint8Array): Uint8Array => writeTflite(valueOf(readTflite(model, "golden")), { description: "rewritten" });

/** Our interpreter's outputs for vectors that stand one after another. */
function interpret(graph: Graph, inputs: Int8Array): Int8Array {
  const program = valueOf(lowerGraph(graph));
  const interpreter = createInterpreter(program);
  const { inputBytes: width } = rawSizes(program);
  const outputs = Array.from({ length: inputs.length / width }, (_, index) =>
    interpreter.infer(inputs.subarray(index * width, (index + 1) * width)),
  );
  return Int8Array.from(outputs.flatMap((output) => [...output]));
}

function largestDifference(left: Int8Array, right: Int8Array): number {
  expect(left).toHaveLength(right.length);
  return left.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (right[index] as number))), 0);
}

/**
 * What the Python binding keeps in the arena beyond what a board does: an allocator that records (208 bytes more, recording_micro_allocator.h) and
 * what decompresses weights, for the graph and for each operator that has any.
 */
function bindingBytes({ operators }: Graph): number {
  return 272 + 32 * operators.filter((operator) => "weights" in operator).length;
}

/** Kinds of operators that a graph may hold. */
const OPERATOR_KINDS = 25;

describe.skipIf(peersAreMissing())("what we write, run by others:", () => {
  const cases = (["mlpA", "convD"] as const).flatMap((name) => [goldenCase(name), goldenCase(name, "extreme")]);
  const runs = cases.map(({ model, inputs }) => ({ model: rewritten(model), inputs }));

  test("TFLM gives the golden outputs, bit for bit", async () => {
    const outputs = await runModels("tflm", runs);
    outputs.forEach((output, index) => {
      expect(output).toEqual(cases[index]?.outputs);
    });
  });

  test("LiteRT gives them within 1 LSB", async () => {
    const outputs = await runModels("litert", runs);
    outputs.forEach((output, index) => {
      expect(largestDifference(output, cases[index]?.outputs ?? new Int8Array())).toBeLessThanOrEqual(1);
    });
  });

  test("TFLM and our interpreter agree on random graphs, bit for bit, in an arena that holds what is counted and no more", async () => {
    const seeds = Array.from({ length: 200 }, (_, index) => index);
    const graphs = seeds.map((seed) => randomGraph(seed));
    const graphRuns = graphs.map((graph, seed) => ({
      model: writeTflite(graph, { description: `${seed}` }),
      inputs: randomInputs(graph, seed, 16),
      arenaBytes: roundUp(neededBytes(boundArena(graph, "reference"), 8) + bindingBytes(graph), BUFFER_ALIGNMENT),
    }));
    const outputs = await runModels("tflm", graphRuns);
    const differing = seeds.filter(
      (seed) => !isDeepStrictEqual(outputs[seed], interpret(graphs[seed] as Graph, (graphRuns[seed] as { inputs: Int8Array }).inputs)),
    );
    expect(differing).toEqual([]);
    expect(new Set(graphs.flatMap(({ operators }) => operators.map(({ kind }) => kind))).size).toBe(OPERATOR_KINDS);
    expect(new Set(outputs.flatMap((output) => [...output])).size).toBeGreaterThan(200);
  });
});

describe.skipIf(peersAreMissing() || sharedGoldenIsMissing())("TensorFlow's hello_world, rewritten,", () => {
  test("runs in TFLM, bit for bit", async () => {
    const { model, inputs, outputs } = sharedGoldenCase("hello_world_int8");
    expect(await runModels("tflm", [{ model: rewritten(model), inputs }])).toEqual([outputs]);
  });
});
