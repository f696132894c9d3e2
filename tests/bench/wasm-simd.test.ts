// What WebAssembly's simd128 gains, in one run: the same policy built with and without it takes its turns on this machine's clock, and
// the fastest round of each counts. Both give the same outputs.

import { expect, test } from "vitest";
import { valueOf } from "../../src/core/diagnostic.ts";
import type { Graph } from "../../src/artifacts/graph.ts";
import { rawSizes } from "../../src/artifacts/integer-program.ts";
import { emitPolicy } from "../../src/emit/c/policy.ts";
import { yowaspClang } from "../../src/host/toolchains/yowasp-clang.ts";
import { lowerGraph } from "../../src/lower/lower-graph.ts";
import { mlp } from "./models.ts";

const ROUNDS = 15;
/** Long enough for the engine's optimizing compiler to take over, short enough that some round is undisturbed. */
const INFERENCES = 1000;

const DRIVER = `#include "policy.h"
static int8_t input[POLICY_INPUT_SIZE];
static int8_t output[POLICY_OUTPUT_SIZE];
__attribute__((export_name("infer"))) uint32_t infer(int32_t count);

/** @brief Each inference with an input that the one before determines. Returns a hash of all outputs. */
uint32_t
infer(int32_t count) {
    uint32_t hash = 0;
    for (int32_t i = 0; i < count; i++) {
        (void)policy_infer(input, output);
        for (uint32_t j = 0; j < POLICY_OUTPUT_SIZE; j++) {
            hash = hash * 31u + (uint8_t)output[j];
        }
        input[hash % POLICY_INPUT_SIZE] = (int8_t)(hash >> 8);
    }
    return hash;
}
`;

type Infer = (count: number) => number;

async function build(graph: Graph, flags: readonly string[]): Promise<Infer> {
  const program = valueOf(lowerGraph(graph));
  const identity = { name: "simd", policyHash: "0".repeat(16), toolVersion: "test", origin: [] };
  const { files } = emitPolicy(program, identity, { core: "wasm32", optimize: "balanced" });
  const sources = new Map([...files, ["driver.c", DRIVER]]);
  const { image } = await yowaspClang({ flags }).build({ sources, units: ["policy.c", "driver.c"], includes: ["."], defines: [] });
  const { instance } = await WebAssembly.instantiate(image, {});
  return instance.exports["infer"] as Infer;
}

test.each([
  ["B", [24, 64, 64, 4]],
  ["C", [64, 128, 128, 64, 8]],
])("%s is at least 3 times faster with simd128", async (_, widths) => {
  const graph = mlp(widths, "per-channel");
  expect(rawSizes(valueOf(lowerGraph(graph))).inputBytes).toBe(widths[0]);
  const [simd, scalar] = [await build(graph, []), await build(graph, ["-mno-simd128"])];
  const fastest = { simd: Infinity, scalar: Infinity };
  for (let round = 0; round < ROUNDS; round++) {
    const begun = performance.now();
    const simdHash = simd(INFERENCES);
    const between = performance.now();
    const scalarHash = scalar(INFERENCES);
    fastest.simd = Math.min(fastest.simd, between - begun);
    fastest.scalar = Math.min(fastest.scalar, performance.now() - between);
    expect(simdHash).toBe(scalarHash);
  }
  const microseconds = (milliseconds: number): string => ((milliseconds * 1000) / INFERENCES).toFixed(2);
  console.log(`${widths.join("-")}: ${microseconds(fastest.simd)} us with simd128, ${microseconds(fastest.scalar)} us without`);
  expect(fastest.scalar / fastest.simd).toBeGreaterThanOrEqual(3);
});
