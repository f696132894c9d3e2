// The toolchain that a board file names, for the board's core.

import type { Board, Core, ToolchainId } from "../../artifacts/board.ts";
import type { Toolchain } from "../../core/io.ts";
import { crossGcc } from "./cross-gcc.ts";
import { nativeCc } from "./native-cc.ts";
import { yowaspClang } from "./yowasp-clang.ts";

/** Null where no port of ours exists: frameworks build their projects by themselves. */
export function boardToolchain({ core, frameworks }: Board): Toolchain | null {
  return frameworks.bare === undefined ? null : toolchainFor(frameworks.bare.toolchain, core);
}

export function toolchainFor(toolchain: ToolchainId, core: Core): Toolchain {
  switch (toolchain) {
    case "yowasp-clang":
      return yowaspClang();
    case "cc":
      return nativeCc();
    case "arm-none-eabi-gcc":
    case "riscv64-unknown-elf-gcc":
    case "xtensa-lx106-elf-gcc":
    case "avr-gcc":
      return crossGcc(core);
  }
}
