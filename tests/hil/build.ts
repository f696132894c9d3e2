// Builds the command line once before the tests that start it, unless each of its sources is older than what was made of it.

import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../src/host/package-root.ts";
import { buildTrainingEngine } from "../../src/host/training-engine.ts";

const SOURCES = path.join(packageRoot, "src");
const BUILT = path.join(packageRoot, "dist");

export default async function setup(): Promise<void> {
  if (sourceFiles().some(isStale)) {
    execFileSync(process.execPath, [path.join(packageRoot, "node_modules", "typescript", "bin", "tsc"), "-p", SOURCES]);
  }
  await buildTrainingEngine();
}

/** Paths below src/ of what tsc compiles (src/tsconfig.json). */
function sourceFiles(): readonly string[] {
  return readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !/\.(test|d)\.ts$|(^|\/)testing(\.ts$|\/)/.test(file),
  );
}

function isStale(file: string): boolean {
  const built = statSync(path.join(BUILT, file.replace(/\.ts$/, ".js")), { throwIfNoEntry: false });
  return built === undefined || built.mtimeMs < statSync(path.join(SOURCES, file)).mtimeMs;
}
