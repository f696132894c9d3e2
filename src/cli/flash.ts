// reflexarc flash: puts a built image on a board; boots it when the board is emulated, and asks it who it is.

import type { Command } from "commander";
import { runError } from "../core/diagnostic.ts";
import { RUNTIMES, type Runtime } from "../artifacts/board.ts";
import { loadBoard } from "../host/boards.ts";
import { boardsFolder } from "../host/package-files.ts";
import { RobotBoard } from "../pipeline/robot-board.ts";
import { refuseForeign } from "./build.ts";
import { newProjectCommand, oneOf, terminalFor, type ProjectOptions } from "./command.ts";
import { firmwareFolder, readFirmwareFolder, readImage } from "./firmware-folder.ts";
import { openProject } from "./project.ts";
import { emulatedTarget } from "./target.ts";

export function flashCommand(): Command {
  return newProjectCommand("reflexarc flash --board qemu-cortex-m4", "board, robot, policyHash, firmwareHash, schemaRevision")
    .requiredOption("--board <id>", "what the image was built for")
    .option("--runtime <name>", RUNTIMES.join(" or "), oneOf("--runtime", RUNTIMES), "c")
    .action(flash);
}

async function flash(options: ProjectOptions & { board: string; runtime: Runtime }): Promise<void> {
  const terminal = terminalFor(options);
  const { robot } = await openProject(options.project, terminal);
  const board = await loadBoard(boardsFolder, options.board);
  const folder = firmwareFolder(options.project, board.id, options.runtime);
  const { manifest } = await readFirmwareFolder(folder, board.id);
  refuseForeign(board, folder);
  const image = await readImage(folder, board);
  const { emulator } = await emulatedTarget(board.id);
  const running = await emulator.boot(image);
  try {
    const { session } = await RobotBoard.connect(running.port, robot);
    const { name, policyHash, firmwareHash, schemaRevision } = session.hello;
    if (policyHash !== manifest.policyHash) {
      throw runError(
        "image-stale",
        `the image holds policy ${policyHash}, and the project was compiled with ${manifest.policyHash}`,
        `run \`reflexarc build --board ${board.id}\` again`,
      );
    }
    terminal.line(
      `${board.name} booted and answered: robot ${name}, schema revision ${schemaRevision}, policy ${policyHash}, firmware ${firmwareHash}`,
    );
    terminal.line(`Drive it with \`reflexarc run --port emu:${board.id}\`.`);
    terminal.result({ board: board.id, robot: name, policyHash, firmwareHash, schemaRevision });
  } finally {
    await running.stop();
  }
}
