// How our own C is compiled and linked by GNU's compilers: flags by core. The one table for the builds that reflexarc runs itself and for
// the CMake projects that it writes, so that both give the same bytes.

import { assert } from "../core/assert.ts";
import type { Core, ToolchainId } from "./board.ts";

export type CrossCompilerId = Exclude<ToolchainId, "yowasp-clang" | "cc">;

/** A core that a bare-metal gcc builds for. */
export interface CrossCore {
  readonly compiler: CrossCompilerId;
  /** What names instructions and calling convention: for compiling and linking. */
  readonly machine: readonly string[];
  /** For compiling alone, after COMPILE and SECTIONS. */
  readonly compile: readonly string[];
  /** For linking alone. */
  readonly libraries: readonly string[];
  /** Who brings the linker script and everything between reset and main(): the sources, or the C library. */
  readonly startup: "sources" | "library";
}

/** Of every build, on this machine too: no fused multiplication, which would round otherwise than the others. */
export const COMPILE = ["-std=c99", "-O2", "-ffp-contract=off"] as const;
/** What nobody calls stays out of an image. */
export const SECTIONS = ["-ffunction-sections", "-fdata-sections"] as const;
export const LEAVE_OUT_UNUSED = "-Wl,--gc-sections";
export const SOURCES_START = "-nostartfiles";
/** Of a program of this machine. */
export const NATIVE_LIBRARIES = ["-lm"] as const;

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
  rv32imac: { ...FREESTANDING, compiler: "riscv64-unknown-elf-gcc", machine: ["-march=rv32imac", "-misa-spec=2.2", "-mabi=ilp32"] },
  "xtensa-lx106": { ...FREESTANDING, compiler: "xtensa-lx106-elf-gcc", machine: [] },
  // Tables stay in program memory by the extension `__flash`.
  avr: { compiler: "avr-gcc", compile: ["-std=gnu99"], machine: ["-mmcu=atmega328p"], libraries: ["-lm"], startup: "library" },
};

export function crossCore(core: Core): CrossCore {
  const found = CROSS_CORES[core];
  assert(found !== undefined, `no bare-metal gcc builds for ${core}`);
  return found;
}

/** The linker script among the sources, and where those are that it includes: beside it. */
export function linkerScript(paths: Iterable<string>): { readonly script: string; readonly folder: string } {
  const scripts = [...paths].filter((name) => name.endsWith(".ld"));
  const [script = ""] = scripts;
  assert(scripts.length === 1, `a build for a bare board needs one linker script, not ${scripts.length}`);
  return { script, folder: script.includes("/") ? script.slice(0, script.lastIndexOf("/")) : "." };
}
