// reflexarc build: runs the board's toolchain on a compiled project.

import type { Command } from "commander";
import { runError } from "../core/diagnostic.ts";
import type { BuildResult } from "../core/io.ts";
import { RUNTIMES, type Board, type Runtime } from "../artifacts/board.ts";
import { loadBoard } from "../host/boards.ts";
import { writeWhole } from "../host/files.ts";
import { boardsFolder } from "../host/package-files.ts";
import { newProjectCommand, oneOf, terminalFor, type ProjectOptions } from "./command.ts";
import { firmwareFolder, imagePath, readFirmwareFolder } from "./firmware-folder.ts";
import { emulatedTarget } from "./target.ts";

export function buildCommand(): Command {
  return newProjectCommand("build", "run the board's toolchain on what `compile` wrote", "reflexarc build --board qemu-cortex-m4", "image, board, flashBytes, ramBytes")
    .requiredOption("--board <id>", "what it was compiled for")
    .option("--runtime <name>", RUNTIMES.join(" or "), oneOf("--runtime", RUNTIMES), "c")
    .action(build);
}

async function build(options: ProjectOptions & { board: string; runtime: Runtime }): Promise<void> {
  const terminal = terminalFor(options);
  const board = await loadBoard(boardsFolder, options.board);
  const folder = firmwareFolder(options.project, board.id, options.runtime);
  const { request } = await readFirmwareFolder(folder, board.id);
  refuseForeign(board, folder);
  const { toolchain } = await emulatedTarget(board.id);
  terminal.progress.start(`building for ${board.id}`, 1);
  const result = await toolchain.build(request);
  terminal.progress.finish();
  const { flashBytes, ramBytes } = totals(result);
  requireFit(board, flashBytes, ramBytes);
  const image = imagePath(folder, board.toolchain);
  await writeWhole(image, result.image);
  terminal.line(`${image}: ${flashBytes} bytes of ${board.flashBytes} flash, ${ramBytes} bytes of ${board.ramBytes} RAM`);
  terminal.result({ image, board: board.id, flashBytes, ramBytes });
}

/** Arduino and ESP-IDF build their own projects. */
export function refuseForeign(board: Board, folder: string): void {
  if (board.framework === "arduino") {
    throw runError("board-foreign", `${board.name} is built and flashed by the Arduino tools`, `install the library: \`arduino-cli lib install --zip-path\` or copy ${folder} into your sketchbook's libraries folder, then open its example`);
  }
  if (board.framework === "esp-idf") {
    throw runError("board-foreign", `${board.name} is built and flashed by ESP-IDF`, `run \`idf.py build flash monitor\` in ${folder}`);
  }
}

function totals(result: BuildResult): { flashBytes: number; ramBytes: number } {
  const sizes = [...result.sizes.values()];
  return {
    flashBytes: sizes.reduce((sum, size) => sum + size.code + size.constants, 0),
    ramBytes: sizes.reduce((sum, size) => sum + size.ram, 0),
  };
}

function requireFit(board: Board, flashBytes: number, ramBytes: number): void {
  if (flashBytes <= board.flashBytes && ramBytes <= board.ramBytes) return;
  throw runError("image-too-large", `the image needs ${flashBytes} bytes of flash and ${ramBytes} of RAM; ${board.name} has ${board.flashBytes} and ${board.ramBytes}`, "make the layers of mlp([...]) in robot.ts smaller, or choose a larger board");
}
