// The backends that must agree bit for bit: each takes a model and raw input vectors and gives raw outputs.

import type { Runtime } from "../../src/artifacts/board.ts";
import type { Graph } from "../../src/artifacts/graph.ts";
import { silentProgress } from "../../src/core/io.ts";
import { emulatedTarget, firmwareSources } from "../../src/cli/target.ts";
import { compileProbe } from "../../src/pipeline/firmware.ts";
import { bootProject } from "../../src/pipeline/robot-board.ts";
import { probeOutputs } from "../../src/pipeline/verify.ts";

interface ConformanceTarget {
  readonly board: string;
  /** Programs that it needs. */
  readonly tools: readonly string[];
}

/** Emulated boards. */
export const TARGETS: readonly ConformanceTarget[] = [
  { board: "virtual", tools: [] },
  { board: "host", tools: ["cc"] },
  { board: "qemu-cortex-m4", tools: ["arm-none-eabi-gcc", "qemu-system-arm"] },
  { board: "qemu-cortex-m55", tools: ["arm-none-eabi-gcc", "qemu-system-arm"] },
  { board: "qemu-riscv32", tools: ["riscv64-unknown-elf-gcc", "qemu-system-riscv32"] },
  { board: "qemu-xtensa", tools: ["xtensa-lx106-elf-gcc", "qemu-system-xtensa"] },
  { board: "pico", tools: ["arm-none-eabi-gcc"] },
  { board: "uno", tools: ["avr-gcc"] },
];

/** With the core and compiler of qemu-cortex-m4, so only their ports are tested: here, and in bare-projects.test.ts. */
export const CORTEX_M4_BOARDS: readonly ConformanceTarget[] = ["nucleo-f446re", "cortex-m4"].map((board) => ({
  board,
  tools: ["arm-none-eabi-gcc"],
}));

/** Builds a probe of the model for the board, boots it, and asks it for each output. */
export async function outputsOn(board: string, graph: Graph, inputs: readonly Int8Array[], runtime: Runtime = "c"): Promise<Int8Array[]> {
  const target = await emulatedTarget(board);
  const project = compileProbe(graph, "conformance", target.board, { runtime }, await firmwareSources());
  const { running } = await bootProject(project, target.toolchain, target.emulator);
  try {
    return await probeOutputs(running.port, inputs, silentProgress, board);
  } finally {
    await running.stop();
  }
}
