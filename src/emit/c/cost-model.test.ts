// For which cores `compile` knows what a policy will cost; tests/bench and tests/conformance/twin-cores.test.ts hold it against the truth.

import { expect, test } from "vitest";
import { goldenCase } from "../../../tests/golden/models.ts";
import { CORES, type Core } from "../../artifacts/board.ts";
import { valueOf } from "../../core/diagnostic.ts";
import { lowerGraph } from "../../lower/lower-graph.ts";
import { readTflite } from "../../tflite/read.ts";
import type { CostBound } from "./cost-model.ts";
import { emitPolicy } from "./policy.ts";

/** Of a computer nobody counts instructions. */
const UNKNOWN: readonly Core[] = ["wasm32", "host"];

const programs = (["mlpA", "convD"] as const).map((name) => valueOf(lowerGraph(valueOf(readTflite(goldenCase(name).model, name)))));

function costsOn(core: Core): readonly (CostBound | null)[] {
  const identity = { name: "test", policyHash: "0123456789abcdef", toolVersion: "0.0.0", origin: [] };
  return programs.map((program) => emitPolicy(program, identity, { core, optimize: "balanced" }).cost);
}

test.each(CORES)("%s has a cost, or is named as unknown", (core) => {
  for (const cost of costsOn(core)) {
    if (UNKNOWN.includes(core)) expect(cost).toBeNull();
    else expect(cost?.instructions).toBeGreaterThan(100);
  }
});

test.each([
  ["rv32imac", "rv32imc"],
  ["cortex-m7", "cortex-m4f"],
  ["cortex-m33", "cortex-m4f"],
  ["xtensa-lx7", "xtensa-lx106"],
] as const)("%s costs what %s does", (core, measured) => {
  expect(costsOn(core)).toEqual(costsOn(measured));
});
