// The toolchain that a board file names.

import type { ToolchainId } from "../../artifacts/board.ts";
import type { Toolchain } from "../../core/io.ts";
import { armNoneEabiGcc } from "./arm-none-eabi-gcc.ts";
import { nativeCc } from "./native-cc.ts";
import { yowaspClang } from "./yowasp-clang.ts";

/** Null for those that build a project by themselves: Arduino and ESP-IDF. */
export function toolchainFor(id: ToolchainId): Toolchain | null {
  switch (id) {
    case "yowasp-clang":
      return yowaspClang();
    case "cc":
      return nativeCc();
    case "arm-none-eabi-gcc":
      return armNoneEabiGcc();
    case "arduino":
    case "esp-idf":
      return null;
  }
}
