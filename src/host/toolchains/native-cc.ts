// Builds programs for this machine with its C compiler: the firmware as a process, with sanitizers where tests want them.

import { readFile } from "node:fs/promises";
import { COMPILE, NATIVE_LIBRARIES } from "../../artifacts/gnu-flags.ts";
import type { BuildResult, Toolchain, ToolStatus } from "../../core/io.ts";
import { IoError } from "../../core/io.ts";
import { installHint, probeTool, type Tool } from "../run-tool.ts";
import { gccBuild, type GccOutput } from "./gcc-build.ts";

export interface NativeOptions {
  /** Stop the program, with a report, at the first mistake of the kind. */
  readonly sanitizers?: readonly ("address" | "undefined")[];
  /** More flags for the compiler, such as warnings. */
  readonly flags?: readonly string[];
}

const COMPILERS: readonly Tool[] = ["cc", "gcc", "clang"].map((name) => ({
  name,
  purpose: "C programs for this machine: the host board",
  install: { debian: "sudo apt install gcc", macos: "xcode-select --install", windows: "winget install LLVM.LLVM, or use WSL" },
}));

/** Sizes and stack are left out: what matters on a board says little on a computer. */
export function nativeCc(options: NativeOptions = {}): Toolchain {
  const sanitizers = (options.sanitizers ?? []).map((each) => `-fsanitize=${each}`);
  const stop = sanitizers.length === 0 ? [] : ["-fno-sanitize-recover=all", "-g1"];
  const flags = {
    compile: [...COMPILE, ...sanitizers, ...stop, ...(options.flags ?? [])],
    link: [...sanitizers, ...NATIVE_LIBRARIES],
    report: null,
  };
  return {
    id: "cc",
    probe: async () => [(await firstFound()).status],
    build: async (request, compiled) => {
      const { tool, status } = await firstFound();
      if (!status.found) throw new IoError("there is no C compiler on this machine: tried cc, gcc and clang", installHint(tool.install));
      const collect = async ({ image }: GccOutput): Promise<BuildResult> => ({
        image: await readFile(image),
        sizes: new Map(),
        stackBytes: () => undefined,
        interruptStackBytes: () => 0,
      });
      return gccBuild(tool, request, flags, collect, compiled);
    },
  };
}

async function firstFound(): Promise<{ tool: Tool; status: ToolStatus }> {
  const statuses = await Promise.all(COMPILERS.map(async (tool) => ({ tool, status: await probeTool(tool) })));
  return statuses.find(({ status }) => status.found) ?? (statuses[0] as { tool: Tool; status: ToolStatus });
}
