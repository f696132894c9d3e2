// Builds images for the Cortex-M4F with GNU's bare-metal compiler. What a unit adds to the image comes from the linker's
// map, what a call needs of the stack from the compiler's call graph: both before anything is flashed.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { assert } from "../../core/assert.ts";
import type { BuildRequest, BuildResult, Toolchain } from "../../core/io.ts";
import { IoError } from "../../core/io.ts";
import { probeTool, runTool, type Tool } from "../run-tool.ts";
import { parseCallGraph, worstStackBytes } from "./call-graph.ts";
import { leafStackBytes, parseDisassembly } from "./disassembly.ts";
import { gccBuild, OBJECTS, type GccOutput } from "./gcc-build.ts";
import { gnuKeptSections } from "./gnu-link-map.ts";
import { sumSizes } from "./unit-sizes.ts";

const INSTALL = "Debian, Ubuntu: sudo apt install gcc-arm-none-eabi libnewlib-arm-none-eabi; macOS: brew install --cask gcc-arm-embedded";

export const ARM_GCC: Tool = { name: "arm-none-eabi-gcc", purpose: "images for boards with a Cortex-M4F", install: INSTALL };
export const ARM_OBJDUMP: Tool = { name: "arm-none-eabi-objdump", purpose: "stack bounds and cycle estimates", install: INSTALL };

const CORTEX_M4F = ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"];

export interface ArmOptions {
  /** More flags for the compiler, such as warnings. */
  readonly flags?: readonly string[];
}

/** The sources bring a linker script (.ld), a vector table and everything between reset and main(). */
export function armNoneEabiGcc(options: ArmOptions = {}): Toolchain {
  const compile = [
    ...CORTEX_M4F,
    ...["-std=c99", "-O2", "-ffp-contract=off", "-ffunction-sections", "-fdata-sections", "-fcallgraph-info=su"],
    ...(options.flags ?? []),
  ];
  return {
    id: "arm-none-eabi-gcc",
    probe: async () => [await probeTool(ARM_GCC)],
    build: (request, compiled) => {
      const link = [
        ...CORTEX_M4F,
        ...["-T", linkerScript(request), "-nostartfiles", "--specs=nano.specs", "-lm"],
        ...["-Wl,--gc-sections", `-Wl,-Map=${OBJECTS}/map`],
      ];
      return gccBuild(ARM_GCC, request, { compile, link }, (output) => collect(request, output), compiled);
    },
  };
}

function linkerScript(request: BuildRequest): string {
  const scripts = [...request.sources.keys()].filter((name) => name.endsWith(".ld"));
  assert(scripts.length === 1, `a build for a bare board needs one linker script, not ${scripts.length}`);
  return scripts[0] as string;
}

async function collect(request: BuildRequest, output: GccOutput): Promise<BuildResult> {
  const [image, map, disassembly] = await Promise.all([
    readFile(output.image),
    readFile(path.join(output.folder, OBJECTS, "map"), "utf8"),
    disassemble(output.image),
  ]);
  const functions = new Map(parseDisassembly(disassembly).map((each) => [each.name, each]));
  const graph = parseCallGraph(output.besideObjects("ci"));
  const libraryStack = (name: string): number | undefined => {
    const found = functions.get(name);
    return found === undefined ? undefined : leafStackBytes(found);
  };
  return {
    image,
    sizes: sumSizes(request.units, gnuKeptSections(map)),
    stackBytes: (functionName) => worstStackBytes(graph, functionName, libraryStack),
  };
}

/** What objdump prints for the code of an ELF file. */
export async function disassemble(elfPath: string): Promise<string> {
  const run = await runTool(ARM_OBJDUMP, ["-d", "--no-show-raw-insn", "-z", elfPath], path.dirname(elfPath));
  if (!run.ok) throw new IoError(`arm-none-eabi-objdump cannot read the image: ${run.words}`, "build it again");
  return run.stdout;
}
