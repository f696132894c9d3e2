// reflexarc build: runs the board's toolchain on a compiled project.

import { chmod } from "node:fs/promises";
import type { Command } from "commander";
import { runError } from "../core/diagnostic.ts";
import { RUNTIMES, type Board, type Runtime } from "../artifacts/board.ts";
import { loadBoard } from "../host/boards.ts";
import { writeWhole } from "../host/files.ts";
import { flashImage } from "../host/flash-image.ts";
import { boardsFolder } from "../host/package-files.ts";
import { firmwareSize, requireFit } from "../pipeline/firmware-size.ts";
import { buildProject } from "../pipeline/robot-board.ts";
import { newProjectCommand, oneOf, terminalFor, type ProjectOptions } from "./command.ts";
import { firmwareFolder, flashPath, imagePath, readFirmwareFolder } from "./firmware-folder.ts";
import { emulatedTarget } from "./target.ts";

export function buildCommand(): Command {
  return newProjectCommand(
    "reflexarc build --board qemu-cortex-m4",
    "image, board, flashBytes, ramBytes (static), stackBytes (at most); null where the toolchain can't tell",
  )
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
  const result = await buildProject(request, toolchain, terminal.progress, board.id);
  const size = firmwareSize(request, result);
  if (size !== null) requireFit(board, size);
  const image = imagePath(folder, board.toolchain);
  await writeWhole(image, result.image);
  const forFlashing = flashImage(board.port, result.image);
  const flashed = forFlashing === null ? image : flashPath(folder, board);
  if (forFlashing !== null) await writeWhole(flashed, forFlashing.bytes);
  if (board.toolchain === "cc") await chmod(image, 0o755); // a program of this machine
  const words =
    size === null
      ? "built"
      : `${size.flashBytes} bytes of ${board.flashBytes} flash, ${size.ramBytes} bytes of ${board.ramBytes} RAM${size.stackBytes === null ? "" : `, at most ${size.stackBytes} of stack`}`;
  terminal.line(`${flashed}: ${words}`);
  terminal.result({
    image: flashed,
    board: board.id,
    flashBytes: size?.flashBytes ?? null,
    ramBytes: size?.ramBytes ?? null,
    stackBytes: size?.stackBytes ?? null,
  });
}

/** Arduino and ESP-IDF build their own projects. */
export function refuseForeign(board: Board, folder: string): void {
  if (board.framework === "arduino") {
    throw runError(
      "board-foreign",
      `${board.name} is built and flashed by the Arduino tools`,
      `copy ${folder} into the libraries folder of your sketchbook, then open its example in the Arduino IDE`,
    );
  }
  if (board.framework === "esp-idf") {
    throw runError("board-foreign", `${board.name} is built and flashed by ESP-IDF`, `run \`idf.py build flash monitor\` in ${folder}`);
  }
}
