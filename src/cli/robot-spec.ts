// What robot.ts says, with what it imports. Reading it takes a whole TypeScript compiler and most of a second, so what it said is
// remembered from one command to the next, for as long as neither these files nor reflexarc change.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { deserialize, serialize } from "node:v8";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { success, type Diagnostic, type Outcome } from "../core/diagnostic.ts";
import { hash64 } from "../core/hash.ts";
import { IoError } from "../core/io.ts";
import { diskCache, userCacheFolder } from "../host/disk-cache.ts";
import { toolVersion } from "../host/package-files.ts";
import type { parseRobot as ParseRobot } from "../spec/parse-robot.ts";

const MAX_BYTES = 4 * 1024 * 1024;

interface Remembered {
  /** All files that were asked for: hash of the text, null where there was none. */
  readonly files: ReadonlyMap<string, string | null>;
  readonly spec: RobotSpec;
  readonly warnings: readonly Diagnostic[];
}

/** @param entry path of robot.ts, as messages should name it. @throws IoError when a file can't be read. */
export async function readRobotSpec(
  entry: string,
  folder = userCacheFolder("robots"),
  loadParser: () => Promise<typeof ParseRobot> = async () => (await import("../spec/parse-robot.ts")).parseRobot,
): Promise<Outcome<RobotSpec>> {
  const cache = diskCache(folder, MAX_BYTES);
  const key = JSON.stringify([toolVersion, changedMs(), entry, hashOf(sourceText(entry))]);
  const bytes = cache.read(key);
  const known = bytes === undefined ? null : (deserialize(bytes) as Remembered);
  if (known !== null && [...known.files].every(([path, hash]) => hashOf(sourceText(path)) === hash))
    return success(known.spec, known.warnings);
  const parseRobot = await loadParser();
  const files = new Map<string, string | null>();
  const outcome = parseRobot(entry, (path) => {
    const text = sourceText(path);
    files.set(path, hashOf(text));
    return text;
  });
  if (outcome.ok) cache.write(key, serialize({ files, spec: outcome.value, warnings: outcome.warnings } satisfies Remembered));
  return outcome;
}

function hashOf(text: string | undefined): string | null {
  return text === undefined ? null : hash64(text);
}

function sourceText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw new IoError(`can't read ${path}`, "check its permissions", cause);
  }
}

/** When what reads robot.ts was built last: a version may have several builds. */
function changedMs(): number {
  const folders = ["../spec/", "../artifacts/", "../core/"].map((folder) => fileURLToPath(new URL(folder, import.meta.url)));
  return Math.max(...folders.flatMap((folder) => readdirSync(folder).map((file) => statSync(folder + file).mtimeMs)));
}
