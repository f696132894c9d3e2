// Keeps what takes long to make (compiled objects, what robot.ts says) from one process to the next, in the user's cache folder: by a key
// that covers all that it is made of, bytes in and bytes out. Nobody needs to know of it: what is lost or damaged is made again, the
// oldest makes room.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { sha256Hex } from "../core/hash.ts";

export interface DiskCache {
  /** @returns undefined when nothing whole is there. */
  read(key: string): Uint8Array | undefined;
  write(key: string, bytes: Uint8Array): void;
}

/** Of each kind. Some thousand objects: policies of many months. */
const MAX_BYTES = 64 * 1024 * 1024;
/** What a file begins with: the hash of what follows, in hexadecimal digits. */
const HASH_BYTES = 64;

/** @param folder is made when it is missing. @param maxBytes of all files together, as the first write finds them. */
export function diskCache(folder: string, maxBytes = MAX_BYTES): DiskCache {
  const fileOf = (key: string): string => path.join(folder, sha256Hex(key));
  let pruned = false;
  return {
    read: (key) =>
      orUndefined(() => {
        const content = readFileSync(fileOf(key));
        const bytes = new Uint8Array(content.subarray(HASH_BYTES));
        if (content.toString("latin1", 0, HASH_BYTES) !== sha256Hex(bytes)) return undefined;
        utimesSync(fileOf(key), new Date(), new Date());
        return bytes;
      }),
    write: (key, bytes) => {
      orUndefined(() => {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        if (!pruned) prune(folder, maxBytes);
        pruned = true;
        // Others may write the same at the same time, or read it.
        const unfinished = `${fileOf(key)}.${process.pid}`;
        writeFileSync(unfinished, Buffer.concat([Buffer.from(sha256Hex(bytes), "latin1"), bytes]));
        renameSync(unfinished, fileOf(key));
      });
    },
  };
}

/** XDG_CACHE_HOME where that is set, as the XDG base directory specification has it. */
export function userCacheFolder(kind: "objects" | "robots"): string {
  const chosen = process.env["XDG_CACHE_HOME"] ?? "";
  return path.join(path.isAbsolute(chosen) ? chosen : path.join(homedir(), ".cache"), "reflexarc", kind);
}

/** Removes what was not used for longest, until the rest fits. */
function prune(folder: string, maxBytes: number): void {
  const files = readdirSync(folder)
    .map((name) => path.join(folder, name))
    .map((file) => ({ file, ...sizeAndAge(file) }))
    .sort((left, right) => right.usedMs - left.usedMs);
  let bytes = 0;
  for (const { file, size } of files) {
    bytes += size;
    if (bytes > maxBytes) rmSync(file, { force: true });
  }
}

/** Another process may have removed it. */
function sizeAndAge(file: string): { readonly size: number; readonly usedMs: number } {
  const found = statSync(file, { throwIfNoEntry: false });
  return { size: found?.size ?? 0, usedMs: found?.mtimeMs ?? 0 };
}

/** A cache that can't be read or written (no home, a full disk) costs time, nothing else. */
function orUndefined<Value>(use: () => Value): Value | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
