// The emulator that a board file names.

import type { EmulatorId } from "../../artifacts/board.ts";
import type { Emulator } from "../../core/io.ts";
import { machineEmulator } from "./machine-emulator.ts";
import { processEmulator } from "./process.ts";
import { qemuEmulator } from "./qemu.ts";
import { traceCalls } from "./qemu-trace.ts";
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
    case "rp2040js":
      return machineEmulator(id, "pico");
    case "avr8js":
      return machineEmulator(id, "uno");
    case "qemu-mps2-an386":
    case "qemu-netduinoplus2":
      return { ...qemuEmulator(id, options), countCalls: (elf, name, drive) => traceCalls(id, elf, name, drive) };
    case "qemu-mps3-an547":
    case "qemu-riscv32-virt":
    case "qemu-xtensa-sim":
      return qemuEmulator(id, options);
  }
}
