// What is said of a core that was not measured, but has a twin that was: its code, built by gcc for that very core, runs on the twin's
// emulated board, takes no more than was said, and at most a quarter less.

import { describe, expect, test } from "vitest";
import type { Core } from "../../src/artifacts/board.ts";
import { valueOf } from "../../src/core/diagnostic.ts";
import { silentProgress } from "../../src/core/io.ts";
import { twinOf } from "../../src/emit/c/cost-model.ts";
import { emulatorFor } from "../../src/host/emulators/emulators.ts";
import { loadBoard } from "../../src/host/boards.ts";
import { boardsFolder } from "../../src/host/package-files.ts";
import { boardToolchain } from "../../src/host/toolchains/toolchains.ts";
import { measureInference, policyFootprint } from "../../src/pipeline/bench.ts";
import { firmwareSources } from "../../src/cli/target.ts";
import { compileProbe, lowerFor } from "../../src/pipeline/firmware.ts";
import { readTflite } from "../../src/tflite/read.ts";
import { goldenCase } from "../golden/models.ts";
import { requires } from "../requires.ts";

const MOST_ABOVE = 1.25;

const TWINS = [
  { core: "cortex-m7", board: "qemu-cortex-m4", tools: ["arm-none-eabi-gcc", "qemu-system-arm"] },
  { core: "cortex-m33", board: "qemu-cortex-m4", tools: ["arm-none-eabi-gcc", "qemu-system-arm"] },
  { core: "rv32imac", board: "qemu-riscv32", tools: ["riscv64-unknown-elf-gcc", "qemu-system-riscv32"] },
] as const satisfies readonly { readonly core: Core; readonly board: string; readonly tools: readonly string[] }[];

describe.each(TWINS)("$core", ({ core, board: id, tools }) => {
  test.skipIf(requires(...tools))("costs what is said of it", async () => {
    const twin = await loadBoard(boardsFolder, id);
    expect(twinOf(core)).toBe(twin.core);
    const board = { ...twin, core };
    const graph = valueOf(readTflite(goldenCase("convD").model, "convD"));
    const project = compileProbe(graph, "convD", board, { runtime: "c" }, await firmwareSources());
    const build = await boardToolchain(board)?.build(project.request);
    const emulator = board.emulator === null ? null : emulatorFor(board.emulator, { icount: true });
    if (build === undefined || emulator === null) throw new Error(`${id} can't be built and emulated`);
    const running = await emulator.boot(build.image);
    const instructions = await measureInference(running.port, lowerFor(graph, {}), silentProgress).finally(() => running.stop());
    const { budget, flashBytes } = policyFootprint(project, build);
    expect(budget.instructions).toBeGreaterThanOrEqual(instructions);
    expect(budget.instructions).toBeLessThanOrEqual(instructions * MOST_ABOVE);
    expect(budget.flashBytes.code).toBeGreaterThanOrEqual(flashBytes.code ?? NaN);
    expect(budget.flashBytes.code).toBeLessThanOrEqual((flashBytes.code ?? NaN) * MOST_ABOVE);
  });
});
