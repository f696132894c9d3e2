// reflexarc bench: what one inference of a model costs on an emulated board.

import { basename } from "node:path";
import type { Command } from "commander";
import type { Board } from "../artifacts/board.ts";
import type { Graph } from "../artifacts/graph.ts";
import type { IntegerProgram } from "../artifacts/integer-program.ts";
import type { Progress } from "../core/io.ts";
import type { Terminal } from "../host/terminal.ts";
import { countInference, measureInference, policyFootprint, programMacs, type BenchResult } from "../pipeline/bench.ts";
import { compileProbe, lowerFor, type RuntimeChoice } from "../pipeline/firmware.ts";
import { buildProject } from "../pipeline/robot-board.ts";
import { newCommand, terminalFor, type CommonOptions } from "./command.ts";
import { withModelOptions, type ModelOptions } from "./runtime-options.ts";
import { emulatedTarget, firmwareSources, type Target } from "./target.ts";
import { loadModel } from "./verify.ts";

export function benchCommand(): Command {
  const command = newCommand(
    "reflexarc bench policies/001/policy.tflite --board qemu-cortex-m4",
    "instructionsPerInference, estimatedCycles, nanosecondsPerInference, macs, flashBytes: {code, constants}, ramBytes, stackBytes, budget (as of `compile`); null where a board can't tell",
  )
    .argument("<model>", "an int8 .tflite file")
    .option("--board <id>", "the emulated board", "qemu-cortex-m4");
  return withModelOptions(command).action(async (model: string, options: CommonOptions & ModelOptions & { board: string }) => {
    const terminal = terminalFor(options);
    const result = await benchModel(await loadModel(model, terminal), basename(model), options.board, options, terminal.progress);
    printBench(result, terminal);
    terminal.result(result);
  });
}

/** Builds a probe for the board and measures it there. */
export async function benchModel(
  graph: Graph,
  name: string,
  boardId: string,
  choice: RuntimeChoice,
  progress: Progress,
): Promise<BenchResult> {
  const target = await emulatedTarget(boardId, { icount: true });
  const project = compileProbe(graph, name, target.board, choice, await firmwareSources());
  const build = await buildProject(project.request, target.toolchain, progress, boardId);
  const program = lowerFor(graph, choice);
  const speed = await measureSpeed(target, build.image, program, progress);
  return { board: boardId, runtime: choice.runtime, ...speed, macs: programMacs(program), ...policyFootprint(project, build) };
}

type Speed = Pick<BenchResult, "instructionsPerInference" | "estimatedCycles" | "nanosecondsPerInference">;

/** Counted by the emulator where it can; else by the board's own counter. */
async function measureSpeed({ board, emulator }: Target, image: Uint8Array, program: IntegerProgram, progress: Progress): Promise<Speed> {
  if (emulator.countCalls !== undefined) {
    const { instructions, cycles } = await countInference(emulator.countCalls, image, program, progress);
    return { instructionsPerInference: tenths(instructions), estimatedCycles: Math.round(cycles), nanosecondsPerInference: null };
  }
  const running = await emulator.boot(image);
  const nanoseconds = await measureInference(running.port, program, progress).finally(() => running.stop());
  return countsInstructions(board)
    ? { instructionsPerInference: tenths(nanoseconds), estimatedCycles: null, nanosecondsPerInference: null }
    : { instructionsPerInference: null, estimatedCycles: null, nanosecondsPerInference: Math.round(nanoseconds) };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Under QEMU's -icount an instruction is a nanosecond of the board's clock. */
function countsInstructions(board: Board): boolean {
  return board.emulator?.startsWith("qemu-") === true;
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
