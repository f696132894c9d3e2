// What the builds by a gcc-like compiler share: sources into a fresh folder, each unit into an object, objects into a program.
// In: a BuildRequest and flags. Out: the image and the files that the compiler left beside the objects.

import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { DiagnosticError, type Diagnostic } from "../../core/diagnostic.ts";
import type { BuildRequest } from "../../core/io.ts";
import { runTool, type Tool } from "../run-tool.ts";
import { withTemporaryFolder, writeSourceTree } from "../temporary-folder.ts";
import { compileDiagnostic, linkError } from "./compile-error.ts";

export interface GccFlags {
  /** For each unit. */
  readonly compile: readonly string[];
  /** For the program; paths are relative to the root of the sources. */
  readonly link: readonly string[];
}

/** What a build left, while its folder still exists. */
export interface GccOutput {
  /** The root of the sources. */
  readonly folder: string;
  /** Path of the image. */
  readonly image: string;
  /** Text of `unit-<index>.<extension>`, for every unit. */
  readonly besideObjects: (extension: string) => readonly string[];
}

/** Where objects go, below the root of the sources: a name that no project uses. */
export const OBJECTS = ".reflexarc-objects";

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
    const objects = request.units.map((_, index) => `${OBJECTS}/unit-${index}.o`);
    const options = [...flags.compile, ...request.includes.map((each) => `-I${each}`), ...request.defines.map((each) => `-D${each}`)];
    let done = 0;
    // All at once: the units are few, and the folder must stay until the last compiler has ended.
    const results = await Promise.allSettled(
      request.units.map(async (unit, index) => {
        const failure = await compileUnit(tool, unit, [...options, "-c", unit, "-o", objects[index] as string], folder);
        compiled(++done);
        return failure;
      }),
    );
    const failures: Diagnostic[] = [];
    for (const result of results) {
      if (result.status === "rejected") throw result.reason;
      if (result.value !== null) failures.push(result.value);
    }
    if (failures.length > 0) throw new DiagnosticError(failures);
    const image = `${OBJECTS}/image`;
    const linked = await runTool(tool, [...objects, ...flags.link, "-o", image], folder);
    if (!linked.ok) throw linkError(linked.words);
    return collect({
      folder,
      image: path.join(folder, image),
      besideObjects: (extension) =>
        request.units.map((_, index) => readFileSync(path.join(folder, OBJECTS, `unit-${index}.${extension}`), "utf8")),
    });
  });
}

async function compileUnit(tool: Tool, unit: string, options: readonly string[], folder: string): Promise<Diagnostic | null> {
  const run = await runTool(tool, options, folder);
  return run.ok ? null : compileDiagnostic(unit, run.words);
}
