// Builds the command line once before the tests that start it, when its sources are newer than what was built.

import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../src/host/package-root.ts";
import { CLI } from "./cli.ts";

export default function setup(): void {
  const built = statSync(CLI, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (newest(path.join(packageRoot, "src")) < built) return;
  execFileSync(process.execPath, [path.join(packageRoot, "node_modules", "typescript", "bin", "tsc"), "-p", path.join(packageRoot, "src")]);
}

function newest(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(...entries.map((entry) => statSync(path.join(entry.parentPath, entry.name)).mtimeMs));
}
