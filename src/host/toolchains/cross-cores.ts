// What GNU's bare-metal compilers need to know of each core: which of them it is, where to get it, and the flags that name
// the instructions, the calling convention and the libraries.

import path from "node:path";
import type { Board, Core } from "../../artifacts/board.ts";
import { assert } from "../../core/assert.ts";
import type { ToolStatus } from "../../core/io.ts";
import { probeTool, runTool, type Tool } from "../run-tool.ts";

/** With the library that Debian packs apart, and a file by which the compiler's finding it is told. */
const COMPILERS = {
  "arm-none-eabi-gcc": {
    library: { name: "newlib for arm-none-eabi-gcc", file: "libc_nano.a" },
    purpose: "images for boards with a Cortex-M",
    install: "Debian, Ubuntu: sudo apt install gcc-arm-none-eabi libnewlib-arm-none-eabi; macOS: brew install --cask gcc-arm-embedded",
  },
  "riscv64-unknown-elf-gcc": {
    library: null,
    purpose: "images for boards with a RISC-V",
    install: "Debian, Ubuntu: sudo apt install gcc-riscv64-unknown-elf; macOS: brew install riscv-software-src/riscv/riscv-tools",
  },
  "xtensa-lx106-elf-gcc": {
    library: null,
    purpose: "images for boards with an Xtensa LX106",
    install: "Debian, Ubuntu: sudo apt install gcc-xtensa-lx106; macOS: no package of Homebrew brings it, use a Linux container",
  },
  "avr-gcc": {
    library: { name: "avr-libc", file: "libc.a" },
    purpose: "images for boards with an AVR",
    install: "Debian, Ubuntu: sudo apt install gcc-avr avr-libc; macOS: brew install osx-cross/avr/avr-gcc",
  },
} as const;

export type CrossCompilerId = keyof typeof COMPILERS;

/** A core that one of these compilers builds for. */
export interface CrossCore {
  readonly compiler: CrossCompilerId;
  /** For compiling and linking. */
  readonly machine: readonly string[];
  /** For compiling alone. */
  readonly compile: readonly string[];
  readonly libraries: readonly string[];
  /** Who brings the linker script and everything between reset and main(): the sources, or the C library. */
  readonly startup: "sources" | "library";
}

const CORTEX_M = { compiler: "arm-none-eabi-gcc", compile: [], libraries: ["--specs=nano.specs", "-lm"], startup: "sources" } as const;
/** No C library: gcc's own headers and arithmetic. What calls of memcpy and the like gcc makes by itself, the port answers. */
const FREESTANDING = { compile: ["-ffreestanding"], libraries: ["-nostdlib", "-lgcc"], startup: "sources" } as const;

const CROSS_CORES: { readonly [Name in Core]?: CrossCore } = {
  "cortex-m0plus": { ...CORTEX_M, machine: ["-mcpu=cortex-m0plus", "-mthumb"] },
  "cortex-m4f": { ...CORTEX_M, machine: ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"] },
  "cortex-m7": { ...CORTEX_M, machine: ["-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-d16"] },
  "cortex-m33": { ...CORTEX_M, machine: ["-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"] },
  // The name of the core brings Helium along, for integers and floating point.
  "cortex-m55": { ...CORTEX_M, machine: ["-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard"] },
  rv32imc: { ...FREESTANDING, compiler: "riscv64-unknown-elf-gcc", machine: ["-march=rv32imc", "-misa-spec=2.2", "-mabi=ilp32"] },
  "xtensa-lx106": { ...FREESTANDING, compiler: "xtensa-lx106-elf-gcc", machine: [] },
  // Tables stay in program memory by the extension `__flash`.
  avr: { compiler: "avr-gcc", compile: ["-std=gnu99"], machine: ["-mmcu=atmega328p"], libraries: ["-lm"], startup: "library" },
};

export function crossCore(core: Board["core"]): CrossCore {
  const found = CROSS_CORES[core];
  assert(found !== undefined, `no bare-metal gcc builds for ${core}`);
  return found;
}

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
