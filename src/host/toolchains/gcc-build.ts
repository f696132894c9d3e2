// What the builds by a gcc-like compiler share: sources into a fresh folder, each unit into an object, objects into a program.
// In: a BuildRequest and flags. Out: the image and what the compiler reported beside the objects. Objects are kept, from one process to
// the next too: a build compiles only what has changed.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { deserialize, serialize } from "node:v8";
import { DiagnosticError, type Diagnostic } from "../../core/diagnostic.ts";
import type { BuildRequest } from "../../core/io.ts";
import { diskCache, userCacheFolder, type DiskCache } from "../disk-cache.ts";
import { probeTool, runTool, type Tool } from "../run-tool.ts";
import { withTemporaryFolder, writeSourceTree } from "../temporary-folder.ts";
import { compileDiagnostic, linkError } from "./compile-error.ts";
import { objectKey } from "./object-key.ts";

export interface GccFlags {
  /** For each unit. */
  readonly compile: readonly string[];
  /** For the program; paths are relative to the root of the sources. */
  readonly link: readonly string[];
  /** Extension of the report that these flags make the compiler leave beside each object; null: none. */
  readonly report: string | null;
}

/** What a build left, while its folder still exists. */
export interface GccOutput {
  /** The root of the sources. */
  readonly folder: string;
  /** Path of the image. */
  readonly image: string;
  /** The report on each unit. */
  readonly reports: readonly string[];
}

/** Where objects go, below the root of the sources: a name that no project uses. */
export const OBJECTS = ".reflexarc-objects";

interface CompiledUnit {
  readonly object: Uint8Array;
  readonly report: string;
}

/** Of this process, by objectKey. */
const compiledUnits = new Map<string, CompiledUnit>();

/** Builds and calls `collect` before the folder is removed.
 * @throws DiagnosticError with the compiler's words. @throws IoError when the compiler can't run. */
export function gccBuild<Result>(
  tool: Tool,
  request: BuildRequest,
  flags: GccFlags,
  collect: (output: GccOutput) => Promise<Result>,
  compiled: (units: number) => void = () => undefined,
): Promise<Result> {
  return withTemporaryFolder(async (folder) => {
    writeSourceTree(folder, request.sources);
    mkdirSync(path.join(folder, OBJECTS));
    const options = [...flags.compile, ...request.includes.map((each) => `-I${each}`), ...request.defines.map((each) => `-D${each}`)];
    const status = await probeTool(tool);
    const known = [tool.name, status.version ?? "", ...options];
    const cache = diskCache(userCacheFolder("objects"));
    let done = 0;
    // All at once: the units are few, and the folder must stay until the last compiler has ended.
    const results = await Promise.allSettled(
      request.units.map(async (unit, index) => {
        const key = objectKey(unit, request, known);
        const kept = compiledUnits.get(key) ?? readUnit(cache, key);
        const result = kept ?? (await compileUnit(tool, unit, index, { ...flags, compile: options }, folder));
        if ("object" in result) {
          compiledUnits.set(key, result);
          if (kept === undefined) cache.write(key, serialize(result));
        }
        compiled(++done);
        return result;
      }),
    );
    const units: CompiledUnit[] = [];
    const failures: Diagnostic[] = [];
    for (const result of results) {
      if (result.status === "rejected") throw result.reason;
      if ("object" in result.value) units.push(result.value);
      else failures.push(result.value);
    }
    if (failures.length > 0) throw new DiagnosticError(failures);
    units.forEach(({ object }, index) => {
      writeFileSync(path.join(folder, objectPath(index)), object);
    });
    const image = `${OBJECTS}/image`;
    const linked = await runTool(tool, [...units.map((_, index) => objectPath(index)), ...flags.link, "-o", image], folder);
    if (!linked.ok) throw linkError(linked.words);
    return collect({ folder, image: path.join(folder, image), reports: units.map(({ report }) => report) });
  });
}

function readUnit(cache: DiskCache, key: string): CompiledUnit | undefined {
  const bytes = cache.read(key);
  return bytes === undefined ? undefined : (deserialize(bytes) as CompiledUnit);
}

function objectPath(index: number): string {
  return `${OBJECTS}/unit-${index}.o`;
}

async function compileUnit(tool: Tool, unit: string, index: number, flags: GccFlags, folder: string): Promise<CompiledUnit | Diagnostic> {
  const object = objectPath(index);
  const run = await runTool(tool, [...flags.compile, "-c", unit, "-o", object], folder);
  if (!run.ok) return compileDiagnostic(unit, run.words);
  const reportPath = path.join(folder, object.replace(/o$/, flags.report ?? ""));
  return {
    object: readFileSync(path.join(folder, object)),
    report: flags.report === null ? "" : readFileSync(reportPath, "utf8"),
  };
}
