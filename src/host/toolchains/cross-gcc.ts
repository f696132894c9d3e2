// Builds images for a core with GNU's bare-metal compiler for it. What a unit adds to the image comes from the linker's map,
// what a call needs of the stack from the compiler and the disassembly: both before anything is flashed.

import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Core } from "../../artifacts/board.ts";
import { COMPILE, crossCore, LEAVE_OUT_UNUSED, linkerScript, SECTIONS, SOURCES_START, type CrossCore } from "../../artifacts/gnu-flags.ts";
import type { BuildRequest, BuildResult, Toolchain } from "../../core/io.ts";
import { IoError } from "../../core/io.ts";
import { runTool } from "../run-tool.ts";
import { crossCompiler, crossObjdump, probeCrossCompiler } from "./cross-cores.ts";
import { gccBuild, OBJECTS, type GccOutput } from "./gcc-build.ts";
import { gnuKeptSections } from "./gnu-link-map.ts";
import { STACK_REPORTS, stackBounds } from "./stack-bound.ts";
import { sumSizes } from "./unit-sizes.ts";

export interface CrossOptions {
  /** More flags for the compiler, such as warnings. */
  readonly flags?: readonly string[];
}

/** @param core one that gnu-flags.ts knows. For most, the sources bring a linker script (.ld) and what runs before main(). */
export function crossGcc(core: Core, options: CrossOptions = {}): Toolchain {
  const target = crossCore(core);
  const compiler = crossCompiler(target);
  const report = STACK_REPORTS[target.compiler];
  const compile = [...target.machine, ...[...COMPILE, ...SECTIONS, report.flag], ...target.compile, ...(options.flags ?? [])];
  return {
    id: target.compiler,
    probe: () => probeCrossCompiler(target),
    build: (request, compiled) => {
      const startup = target.startup === "library" ? [] : [...scriptFlags(request), SOURCES_START];
      const link = [...target.machine, ...startup, ...target.libraries, LEAVE_OUT_UNUSED, `-Wl,-Map=${OBJECTS}/map`];
      const flags = { compile, link, report: report.extension };
      return gccBuild(compiler, request, flags, (output) => collect(target, request, output), compiled);
    },
  };
}

/** The script may include others from its folder. */
function scriptFlags(request: BuildRequest): string[] {
  const { script, folder } = linkerScript(request.sources.keys());
  return ["-T", script, `-L${folder}`];
}

async function collect(core: CrossCore, request: BuildRequest, output: GccOutput): Promise<BuildResult> {
  const [image, map, disassembly] = await Promise.all([
    readFile(output.image),
    readFile(path.join(output.folder, OBJECTS, "map"), "utf8"),
    disassemble(core, output.image),
  ]);
  return {
    image,
    sizes: sumSizes(request.units, gnuKeptSections(map, core.compiler === "avr-gcc" ? "ram" : "constants")),
    ...stackBounds(core.compiler, output.reports, disassembly),
  };
}

/** What objdump prints for the symbols and the code of an ELF file. */
export async function disassemble(core: CrossCore, elfPath: string): Promise<string> {
  const objdump = crossObjdump(core);
  const run = await runTool(objdump, ["-t", "-d", "--no-show-raw-insn", "-z", elfPath], path.dirname(elfPath));
  if (!run.ok) throw new IoError(`${objdump.name} cannot read the image: ${run.words}`, "build it again");
  return run.stdout;
}
