// reflexarc compile: a policy bundle -> a firmware project that a person can read, with size and speed before it is flashed.

import type { Command } from "commander";
import { runtimesOf, type Board } from "../artifacts/board.ts";
import type { PolicyBudget } from "../artifacts/firmware-project.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { listBoards } from "../host/boards.ts";
import { boardsFolder } from "../host/package-files.ts";
import type { Terminal } from "../host/terminal.ts";
import type { BenchResult } from "../pipeline/bench.ts";
import { twinOf } from "../emit/c/cost-model.ts";
import { compileAgent } from "../pipeline/firmware.ts";
import { benchModel, printBench } from "./bench.ts";
import { newProjectCommand, terminalFor, type ProjectOptions } from "./command.ts";
import { inspect } from "./readiness.ts";
import { builtSize, printFirmware } from "./firmware-report.ts";
import { chooseFirmware, firmwareFolder, writeFirmware } from "./firmware-folder.ts";
import { loadBundle, openProject } from "./project.ts";
import { withFirmwareOptions, withOptimizeOption, type FirmwareOptions, type RuntimeOptions } from "./runtime-options.ts";
import { firmwareSources } from "./target.ts";
import { arenaUsedHere, describeArenaBudget } from "./tflm-arena.ts";

export function compileCommand(): Command {
  const command = newProjectCommand(
    "reflexarc compile --board esp32 --runtime c",
    "folder, board, framework, runtime, policyHash, files, kept, left, flashBytes: {code, constants}, ramBytes, arena: {bytes, neededBytes, measuredBytes} (of TensorFlow Lite Micro, or null), stackBytes, macs, instructions, microseconds (upper bounds, or null), memory: {ringTicks, parameterSlots, batchBytes}, expectedRamBytes (of the whole firmware, before it is built), firmware: {flashBytes, ramBytes, stackBytes} (exact, or null), bench (as of `bench`, or null)",
  )
    .option("--policy <bundle>", "which policy; the newest when not given")
    .option("--output <folder>", "where to; build/BOARD-RUNTIME or build/BOARD-FRAMEWORK-RUNTIME when not given")
    .option(
      "--no-measure",
      "do not build it to know its exact size, nor measure its speed on an emulated board with the same instructions",
    );
  return withOptimizeOption(withFirmwareOptions(command, "what to compile for: `reflexarc boards`")).action(compile);
}

interface CompileOptions extends ProjectOptions, RuntimeOptions, FirmwareOptions {
  readonly policy?: string;
  readonly output?: string;
  readonly measure: boolean;
}

async function compile(options: CompileOptions): Promise<void> {
  const terminal = terminalFor(options);
  const { robot } = await openProject(options.project, terminal);
  const firmware = await chooseFirmware(options);
  const { board, framework, runtime } = firmware;
  const { bundle } = await loadBundle({ folder: options.project, robot }, options.policy);
  const arenaUsedBytes = runtime === "tflm" ? await arenaUsedHere(bundle, firmware) : null;
  const project = compileAgent(robot, bundle, board, { ...options, framework, arenaUsedBytes }, await firmwareSources());
  const folder = options.output ?? firmwareFolder(options.project, firmware);
  const { kept, left } = await writeFirmware(folder, project, bundle.policyHash);
  terminal.line(`${folder}: ${project.request.sources.size} files${kept.length === 0 ? "" : `, ${kept.join(", ")} left as it was`}`);
  if (left.length > 0)
    terminal.note(
      `${left.join(", ")}: of an earlier layout, left there and used no more; yours is now ${[...project.personal].join(", ")}`,
    );
  terminal.line(`policy ${bundle.policyHash}:`);
  printBudget(project.budget, board, robot.spec.rateHz, terminal);
  if (project.budget.arena !== null) terminal.line(describeArenaBudget(project.budget.arena));
  const size = options.measure ? await builtSize(firmware, folder, terminal) : null;
  printFirmware(project, size, robot.spec.rateHz, terminal);
  const bench = options.measure ? await measure(board, bundle, options, terminal) : null;
  if (bench !== null) printBench(bench, terminal);
  const files = [...project.request.sources.keys()];
  terminal.result({
    folder,
    ...{ board: board.id, framework, runtime },
    policyHash: bundle.policyHash,
    files,
    kept,
    left,
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

/** On the board itself where it is emulated, else on an emulated one that runs the same instructions; null where there is none. */
async function measure(board: Board, bundle: PolicyBundle, choice: RuntimeOptions, terminal: Terminal): Promise<BenchResult | null> {
  const { runtime, optimize } = choice;
  const twins = [board, ...(await listBoards(boardsFolder)).filter((each) => twinOf(each.core) === twinOf(board.core))];
  for (const twin of twins) {
    if (!runtimesOf(twin, twin.framework).includes(runtime) || !(await canRun(twin))) continue;
    return benchModel(bundle.graph, bundle.provenance.robot, twin.id, { runtime, optimize, form: bundle.form }, terminal.progress);
  }
  const reason =
    runtime === "tflm"
      ? "emulated boards run no TensorFlow Lite Micro"
      : `no emulated board with the instructions of ${board.core} is ready (\`reflexarc doctor\`)`;
  terminal.note(`its speed can't be measured here: ${reason}`);
  return null;
}

async function canRun(board: Board): Promise<boolean> {
  const { built, emulated } = await inspect(board);
  return built && emulated;
}
