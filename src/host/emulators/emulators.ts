// The emulator that a board file names.

import type { EmulatorId } from "../../artifacts/board.ts";
import type { Emulator } from "../../core/io.ts";
import { processEmulator } from "./process.ts";
import { qemuEmulator } from "./qemu.ts";
import { virtualEmulator } from "./virtual.ts";

export interface EmulatorOptions {
  /** QEMU counts instructions as nanoseconds: counters then repeat exactly, and time on the board runs at its own pace. */
  readonly icount?: boolean;
}

export function emulatorFor(id: EmulatorId, options: EmulatorOptions = {}): Emulator {
  switch (id) {
    case "virtual":
      return virtualEmulator();
    case "process":
      return processEmulator();
    case "qemu-mps2-an386":
      return qemuEmulator(options);
  }
}
