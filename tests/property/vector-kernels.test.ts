// Wide layers through the kernels for vectors of bytes, with extreme inputs: Helium, WebAssembly's simd128 and the portable branch
// beside them (as WebAssembly without simd128, and on this machine under sanitizers) agree with the oracle to the bit.

import { beforeAll, describe, expect, test } from "vitest";
import { rawSizes } from "../../src/artifacts/integer-program.ts";
import { valueOf } from "../../src/core/diagnostic.ts";
import { silentProgress, type Toolchain } from "../../src/core/io.ts";
import { nativeCc } from "../../src/host/toolchains/native-cc.ts";
import { yowaspClang } from "../../src/host/toolchains/yowasp-clang.ts";
import { lowerGraph } from "../../src/lower/lower-graph.ts";
import { emulatedTarget, firmwareSources, type Target } from "../../src/cli/target.ts";
import { compileProbe, type FirmwareSources } from "../../src/pipeline/firmware.ts";
import { bootProject } from "../../src/pipeline/robot-board.ts";
import { oracleOutputs, probeOutputs, splitVectors } from "../../src/pipeline/verify.ts";
import { randomInputs } from "../random-graph.ts";
import { requires } from "../requires.ts";
import { wideLayers } from "../wide-layers.ts";

const GRAPHS = 8;
const VECTORS = 12;

const STRICT = ["-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror"];

interface Backend {
  readonly name: string;
  readonly board: string;
  readonly tools: readonly string[];
  /** Instead of the board's own. */
  readonly toolchain: Toolchain | null;
}

const BACKENDS: readonly Backend[] = [
  {
    name: "portable C on this machine, with sanitizers and all warnings as errors",
    board: "host",
    tools: ["cc"],
    toolchain: nativeCc({ sanitizers: ["address", "undefined"], flags: STRICT }),
  },
  { name: "WebAssembly without simd128", board: "virtual", tools: [], toolchain: yowaspClang({ flags: ["-mno-simd128", ...STRICT] }) },
  { name: "WebAssembly with simd128", board: "virtual", tools: [], toolchain: yowaspClang({ flags: STRICT }) },
  { name: "Helium", board: "qemu-cortex-m55", tools: ["arm-none-eabi-gcc", "qemu-system-arm"], toolchain: null },
];

describe.each(BACKENDS)("$name", ({ board, tools, toolchain }) => {
  describe.skipIf(requires(...tools))("", () => {
    let target: Target;
    let sources: FirmwareSources;

    beforeAll(async () => {
      target = await emulatedTarget(board);
      sources = await firmwareSources();
    });

    test.each(Array.from({ length: GRAPHS }, (_, seed) => seed))("layers of seed %i", async (seed) => {
      const graph = wideLayers(seed);
      const { inputBytes } = rawSizes(valueOf(lowerGraph(graph)));
      const inputs = splitVectors(new Uint8Array(randomInputs(graph, seed, VECTORS).buffer), inputBytes, "random inputs");
      // This machine's own core has plain kernels.
      const printedFor = { ...target.board, core: board === "host" ? ("cortex-m55" as const) : target.board.core };
      const project = compileProbe(graph, "wide", printedFor, { runtime: "c" }, sources);
      const { running, build } = await bootProject(project, toolchain ?? target.toolchain, target.emulator);
      try {
        expect(await probeOutputs(running.port, inputs, silentProgress, board)).toEqual(oracleOutputs(graph, inputs));
      } finally {
        await running.stop();
      }
      expect(build.stackBytes("policy_infer") ?? 0).toBeLessThanOrEqual(project.budget.stackBytes ?? Infinity);
    });
  });
});
