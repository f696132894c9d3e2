// Builds C and C++ together into a program of this machine, for what the host board's toolchain (C alone) does not build.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { BuildRequest } from "../src/core/io.ts";
import { withTemporaryFolder, writeSourceTree } from "../src/host/temporary-folder.ts";

const run = promisify(execFile);

/** The warnings under which generated code stays silent. */
const WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror"];

export interface NativeBuild {
  /** For C++ units, such as the folders of a framework's headers. */
  readonly cxxFlags?: readonly string[];
  /** For C units. */
  readonly cFlags?: readonly string[];
  /** Sources outside of the request: a framework's part. Compiled without warnings. */
  readonly others?: readonly string[];
  /** Libraries, for the linker. */
  readonly libraries?: readonly string[];
}

/** The program. @throws Error with the compiler's words. */
export async function buildNative(request: BuildRequest, options: NativeBuild = {}): Promise<Uint8Array> {
  return withTemporaryFolder(async (folder) => {
    writeSourceTree(folder, request.sources);
    const common = [
      "-O1",
      "-ffp-contract=off",
      ...request.includes.map((each) => `-I${each}`),
      ...request.defines.map((each) => `-D${each}`),
    ];
    const compile = async (source: string, index: number, warnings: readonly string[]): Promise<string> => {
      const object = `${index}.o`;
      const isC = source.endsWith(".c");
      const flags = isC ? ["-x", "c", "-std=c99", ...(options.cFlags ?? [])] : ["-x", "c++", "-std=c++14", ...(options.cxxFlags ?? [])];
      await run(isC ? "cc" : "c++", [...common, ...warnings, ...flags, "-c", source, "-o", object], { cwd: folder });
      return object;
    };
    const others = (options.others ?? []).map((source) => path.resolve(source));
    const compiled = [
      ...request.units.map((unit, index) => compile(unit, index, WARNINGS)),
      ...others.map((source, index) => compile(source, request.units.length + index, [])),
    ];
    // All of them end before the folder goes.
    await Promise.allSettled(compiled);
    const objects = await Promise.all(compiled);
    await run("c++", [...objects, ...(options.libraries ?? []), "-lm", "-o", "program"], { cwd: folder });
    return new Uint8Array(readFileSync(path.join(folder, "program")));
  });
}
