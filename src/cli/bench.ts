// reflexarc bench: what one inference of a model costs on an emulated board.

import { basename } from "node:path";
import type { Command } from "commander";
import { RUNTIMES, type Board, type Runtime } from "../artifacts/board.ts";
import { multiplyAccumulates, type Graph } from "../artifacts/graph.ts";
import { traceInference } from "../host/emulators/qemu-trace.ts";
import type { Terminal } from "../host/terminal.ts";
import { measureInference, policyFootprint, type BenchResult } from "../pipeline/bench.ts";
import { compileProbe } from "../pipeline/firmware.ts";
import { bootProject } from "../pipeline/robot-board.ts";
import { connectProbe, makeVectors } from "../pipeline/verify.ts";
import { newCommand, oneOf, terminalFor, type CommonOptions } from "./command.ts";
import { emulatedTarget, firmwareSources } from "./target.ts";
import { loadModel } from "./verify.ts";

export function benchCommand(): Command {
  return newCommand(
    "reflexarc bench policies/001/policy.tflite --board qemu-cortex-m4",
    "instructionsPerInference, estimatedCycles, nanosecondsPerInference, macs, flashBytes: {code, constants}, ramBytes, stackBytes; null where a board can't tell",
  )
    .argument("<model>", "an int8 .tflite file")
    .option("--board <id>", "the emulated board", "qemu-cortex-m4")
    .option("--runtime <name>", RUNTIMES.join(" or "), oneOf("--runtime", RUNTIMES), "c")
    .action(async (model: string, options: CommonOptions & { board: string; runtime: Runtime }) => {
      const terminal = terminalFor(options);
      const result = await benchModel(await loadModel(model, terminal), basename(model), options.board, options.runtime, terminal);
      printBench(result, terminal);
      terminal.result(result);
    });
}

/** Builds a probe for the board, boots it and measures. */
export async function benchModel(graph: Graph, name: string, boardId: string, runtime: Runtime, terminal: Terminal): Promise<BenchResult> {
  const target = await emulatedTarget(boardId, { icount: true });
  const project = compileProbe(graph, name, target.board, runtime, await firmwareSources());
  const { running, build } = await bootProject(project, target.toolchain, target.emulator, terminal.progress);
  const nanoseconds = await measureInference(running.port, graph, terminal.progress).finally(() => running.stop());
  const counted = countsInstructions(target.board);
  return {
    board: boardId,
    runtime,
    instructionsPerInference: counted ? Math.round(nanoseconds * 10) / 10 : null,
    estimatedCycles: counted ? await estimateCycles(build.image, graph) : null,
    nanosecondsPerInference: counted ? null : Math.round(nanoseconds),
    macs: multiplyAccumulates(graph),
    ...policyFootprint(project, build),
  };
}

/** Under QEMU's -icount an instruction is a nanosecond of the board's clock. */
function countsInstructions(board: Board): boolean {
  return board.emulator === "qemu-mps2-an386";
}

async function estimateCycles(image: Uint8Array, graph: Graph): Promise<number> {
  const vector = makeVectors(graph, 16, 1).at(-1) ?? new Int8Array();
  const { estimatedCycles } = await traceInference(image, async (port) => {
    const session = await connectProbe(port);
    await session.infer(0, vector);
  });
  return estimatedCycles;
}

export function printBench(result: BenchResult, terminal: Terminal): void {
  const number = (value: number | null, unit = ""): string => (value === null ? "-" : `${value.toLocaleString("en")}${unit}`);
  terminal.table(
    ["one inference on", "instructions", "estimated cycles", "time", "MACs", "flash: code", "constants", "RAM", "stack"],
    [
      [
        `${result.board} (${result.runtime})`,
        number(result.instructionsPerInference),
        number(result.estimatedCycles),
        number(result.nanosecondsPerInference, " ns"),
        number(result.macs),
        number(result.flashBytes.code, " B"),
        number(result.flashBytes.constants, " B"),
        number(result.ramBytes, " B"),
        number(result.stackBytes, " B"),
      ],
    ],
  );
}
