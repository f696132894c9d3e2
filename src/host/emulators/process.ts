// The host board: the firmware as a program of this machine, its standard input and output as the port.

import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { BoardStorage, Emulator, RunningBoard } from "../../core/io.ts";
import { createTemporaryFolder } from "../temporary-folder.ts";
import { memoryStorage, putStorageFile } from "./board-storage.ts";
import { startChildBoard } from "./child-board.ts";
import { withResetButton } from "./reset-button.ts";

const URL = "emu:host";
/** As firmware/port/host/main.c has it: two slots. */
const STORAGE_BYTES = 2 * 64 * 1024;

export function processEmulator(): Emulator {
  return {
    id: "process",
    probe: () => Promise.resolve([]),
    boot: (image, { storage = memoryStorage() } = {}) => withResetButton(URL, () => bootProcess(image, storage)),
  };
}

function bootProcess(image: Uint8Array, storage: BoardStorage): Promise<RunningBoard> {
  const folder = createTemporaryFolder();
  const command = path.join(folder.path, "firmware");
  // Not asynchronously: a child forked meanwhile would hold the file open for writing, and then it can't be run.
  writeFileSync(command, image);
  chmodSync(command, 0o700);
  const storageFile = putStorageFile(folder.path, storage, STORAGE_BYTES);
  return startChildBoard({
    url: URL,
    command,
    arguments: [],
    environment: { REFLEX_STORAGE: storageFile.name },
    folder,
    ended: storageFile.save,
    link: "standard",
    hint: "build the image for --board host on this machine",
  });
}
