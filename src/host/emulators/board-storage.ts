// What a board keeps while its power is off, where the board is a child process: a file in the child's folder while it runs,
// the holder's bytes otherwise.

import { closeSync, openSync, readSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { BoardStorage } from "../../core/io.ts";

/** Forgotten with the value itself. */
export function memoryStorage(): BoardStorage {
  let kept: Uint8Array | null = null;
  return {
    load: () => kept,
    save: (bytes) => (kept = bytes),
  };
}

/** What a board finds that has so much room: what was saved, and behind it, what reads as erased. */
export function storageContent(storage: BoardStorage, bytes: number): Uint8Array {
  const content = new Uint8Array(bytes).fill(0xff);
  content.set((storage.load() ?? new Uint8Array(0)).subarray(0, bytes));
  return content;
}

export interface StorageFile {
  /** In the folder. */
  readonly name: string;
  /** Hands what the file holds now to the holder. */
  readonly save: () => void;
}

/** @param fileBytes the file's size where it has to be larger than what is kept. */
export function putStorageFile(folder: string, storage: BoardStorage, bytes: number, fileBytes = bytes): StorageFile {
  const name = "storage.bin";
  const file = path.join(folder, name);
  writeFileSync(file, storageContent(storage, bytes));
  truncateSync(file, fileBytes);
  return {
    name,
    save: () => {
      const content = new Uint8Array(bytes);
      const opened = openSync(file, "r");
      readSync(opened, content);
      closeSync(opened);
      storage.save(content);
    },
  };
}
