// The bound on the arena: never below what TensorFlow Lite Micro was seen to need, seldom far above it. That it holds for any graph is
// tested with TensorFlow Lite Micro itself: tests/peers/tflite.test.ts, and tests/conformance/tflm.test.ts where TFLM_ROOT is set.

import { describe, expect, test } from "vitest";
import { goldenCase } from "../../../tests/golden/models.ts";
import { elementCount, type Graph } from "../../artifacts/graph.ts";
import { at } from "../../core/assert.ts";
import { valueOf } from "../../core/diagnostic.ts";
import { Random } from "../../core/random.ts";
import { denseNetwork, quantizedUniformly } from "../../quantize/testing.ts";
import { readTflite } from "../../tflite/read.ts";
import { arenaBytes, boundArena, measuredBytes, neededBytes } from "./arena.ts";
import { planBytes, type PlannedBuffer } from "./arena-plan.ts";

const golden = (name: "mlpA" | "convD"): Graph => valueOf(readTflite(goldenCase(name).model, name));

/** Only its shape matters here. */
function network(...widths: readonly number[]): Graph {
  return quantizedUniformly(denseNetwork(widths, "relu", new Random(1)), { granularity: "per-tensor" });
}

// The smallest arena that TFLM starts in: reference kernels on x86-64; on Cortex-M4 reference kernels and CMSIS-NN.
test.each([
  ["mlpA", golden("mlpA"), 1616, 1072, 1152],
  ["convD", golden("convD"), 2976, 2064, 2384],
  ["24-32-16-4", network(24, 32, 16, 4), 1616, 1072, 1152],
  ["64-128-128-64-8", network(64, 128, 128, 64, 8), 1968, 1312, 1408],
])("%s: at least each measured one, and at most a quarter more", (_, graph, computer, reference, cmsis) => {
  for (const [measured, needed] of [
    [computer, neededBytes(boundArena(graph, "reference"), 8)],
    [reference, neededBytes(boundArena(graph, "reference"), 4)],
    [cmsis, neededBytes(boundArena(graph, "cmsis-nn"), 4)],
  ] as const) {
    expect(Math.ceil(needed / 16) * 16).toBeGreaterThanOrEqual(measured);
    expect(needed).toBeLessThanOrEqual(measured * 1.25);
  }
});

test("the vector unit of the ESP32-S3 gets room for copies of a convolution's weights", () => {
  const graph = golden("convD");
  const [other = Infinity, vector = 0] = (["esp-nn", "esp-nn-s3"] as const).map((each) => neededBytes(boundArena(graph, each), 4));
  const weights = graph.operators.map((each) => (each.kind === "conv-2d" ? elementCount(at(graph.tensors, each.weights).shape) : 0));
  expect(vector).toBeGreaterThan(other + Math.max(...weights));
});

test("what was measured holds for other kernels with what they ask for besides", () => {
  const graph = golden("convD");
  expect(measuredBytes(graph, "reference", 2464)).toBe(2464);
  expect(measuredBytes(graph, "cmsis-nn", 2464)).toBeGreaterThan(2464);
  expect(arenaBytes(1000)).toBe(1104);
});

describe("the planner", () => {
  const buffer = (bytes: number, first: number, last: number): PlannedBuffer => ({ bytes, first, last });

  test("puts what does not meet into the same place", () => {
    expect(planBytes([buffer(64, 0, 1), buffer(32, 1, 2), buffer(64, 2, 3)])).toBe(96);
  });

  test("fills the first gap that is large enough, the largest first", () => {
    expect(planBytes([buffer(100, 0, 1), buffer(80, 1, 2), buffer(60, 2, 3), buffer(20, 2, 2)])).toBe(180);
    expect(planBytes([buffer(16, 0, 0), buffer(48, 0, 2), buffer(32, 2, 2)])).toBe(80);
  });

  test("needs nothing for nothing", () => {
    expect(planBytes([])).toBe(0);
  });
});
