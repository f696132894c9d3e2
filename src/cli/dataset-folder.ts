// A data set on disk: the names of its files, read one by one when they are needed.

import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { IoError } from "../core/io.ts";
import type { DatasetFolder } from "../dataset/lerobot/import-lerobot.ts";

/** @throws IoError when the folder can't be read. */
export async function openDatasetFolder(folder: string): Promise<DatasetFolder> {
  const unreadable = (path: string) => (cause: unknown) => {
    throw new IoError(`can't read ${path}`, "check that it exists and that you may read it", cause);
  };
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(unreadable(folder));
  return {
    name: folder,
    paths: entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join("/")),
    read: (path) => readFile(join(folder, path)).catch(unreadable(join(folder, path))),
  };
}
