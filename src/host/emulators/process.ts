// The host board: the firmware as a program of this machine, its standard input and output as the port.

import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Emulator } from "../../core/io.ts";
import { createTemporaryFolder } from "../temporary-folder.ts";
import { startChildBoard } from "./child-board.ts";

export function processEmulator(): Emulator {
  return {
    id: "process",
    probe: () => Promise.resolve([]),
    boot: async (image) => {
      const folder = createTemporaryFolder();
      const command = path.join(folder.path, "firmware");
      // Not asynchronously: a child forked meanwhile would hold the file open for writing, and then it can't be run.
      writeFileSync(command, image);
      chmodSync(command, 0o700);
      return startChildBoard({
        url: "emu:host",
        command,
        arguments: [],
        folder,
        link: "standard",
        hint: "build the image for --board host on this machine",
      });
    },
  };
}
