// Wide layers through each core's own kernels, with extreme inputs and buffers at every alignment: special instructions on the core that
// has them, and the portable branch beside them on this machine under sanitizers, agree with the oracle to the bit. FULL=1 takes more of them.

import { beforeAll, describe, expect, test } from "vitest";
import type { Core } from "../../src/artifacts/board.ts";
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
import { atEveryAlignment, INNER_INFERENCE } from "../every-alignment.ts";
import { randomInputs } from "../random-graph.ts";
import { requires } from "../requires.ts";
import { wideLayers } from "../wide-layers.ts";

const GRAPHS = process.env["FULL"] === undefined ? 4 : 16;
const VECTORS = 12;

const STRICT = ["-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror"];

interface Backend {
  readonly name: string;
  readonly board: string;
  readonly tools: readonly string[];
  /** Whose kernels are printed; the board's own when left out. */
  readonly core?: Core;
  /** Instead of the board's own. */
  readonly toolchain?: Toolchain;
}

const ARM = ["arm-none-eabi-gcc", "qemu-system-arm"];

/** Cores with kernels of their own; those for M7 and M33 are the M4's, those for Xtensa the M0+'s. */
const SPECIAL_CORES: readonly Core[] = ["cortex-m4f", "cortex-m0plus", "cortex-m55", "rv32imc", "avr"];

const BACKENDS: readonly Backend[] = [
  ...SPECIAL_CORES.map((core) => ({
    name: `portable branch of the kernels for ${core}, with sanitizers and all warnings as errors`,
    ...{ board: "host", tools: ["cc"], core, toolchain: nativeCc({ sanitizers: ["address", "undefined"], flags: STRICT }) },
  })),
  { name: "WebAssembly without simd128", board: "virtual", tools: [], toolchain: yowaspClang({ flags: ["-mno-simd128", ...STRICT] }) },
  { name: "WebAssembly with simd128", board: "virtual", tools: [], toolchain: yowaspClang({ flags: STRICT }) },
  { name: "DSP instructions", board: "qemu-cortex-m4", tools: ARM },
  { name: "Helium", board: "qemu-cortex-m55", tools: ARM },
  { name: "Cortex-M0+", board: "pico", tools: ["arm-none-eabi-gcc"] },
  { name: "RV32IMC", board: "qemu-riscv32", tools: ["riscv64-unknown-elf-gcc", "qemu-system-riscv32"] },
  { name: "Xtensa", board: "qemu-xtensa", tools: ["xtensa-lx106-elf-gcc", "qemu-system-xtensa"] },
];

describe.each(BACKENDS)("$name", ({ board, tools, core, toolchain }) => {
  describe.skipIf(requires(...tools))("", () => {
    let target: Target;
    let sources: FirmwareSources;

    beforeAll(async () => {
      target = await emulatedTarget(board);
      sources = await firmwareSources();
    });

    test.each(Array.from({ length: GRAPHS }, (_, seed) => seed))("layers of seed %i", { timeout: 180_000 }, async (seed) => {
      const graph = wideLayers(seed);
      const { inputBytes } = rawSizes(valueOf(lowerGraph(graph)));
      const inputs = splitVectors(new Uint8Array(randomInputs(graph, seed, VECTORS).buffer), inputBytes, "random inputs");
      const project = compileProbe(graph, "wide", { ...target.board, core: core ?? target.board.core }, { runtime: "c" }, sources);
      const aligned = { ...project, request: atEveryAlignment(project.request) };
      const { running, build } = await bootProject(aligned, toolchain ?? target.toolchain, target.emulator);
      try {
        expect(await probeOutputs(running.port, inputs, silentProgress, board)).toEqual(oracleOutputs(graph, inputs));
      } finally {
        await running.stop();
      }
      expect(build.stackBytes(INNER_INFERENCE) ?? 0).toBeLessThanOrEqual(project.budget.stackBytes ?? Infinity);
    });
  });
});
