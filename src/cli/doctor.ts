// reflexarc doctor: which tools are here, what they are for, how to get the others, and what can be done with each board.

import type { Command } from "commander";
import { at } from "../core/assert.ts";
import { errorDiagnostic } from "../core/diagnostic.ts";
import type { Installation, ToolStatus } from "../core/io.ts";
import { FRAMEWORKS, frameworksOf, requireFramework, type Framework } from "../artifacts/board.ts";
import { listBoards, loadBoard } from "../host/boards.ts";
import { boardsFolder } from "../host/package-files.ts";
import { installHint, probeTool } from "../host/run-tool.ts";
import { ownSerialAccess, type SerialAccess } from "../host/serial-access.ts";
import type { Terminal } from "../host/terminal.ts";
import { conclude, newCommand, oneOf, terminalFor, type CommonOptions } from "./command.ts";
import { inspect, isReady, verdict, type Readiness } from "./readiness.ts";

export function doctorCommand(): Command {
  return newCommand(
    "reflexarc doctor --board esp32 --framework arduino",
    "tools: [{tool, found, version, purpose, install: {debian, macos, windows}, boards}], boards: [{board, framework, built, flashed, emulated}], ready: the boards that can be built and run here, serial: {allowed, group, remedy} (or null)",
  )
    .option("--board <id>", "exit with 1 when this board can't be built, or can't be flashed (one that is only emulated: run) from here")
    .option("--framework <name>", `with this framework: ${FRAMEWORKS.join(", ")}`, oneOf("--framework", FRAMEWORKS))
    .action(doctor);
}

interface DoctorOptions extends CommonOptions {
  readonly board?: string;
  readonly framework?: Framework;
}

type BoardTool = ToolStatus & { readonly boards: readonly string[] };

async function doctor(options: DoctorOptions): Promise<void> {
  const terminal = terminalFor(options);
  const reports = await Promise.all(await inspected(options));
  const tools = [...mergeTools(reports), ...(options.board === undefined ? [await probeCmake(reports)] : [])];
  showTools(tools, terminal);
  const missing = tools.filter(({ found }) => !found);
  showMissing(missing, terminal);
  const serial = ownSerialAccess();
  if (serial !== null) terminal.line(`\nserial ports: ${describeAccess(serial)}\n`);
  showVerdicts(reports, terminal);
  const result = {
    tools,
    boards: reports.map(({ board, framework, built, flashed, emulated }) => ({ board: board.id, framework, built, flashed, emulated })),
    ready: [...new Set(reports.filter(isReady).map(({ board }) => board.id))],
    serial,
  };
  const failed = options.board === undefined ? [] : reports.filter((each) => !isReady(each));
  conclude(
    terminal,
    result,
    failed.map((each) => errorDiagnostic("board-not-ready", `${each.board.id} ${verdict(each)}`, remedyFor(each))),
  );
}

/** Of a board that was named, the framework that was; otherwise every board with all that it has. */
async function inspected({ board: id, framework }: DoctorOptions): Promise<readonly Promise<Readiness>[]> {
  if (id !== undefined) {
    const board = await loadBoard(boardsFolder, id);
    if (framework !== undefined) requireFramework(board, framework);
    return [inspect(board, framework)];
  }
  const boards = await listBoards(boardsFolder);
  return boards.flatMap((board) =>
    frameworksOf(board)
      .filter((each) => framework === undefined || each === framework)
      .map((each) => inspect(board, each)),
  );
}

function mergeTools(reports: readonly Readiness[]): readonly BoardTool[] {
  const merged = new Map<string, ToolStatus & { boards: Set<string> }>();
  for (const { board, tools } of reports) {
    for (const tool of tools) {
      const known = merged.get(tool.tool) ?? { ...tool, boards: new Set() };
      merged.set(tool.tool, { ...known, boards: known.boards.add(board.id) });
    }
  }
  return [...merged.values()].map((tool) => ({ ...tool, boards: [...tool.boards] }));
}

/** No command needs it: it is for people who build a bare project by themselves. */
async function probeCmake(reports: readonly Readiness[]): Promise<BoardTool> {
  const status = await probeTool({
    name: "cmake",
    purpose: "building a bare project by yourself; reflexarc does without",
    install: { debian: "sudo apt install cmake", macos: "brew install cmake", windows: "winget install Kitware.CMake" },
  });
  const boards = reports.filter(({ board, framework }) => framework === "bare" && board.flash !== null).map(({ board }) => board.id);
  return { ...status, boards };
}

const MOST_BOARDS = 4;

/** What is here first. */
function showTools(tools: readonly BoardTool[], terminal: Terminal): void {
  if (tools.length === 0) return;
  terminal.table(
    ["tool", "found", "for", "boards"],
    [...tools]
      .sort((left, right) => Number(right.found) - Number(left.found))
      .map(({ tool, found, version, purpose, boards }) => [tool, found ? versionNumber(version) : "no", purpose, shorten(boards)]),
    [1, 2, 3],
  );
}

/** Tools wrap it in words and names of packages. */
function versionNumber(version = ""): string {
  return /\d+(\.\d+)+/.exec(version.replace(/\([^)]*\)/g, ""))?.[0] ?? "yes";
}

function shorten(boards: readonly string[]): string {
  if (boards.length <= MOST_BOARDS) return boards.join(", ");
  return `${boards.slice(0, MOST_BOARDS - 1).join(", ")} and ${boards.length - MOST_BOARDS + 1} more`;
}

/** This system's way first; once where it is the same on all. */
function showMissing(missing: readonly BoardTool[], terminal: Terminal): void {
  const systems: readonly (readonly [string, keyof Installation])[] = [
    ["Debian, Ubuntu", "debian"],
    ["macOS", "macos"],
    ["Windows", "windows"],
  ];
  for (const { tool, install } of missing) {
    const own = installHint(install);
    const ways = [...systems].sort(([, left], [, right]) => Number(install[right] === own) - Number(install[left] === own));
    terminal.line(`\n${tool} is missing`);
    if (ways.every(([, key]) => install[key] === own)) terminal.line(`  ${own}`);
    else for (const [system, key] of ways) terminal.line(`  ${`${system}:`.padEnd(16)}${install[key]}`);
  }
}

/** A line a board: of its frameworks, by the first that gets furthest here. */
function showVerdicts(reports: readonly Readiness[], terminal: Terminal): void {
  const boards = [...new Set(reports.map(({ board }) => board.id))];
  terminal.table(
    ["board", "here it", "with"],
    boards.map((id) => {
      const own = reports.filter(({ board }) => board.id === id);
      const best = own.find(isReady) ?? own.find(({ built }) => built) ?? at(own, 0);
      const built = own.filter((each) => each.built).map(({ framework }) => framework);
      return [id, verdict(best), built.length === 0 ? best.framework : built.join(", ")];
    }),
    [1, 2],
  );
}

function describeAccess({ allowed, group, remedy }: SerialAccess): string {
  if (!allowed) return `you may not open them: ${remedy ?? ""}`;
  return group === null ? "you may open them" : `you may open them (group ${group})`;
}

/** All that it takes to build it and put it to work. */
function remedyFor({ missing, board }: Readiness): string {
  const tools = [...missing.build, ...(board.flash === null ? missing.emulate : missing.flash)];
  return [...new Set(tools.map(({ install }) => installHint(install)))].join("; ");
}
