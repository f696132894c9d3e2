// reflexarc boards: what policies can be built for.

import type { Command } from "commander";
import { listBoards } from "../host/boards.ts";
import { boardsFolder } from "../host/package-files.ts";
import { newCommand, terminalFor, type CommonOptions } from "./command.ts";

export function boardsCommand(): Command {
  return newCommand("reflexarc boards", "boards: the files of boards/, each with name, core, clockHz, flashBytes, ramBytes, ...").action(
    async (options: CommonOptions) => {
      const terminal = terminalFor(options);
      const boards = await listBoards(boardsFolder);
      terminal.table(
        ["board", "name", "core", "clock", "flash", "RAM", "runtimes", "built by", "emulated"],
        boards.map((board) => [
          board.id,
          board.name,
          board.core,
          `${board.clockHz / 1e6} MHz`,
          `${Math.round(board.flashBytes / 1024)} KB`,
          `${Math.round(board.ramBytes / 1024)} KB`,
          board.runtimes.join(", "),
          board.toolchain,
          board.emulator ?? "no",
        ]),
      );
      terminal.result({ boards });
    },
  );
}
