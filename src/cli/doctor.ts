// reflexarc doctor: which tools are here, what they are for, and how to get the others.

import type { Command } from "commander";
import { errorDiagnostic } from "../core/diagnostic.ts";
import type { ToolStatus } from "../core/io.ts";
import type { Board } from "../artifacts/board.ts";
import { listBoards, loadBoard } from "../host/boards.ts";
import { emulatorFor } from "../host/emulators/emulators.ts";
import { boardsFolder } from "../host/package-files.ts";
import { toolchainFor } from "../host/toolchains/toolchains.ts";
import { conclude, newCommand, terminalFor, type CommonOptions } from "./command.ts";

export function doctorCommand(): Command {
  return newCommand(
    "reflexarc doctor --board qemu-cortex-m4",
    "tools: [{tool, found, version, purpose, install, boards}], ready: the boards that can be built and run",
  )
    .option("--board <id>", "exit with 1 when this board can't be built or run here")
    .action(doctor);
}

interface BoardTools {
  readonly board: Board;
  readonly tools: readonly ToolStatus[];
  readonly ready: boolean;
}

async function doctor(options: CommonOptions & { board?: string }): Promise<void> {
  const terminal = terminalFor(options);
  const boards = options.board === undefined ? await listBoards(boardsFolder) : [await loadBoard(boardsFolder, options.board)];
  const reports = await Promise.all(boards.map(inspect));
  const tools = mergeTools(reports);
  const rows = tools.map((each) => [each.tool, each.found ? (each.version ?? "yes") : "no", each.purpose, each.boards.join(", ")]);
  if (rows.length > 0) terminal.table(["tool", "found", "for", "boards"], rows);
  const missing = tools.filter((each) => !each.found);
  if (missing.length > 0) terminal.line();
  for (const each of missing) terminal.line(`${each.tool}: ${each.install}`);
  terminal.line();
  for (const { board, ready } of reports) {
    const verdict = ready
      ? "can be built and run here"
      : board.emulator === null
        ? "its project can be generated here, and is built with its own tools"
        : "needs what is missing above";
    terminal.line(`${board.id}: ${verdict}`);
  }
  const ready = reports.filter((each) => each.ready).map((each) => each.board.id);
  const notReady = reports.filter((each) => options.board !== undefined && !each.ready);
  conclude(
    terminal,
    { tools, ready },
    notReady.map(({ board }) =>
      errorDiagnostic(
        "board-not-ready",
        `${board.id} can't be built and run on this machine`,
        missing.length > 0 ? missing.map((each) => each.install).join("; ") : itsOwnTools(board),
      ),
    ),
  );
}

function itsOwnTools(board: Board): string {
  return `open the project that \`reflexarc compile --board ${board.id}\` writes with its own tools`;
}

/** What it takes to build for a board and to run it here. */
export async function inspect(board: Board): Promise<BoardTools> {
  const toolchain = toolchainFor(board);
  const emulator = board.emulator === null ? null : emulatorFor(board.emulator);
  const tools = [...((await toolchain?.probe()) ?? []), ...((await emulator?.probe()) ?? [])];
  return { board, tools, ready: toolchain !== null && emulator !== null && tools.every((tool) => tool.found) };
}

function mergeTools(reports: readonly BoardTools[]): (ToolStatus & { boards: string[] })[] {
  const merged = new Map<string, ToolStatus & { boards: string[] }>();
  for (const { board, tools } of reports) {
    for (const tool of tools) {
      const known = merged.get(tool.tool) ?? { ...tool, boards: [] };
      known.boards.push(board.id);
      merged.set(tool.tool, known);
    }
  }
  return [...merged.values()];
}
