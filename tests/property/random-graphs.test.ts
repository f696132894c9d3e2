// Random graphs of every operator, of random shapes, scales and zero points, with extreme inputs: the generated C agrees with the
// oracle to the bit on each emulated core and, under sanitizers, on this machine; its stack and constants stay within what was said.

import { beforeAll, describe, expect, test } from "vitest";
import type { Graph } from "../../src/artifacts/graph.ts";
import { rawSizes } from "../../src/artifacts/integer-program.ts";
import { valueOf } from "../../src/core/diagnostic.ts";
import { silentProgress } from "../../src/core/io.ts";
import { OPTIMIZATIONS } from "../../src/emit/c/printed-step.ts";
import { nativeCc } from "../../src/host/toolchains/native-cc.ts";
import { lowerGraph } from "../../src/lower/lower-graph.ts";
import { emulatedTarget, firmwareSources, type Target } from "../../src/cli/target.ts";
import { compileProbe, type FirmwareSources } from "../../src/pipeline/firmware.ts";
import { bootProject } from "../../src/pipeline/robot-board.ts";
import { oracleOutputs, probeOutputs, splitVectors } from "../../src/pipeline/verify.ts";
import { TARGETS } from "../conformance/targets.ts";
import { randomGraph, randomInputs } from "../random-graph.ts";
import { requires } from "../requires.ts";

const GRAPHS = 12;
const VECTORS = 24;

const STRICT = ["-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror"];

interface Example {
  readonly seed: number;
  readonly graph: Graph;
}

/** Graphs of all operators, and chains of layers, which have kernels of their own on each core. Graphs whose sums could leave int32 are
 * refused, and counted apart. */
const EXAMPLES: readonly Example[] = Array.from({ length: 3 * GRAPHS }, (_, seed) => ({ seed, graph: exampleGraph(seed) }))
  .filter(({ graph }) => lowerGraph(graph).ok)
  .slice(0, GRAPHS);

function exampleGraph(seed: number): Graph {
  if (seed % 3 < 2) return randomGraph(seed);
  return randomGraph(seed, { kinds: ["fully-connected", "conv-2d", "depthwise-conv-2d", "average-pool-2d"], chain: true });
}

test("most random graphs can be generated", () => {
  expect(EXAMPLES).toHaveLength(GRAPHS);
});

const BACKENDS = [
  { name: "this machine, with sanitizers and all warnings as errors", board: "host", tools: ["cc"], strict: true },
  ...TARGETS.filter(({ board }) => board !== "host").map(({ board, tools }) => ({ name: board, board, tools, strict: false })),
];

describe.each(BACKENDS)("$name", ({ board, tools, strict }) => {
  describe.skipIf(requires(...tools))("", () => {
    let target: Target;
    let sources: FirmwareSources;

    beforeAll(async () => {
      const usual = await emulatedTarget(board);
      target = strict ? { ...usual, toolchain: nativeCc({ sanitizers: ["address", "undefined"], flags: STRICT }) } : usual;
      sources = await firmwareSources();
    });

    test.each(EXAMPLES)("graph of seed $seed", async ({ seed, graph }) => {
      const { inputBytes } = rawSizes(valueOf(lowerGraph(graph)));
      const inputs = splitVectors(new Uint8Array(randomInputs(graph, seed, VECTORS).buffer), inputBytes, "random inputs");
      const choice = { runtime: "c", optimize: OPTIMIZATIONS[seed % OPTIMIZATIONS.length] ?? "balanced" } as const;
      const project = compileProbe(graph, "random", target.board, choice, sources);
      const { running, build } = await bootProject(project, target.toolchain, target.emulator);
      try {
        expect(await probeOutputs(running.port, inputs, silentProgress, board)).toEqual(oracleOutputs(graph, inputs));
      } finally {
        await running.stop();
      }
      // Measured on 32-bit cores; alignment may add a few bytes to constants.
      if (strict || board === "uno") return;
      expect(build.stackBytes("policy_infer") ?? 0).toBeLessThanOrEqual(project.budget.stackBytes ?? Infinity);
      expect(build.sizes.get("generated/policy.c")?.constants ?? 0).toBeLessThanOrEqual(project.budget.flashBytes.constants + 32);
    });
  });
});
