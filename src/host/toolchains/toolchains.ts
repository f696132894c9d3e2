// The toolchain that a board file names, for the board's core.

import type { Board } from "../../artifacts/board.ts";
import type { Toolchain } from "../../core/io.ts";
import { crossGcc } from "./cross-gcc.ts";
import { nativeCc } from "./native-cc.ts";
import { yowaspClang } from "./yowasp-clang.ts";

/** Null for those that build a project by themselves: Arduino and ESP-IDF. */
export function toolchainFor({ toolchain, core }: Pick<Board, "toolchain" | "core">): Toolchain | null {
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
    case "arduino":
    case "esp-idf":
      return null;
  }
}
