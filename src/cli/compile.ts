// reflexarc compile: a policy bundle -> a firmware project that a person can read, with size and speed before it is flashed.

import type { Command } from "commander";
import type { Board } from "../artifacts/board.ts";
import type { PolicyBudget } from "../artifacts/firmware-project.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { listBoards, loadBoard } from "../host/boards.ts";
import { boardsFolder } from "../host/package-files.ts";
import type { Terminal } from "../host/terminal.ts";
import type { BenchResult } from "../pipeline/bench.ts";
import { compileAgent } from "../pipeline/firmware.ts";
import { benchModel, printBench } from "./bench.ts";
import { newProjectCommand, terminalFor, type ProjectOptions } from "./command.ts";
import { inspect } from "./doctor.ts";
import { builtSize, printFirmware } from "./firmware-report.ts";
import { firmwareFolder, writeFirmware } from "./firmware-folder.ts";
import { loadBundle, openProject } from "./project.ts";
import { withRuntimeOptions, type RuntimeOptions } from "./runtime-options.ts";
import { firmwareSources } from "./target.ts";

export function compileCommand(): Command {
  const command = newProjectCommand(
    "reflexarc compile --board esp32 --runtime c",
    "folder, board, runtime, policyHash, files, kept, flashBytes: {code, constants}, ramBytes, stackBytes, macs, instructions, microseconds (upper bounds, or null), memory: {ringTicks, parameterSlots, batchBytes}, expectedRamBytes (of the whole firmware, before it is built), firmware: {flashBytes, ramBytes, stackBytes} (exact, or null), bench (as of `bench`, or null)",
  )
    .requiredOption("--board <id>", "what to compile for: `reflexarc boards`")
    .option("--policy <bundle>", "which policy; the newest when not given")
    .option("--output <folder>", "where to; build/BOARD-RUNTIME when not given")
    .option("--no-measure", "do not build it to know its exact size, nor measure its speed on an emulated board of the same core");
  return withRuntimeOptions(command).action(compile);
}

interface CompileOptions extends ProjectOptions, RuntimeOptions {
  readonly board: string;
  readonly policy?: string;
  readonly output?: string;
  readonly measure: boolean;
}

async function compile(options: CompileOptions): Promise<void> {
  const terminal = terminalFor(options);
  const { robot } = await openProject(options.project, terminal);
  const board = await loadBoard(boardsFolder, options.board);
  const { bundle } = await loadBundle({ folder: options.project, robot }, options.policy);
  const project = compileAgent(robot, bundle, board, options, await firmwareSources());
  const folder = options.output ?? firmwareFolder(options.project, board.id, options.runtime);
  const kept = await writeFirmware(folder, project, bundle.policyHash);
  terminal.line(`${folder}: ${project.request.sources.size} files${kept.length === 0 ? "" : `, ${kept.join(", ")} left as it was`}`);
  terminal.line(`policy ${bundle.policyHash}:`);
  printBudget(project.budget, board, robot.spec.rateHz, terminal);
  const size = options.measure ? await builtSize(board, folder, terminal) : null;
  printFirmware(project, size, robot.spec.rateHz, terminal);
  const bench = options.measure ? await measure(board, bundle, options, terminal) : null;
  if (bench !== null) printBench(bench, terminal);
  const files = [...project.request.sources.keys()];
  terminal.result({
    folder,
    board: board.id,
    runtime: options.runtime,
    policyHash: bundle.policyHash,
    files,
    kept,
    ...project.budget,
    memory: project.memory,
    expectedRamBytes: project.expectedRamBytes,
    firmware: size,
    bench,
  });
}

/** What is known before anything is compiled. */
function printBudget(budget: PolicyBudget, board: Board, rateHz: number, terminal: Terminal): void {
  const { flashBytes, ramBytes, stackBytes, macs, instructions, microseconds } = budget;
  const most = (value: number | null, unit: string): string => (value === null ? "unknown" : `${value.toLocaleString("en")}${unit}`);
  const share = microseconds === null ? "" : ` (${((microseconds * rateHz) / 1e4).toPrecision(2)} % of a tick at ${rateHz} Hz)`;
  terminal.table(
    ["at most", "the policy takes", `${board.name} has`],
    [
      ["flash", `${most(flashBytes.code, " B")} of code + ${most(flashBytes.constants, " B")} of constants`, most(board.flashBytes, " B")],
      ["RAM", `${most(ramBytes, " B")} + ${most(stackBytes, " B")} of stack`, most(board.ramBytes, " B")],
      ["time", `${most(microseconds, " us")}${share}`, `${board.clockHz / 1e6} MHz`],
      ["work", `${most(instructions, " instructions")}, ${macs.toLocaleString("en")} multiply-accumulates`, ""],
    ],
  );
}

/** On the board itself where it is emulated, else on an emulated one of the same core; null where there is none. */
async function measure(board: Board, bundle: PolicyBundle, choice: RuntimeOptions, terminal: Terminal): Promise<BenchResult | null> {
  const { runtime } = choice;
  const twins = [board, ...(await listBoards(boardsFolder)).filter((each) => each.core === board.core)];
  for (const twin of twins) {
    if (!twin.runtimes.includes(runtime) || !(await inspect(twin)).ready) continue;
    return benchModel(bundle.graph, bundle.provenance.robot, twin.id, { ...choice, form: bundle.form }, terminal.progress);
  }
  const reason =
    runtime === "tflm"
      ? "emulated boards run no TensorFlow Lite Micro"
      : `no emulated board with the core ${board.core} is ready (\`reflexarc doctor\`)`;
  terminal.note(`its speed can't be measured here: ${reason}`);
  return null;
}
