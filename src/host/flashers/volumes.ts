// The drives that boards show to be flashed: a file that is copied onto one is what the board runs next. In: what to look for. Out:
// the folder where it is mounted, and how a file gets there in steps that can be watched.

import { existsSync } from "node:fs";
import { open, readdir, readFile, type FileHandle } from "node:fs/promises";
import path from "node:path";
import type { Board } from "../../artifacts/board.ts";
import type { Progress } from "../../core/io.ts";
import { interrupted, notWritable } from "./flash-error.ts";
import { until } from "./until.ts";

/** Where drives are seen; tests have their own. */
export interface Volumes {
  /** The folders where drives are mounted now. */
  mounted(): Promise<readonly string[]>;
  /** Whether the system knows a drive with this label, mounted or not; false where it doesn't tell. */
  known(label: string): boolean;
}

const STEP_BYTES = 32 * 1024;
const BLOCK_BYTES = 512;
/** The system notices a moment after the first error that a drive is gone. */
const GONE_MS = 2_000;

export const systemVolumes: Volumes = {
  mounted: () => {
    switch (process.platform) {
      case "darwin":
        return foldersIn("/Volumes");
      case "win32":
        return Promise.resolve(
          Array.from({ length: 23 }, (_, index) => `${String.fromCharCode(68 + index)}:\\`).filter((folder) => existsSync(folder)),
        );
      default:
        return readFile("/proc/mounts", "utf8").then(mountsOf, () => []);
    }
  },
  known: (label) => existsSync(path.join("/dev/disk/by-label", label)),
};

/** @param mounts as the kernel prints them (proc(5), fstab(5)): device, folder, kind; what is odd in them as \040. Boards show FAT. */
export function mountsOf(mounts: string): readonly string[] {
  return mounts.split("\n").flatMap((line) => {
    const [, folder = "", kind] = line.split(" ");
    if (kind !== "vfat" && kind !== "msdos" && kind !== "exfat") return [];
    return [folder.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))];
  });
}

/** The text of a file of a drive; null when it isn't there: drives vanish. */
export function volumeFile(folder: string, name: string): Promise<string | null> {
  return readFile(path.join(folder, name), "latin1").catch(() => null);
}

/** A drive that is mounted. */
export interface Drive {
  readonly folder: string;
  /** Whether it is still there. */
  here(): Promise<boolean>;
}

/** Of an open file, what copying needs. */
export type OpenFile = Pick<FileHandle, "write" | "sync" | "close">;

/** Copies a file onto a drive, and makes step by step sure that it leaves this machine. A drive that vanishes with the very last block
 * has taken it: that is when boards start what they got.
 * @throws DiagnosticError when the drive can't be written to, or vanishes before. */
export async function copyToDrive(
  board: Board,
  drive: Drive,
  name: string,
  bytes: Uint8Array,
  progress: Progress,
  openFile: (file: string) => Promise<OpenFile> = (file) => open(file, "w"),
  goneMs = GONE_MS,
): Promise<void> {
  const failed = (error: unknown): never => {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === "EACCES" || code === "EPERM" || code === "EROFS" ? notWritable(drive.folder) : interrupted(board, message);
  };
  const file = await openFile(path.join(drive.folder, name)).catch(failed);
  progress.start(`writing ${board.name}`, bytes.length);
  const beforeLast = Math.max(0, bytes.length - BLOCK_BYTES);
  let done = 0;
  try {
    while (done < bytes.length) {
      const end = done < beforeLast ? Math.min(done + STEP_BYTES, beforeLast) : bytes.length;
      done += (await file.write(bytes.subarray(done, end))).bytesWritten;
      await file.sync();
      progress.update(done);
      // Not each system lets the writer of a file know.
      if (done < bytes.length && !(await drive.here())) throw new Error("its drive vanished");
    }
    await file.close();
  } catch (error) {
    await file.close().catch(() => undefined);
    if (done < bytes.length || !(await vanishes(drive, goneMs))) failed(error);
  } finally {
    progress.finish();
  }
}

/** @returns false when the time is over and it is still there. */
export function vanishes(drive: Drive, patienceMs: number): Promise<boolean> {
  return until(async () => !(await drive.here()), patienceMs);
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => path.join(folder, name));
}
