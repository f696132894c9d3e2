// GNU's bare-metal compilers as tools of this machine: which of them builds for a core, whether it is here with its C library, and where
// to get it. Their flags are in artifacts/gnu-flags.ts.

import path from "node:path";
import type { CrossCompilerId, CrossCore } from "../../artifacts/gnu-flags.ts";
import type { Installation, ToolStatus } from "../../core/io.ts";
import { probeTool, runTool, type Tool } from "../run-tool.ts";

interface CrossCompiler {
  /** What Debian packs apart, and a file by which the compiler's finding it is told. */
  readonly library: { readonly name: string; readonly file: string } | null;
  readonly purpose: string;
  readonly install: Installation;
}

const COMPILERS: { readonly [Id in CrossCompilerId]: CrossCompiler } = {
  "arm-none-eabi-gcc": {
    library: { name: "newlib for arm-none-eabi-gcc", file: "libc_nano.a" },
    purpose: "images for boards with a Cortex-M",
    install: {
      debian: "sudo apt install gcc-arm-none-eabi libnewlib-arm-none-eabi",
      macos: "brew install --cask gcc-arm-embedded",
      windows: "winget install Arm.GnuArmEmbeddedToolchain",
    },
  },
  "riscv64-unknown-elf-gcc": {
    library: null,
    purpose: "images for boards with a RISC-V",
    install: {
      debian: "sudo apt install gcc-riscv64-unknown-elf",
      macos: "brew install riscv-software-src/riscv/riscv-tools",
      windows: "in WSL: sudo apt install gcc-riscv64-unknown-elf",
    },
  },
  "xtensa-lx106-elf-gcc": {
    library: null,
    purpose: "images for boards with an Xtensa LX106",
    install: {
      debian: "sudo apt install gcc-xtensa-lx106",
      macos: "no package of Homebrew brings it, use a Linux container",
      windows: "in WSL: sudo apt install gcc-xtensa-lx106",
    },
  },
  "avr-gcc": {
    library: { name: "avr-libc", file: "libc.a" },
    purpose: "images for boards with an AVR",
    install: {
      debian: "sudo apt install gcc-avr avr-libc",
      macos: "brew install osx-cross/avr/avr-gcc",
      windows: "winget install ZakKemble.avr-gcc",
    },
  },
};

export function crossCompiler({ compiler }: CrossCore): Tool {
  const { purpose, install } = COMPILERS[compiler];
  return { name: compiler, purpose, install };
}

/** The compiler, and its C library where that is missing. */
export async function probeCrossCompiler(core: CrossCore): Promise<readonly ToolStatus[]> {
  const tool = crossCompiler(core);
  const { library } = COMPILERS[core.compiler];
  const status = await probeTool(tool);
  if (!status.found || library === null) return [status];
  // It prints the file's whole path, or just its name when it does not find it.
  const run = await runTool(tool, [...core.machine, `-print-file-name=${library.file}`], ".");
  return run.ok && path.isAbsolute(run.stdout)
    ? [status]
    : [status, { tool: library.name, found: false, purpose: tool.purpose, install: tool.install }];
}

/** Its disassembler, which comes with it. */
export function crossObjdump(core: CrossCore): Tool {
  const name = core.compiler.replace(/gcc$/, "objdump");
  return { name, purpose: "stack bounds and cycle estimates", install: COMPILERS[core.compiler].install };
}
