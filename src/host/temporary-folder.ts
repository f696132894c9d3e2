// A fresh folder for one build or one running board, gone afterwards however this process ends. Builds never touch the
// user's folders.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onExit } from "signal-exit";
import type { SourceTree } from "../core/io.ts";

export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

export function createTemporaryFolder(): TemporaryFolder {
  const folder = mkdtempSync(path.join(tmpdir(), "reflexarc-"));
  const erase = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  const forget = onExit(erase);
  return {
    path: folder,
    remove: () => {
      forget();
      erase();
    },
  };
}

/** Calls `use` with a fresh folder and removes it, also when `use` throws. */
export async function withTemporaryFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = createTemporaryFolder();
  try {
    return await use(folder.path);
  } finally {
    folder.remove();
  }
}

/** Writes the files below the folder, making the folders between. */
export function writeSourceTree(folder: string, sources: SourceTree): void {
  for (const [name, content] of sources) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}
