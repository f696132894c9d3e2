// The printed policy: its operators, its model's bytes, and an arena that holds what was measured.

import { describe, expect, test } from "vitest";
import { goldenCase } from "../../../tests/golden/models.ts";
import { lowerGraph } from "../../lower/lower-graph.ts";
import type { Graph } from "../../artifacts/graph.ts";
import { valueOf } from "../../core/diagnostic.ts";
import { Random } from "../../core/random.ts";
import { denseNetwork, quantizedUniformly } from "../../quantize/testing.ts";
import { readTflite } from "../../tflite/read.ts";
import { ARENA_MARGIN_PERCENT, arenaBytes, estimateArena } from "./arena.ts";
import { emitTflmPolicy } from "./policy.ts";

const golden = (name: "mlpA" | "convD"): Graph => valueOf(readTflite(goldenCase(name).model, name));

/** Only its shape matters here. */
function network(...widths: readonly number[]): Graph {
  return quantizedUniformly(denseNetwork(widths, "relu", new Random(1)), { granularity: "per-tensor" });
}

describe("the arena", () => {
  // The smallest that TFLM starts in: reference kernels on x86-64; on Cortex-M4 reference kernels and CMSIS-NN.
  test.each([
    ["mlpA", golden("mlpA"), 1616, 1072, 1152],
    ["convD", golden("convD"), 2976, 2064, 2384],
    ["24-32-16-4", network(24, 32, 16, 4), 1616, 1072, 1152],
    ["64-128-128-64-8", network(64, 128, 128, 64, 8), 1968, 1312, 1408],
  ])("of %s has its margin over every measured one, and is not twice as large again", (_, graph, computer, reference, cmsis) => {
    const margin = 1 + ARENA_MARGIN_PERCENT / 100;
    const estimate = estimateArena(graph);
    for (const [measured, bytes] of [
      [computer, arenaBytes(estimate, 8)],
      [reference, arenaBytes(estimate, 4)],
      [cmsis, arenaBytes(estimate, 4)],
    ] as const) {
      expect(bytes).toBeGreaterThanOrEqual(measured * margin);
      expect(bytes).toBeLessThanOrEqual(measured * margin * 2);
    }
  });
});

describe("the files", () => {
  const model = goldenCase("convD").model;
  const graph = golden("convD");
  const policy = emitTflmPolicy(graph, valueOf(lowerGraph(graph)), model, {
    name: "conv",
    policyHash: "0123456789abcdef",
    toolVersion: "0.0.0",
    origin: [],
  });
  const text = (path: string): string => String(policy.files.get(path));

  test("hold the model, byte by byte", () => {
    const table = text("policy_model.cpp").split("= {")[1] ?? "";
    expect(Uint8Array.from(table.match(/0x[0-9a-f]{2}/g) ?? [], Number)).toEqual(model);
    expect(policy.constantBytes).toBe(model.length);
  });

  test("register exactly the operators of the model", () => {
    expect(text("policy.cpp").match(/resolver\.Add\w+/g)).toEqual([
      "resolver.AddConv2D",
      "resolver.AddReshape",
      "resolver.AddFullyConnected",
    ]);
    expect(text("policy.cpp")).toContain("MicroMutableOpResolver<3>");
  });

  test("say what they were made from and how large they are", () => {
    expect(text("policy.cpp")).toContain(`${policy.ramBytes} on a 32-bit core`);
    for (const path of policy.files.keys()) expect(text(path)).toContain("hash 0123456789abcdef");
  });
});
