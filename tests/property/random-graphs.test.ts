// Random graphs of random shapes, scales and zero points, with extreme inputs: the generated C agrees with the oracle to the
// bit, on this machine under sanitizers, as WebAssembly and on the emulated Cortex-M4F; its stack stays within the bound.

import { describe, expect, test } from "vitest";
import { at } from "../../src/core/assert.ts";
import { silentProgress, type Emulator, type Toolchain } from "../../src/core/io.ts";
import { elementCount, type Graph } from "../../src/artifacts/graph.ts";
import { lowerGraph } from "../../src/lower/lower-graph.ts";
import { loadBoard } from "../../src/host/boards.ts";
import { processEmulator } from "../../src/host/emulators/process.ts";
import { qemuEmulator } from "../../src/host/emulators/qemu.ts";
import { virtualEmulator } from "../../src/host/emulators/virtual.ts";
import { boardsFolder } from "../../src/host/package-files.ts";
import { crossGcc } from "../../src/host/toolchains/cross-gcc.ts";
import { nativeCc } from "../../src/host/toolchains/native-cc.ts";
import { yowaspClang } from "../../src/host/toolchains/yowasp-clang.ts";
import { firmwareSources } from "../../src/cli/target.ts";
import { compileProbe } from "../../src/pipeline/firmware.ts";
import { bootProject } from "../../src/pipeline/robot-board.ts";
import { oracleOutputs, probeOutputs, splitVectors } from "../../src/pipeline/verify.ts";
import { randomGraph, randomInputs } from "../random-graph.ts";
import { requires } from "../requires.ts";

const GRAPHS = 12;
const VECTORS = 40;

interface Backend {
  readonly name: string;
  readonly board: string;
  readonly toolchain: Toolchain;
  readonly emulator: Emulator;
  readonly tools: readonly string[];
}

const STRICT = ["-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror"];

const BACKENDS: readonly Backend[] = [
  {
    name: "this machine, with sanitizers and all warnings as errors",
    board: "host",
    toolchain: nativeCc({ sanitizers: ["address", "undefined"], flags: STRICT }),
    emulator: processEmulator(),
    tools: ["cc"],
  },
  { name: "WebAssembly", board: "virtual", toolchain: yowaspClang(), emulator: virtualEmulator(), tools: [] },
  {
    name: "Cortex-M4F",
    board: "qemu-cortex-m4",
    toolchain: crossGcc("cortex-m4f"),
    emulator: qemuEmulator("qemu-mps2-an386"),
    tools: ["arm-none-eabi-gcc", "qemu-system-arm"],
  },
];

/** Graphs that are generated; those whose accumulators could overflow are refused, and counted apart. */
const GENERATED = Array.from({ length: 3 * GRAPHS }, (_, seed) => ({ seed, graph: randomGraph(seed) }))
  .filter(({ graph }) => lowerGraph(graph).ok)
  .slice(0, GRAPHS);

function inputsFor(graph: Graph, seed: number): Int8Array[] {
  const bytes = randomInputs(graph, seed, VECTORS);
  return splitVectors(new Uint8Array(bytes.buffer), elementCount(at(graph.tensors, graph.input).shape), "random inputs");
}

test("most random graphs can be generated", () => {
  expect(GENERATED).toHaveLength(GRAPHS);
});

for (const { name, board, toolchain, emulator, tools } of BACKENDS) {
  describe.skipIf(requires(...tools))(name, () => {
    test.each(GENERATED)("graph of seed $seed", async ({ seed, graph }) => {
      const project = compileProbe(graph, "random", await loadBoard(boardsFolder, board), { runtime: "c" }, await firmwareSources());
      const { running, build } = await bootProject(project, toolchain, emulator);
      try {
        const inputs = inputsFor(graph, seed);
        expect(await probeOutputs(running.port, inputs, silentProgress, name)).toEqual(oracleOutputs(graph, inputs));
        expect(build.stackBytes("policy_infer") ?? 0).toBeLessThanOrEqual(STACK_BOUND_BYTES);
        // What is announced before the build is enough for what the linker finds; alignment may add a few bytes.
        expect(build.sizes.get("generated/policy.c")?.constants ?? 0).toBeLessThan(project.constantBytes + 16);
      } finally {
        await running.stop();
      }
    });
  });
}
