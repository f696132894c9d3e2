// Boards in QEMU, their serial line on a socket that it inherits (of QEMU's channels the fastest, and nothing is lost).

import { writeFileSync } from "node:fs";
import path from "node:path";
import type { EmulatorId } from "../../artifacts/board.ts";
import type { Emulator, RunningBoard } from "../../core/io.ts";
import { ELF_ARM, parseElf } from "../elf.ts";
import { probeTool, type Tool } from "../run-tool.ts";
import { createTemporaryFolder } from "../temporary-folder.ts";
import { startChildBoard } from "./child-board.ts";

interface Machine {
  readonly board: string;
  readonly tool: Tool;
  /** As an ELF file's header numbers the processor. */
  readonly elfMachine: number;
  /** What chooses the machine. */
  readonly arguments: readonly string[];
}

const QEMU_MISC = "Debian, Ubuntu: sudo apt install qemu-system-misc; macOS: brew install qemu";

const QEMU_ARM: Tool = {
  name: "qemu-system-arm",
  purpose: "the emulated Cortex-M",
  install: "Debian, Ubuntu: sudo apt install qemu-system-arm; macOS: brew install qemu",
};

/** The machine's serial line is the socket that QEMU inherits. */
const UART = ["-chardev", "socket,id=uart,fd=3", "-serial", "chardev:uart"];

const MACHINES = {
  "qemu-mps2-an386": { board: "qemu-cortex-m4", tool: QEMU_ARM, elfMachine: ELF_ARM, arguments: ["-M", "mps2-an386", ...UART] },
  "qemu-mps3-an547": { board: "qemu-cortex-m55", tool: QEMU_ARM, elfMachine: ELF_ARM, arguments: ["-M", "mps3-an547", ...UART] },
  "qemu-riscv32-virt": {
    board: "qemu-riscv32",
    tool: { name: "qemu-system-riscv32", purpose: "the emulated RISC-V", install: QEMU_MISC },
    elfMachine: 243,
    arguments: ["-M", "virt", "-bios", "none", ...UART],
  },
  "qemu-xtensa-sim": {
    board: "qemu-xtensa",
    tool: { name: "qemu-system-xtensa", purpose: "the emulated Xtensa LX106", install: QEMU_MISC },
    elfMachine: 94,
    // The program reads and writes an inherited socket by calls to the emulator. (Its console loses and repeats bytes when more
    // than 16 arrive at once: QEMU's two threads change one buffer without a lock.)
    arguments: ["-M", "sim", "-cpu", "lx106", "-semihosting", "-serial", "null"],
  },
} as const satisfies { readonly [Id in EmulatorId]?: Machine };

export type QemuMachineId = keyof typeof MACHINES;

export interface QemuOptions {
  /** One instruction is one virtual nanosecond: counters repeat exactly. */
  readonly icount?: boolean;
  /** More arguments, such as for tracing. */
  readonly arguments?: readonly string[];
}

export function qemuEmulator(id: QemuMachineId, options: QemuOptions = {}): Emulator {
  const machine: Machine = MACHINES[id];
  return {
    id,
    probe: async () => [await probeTool(machine.tool)],
    boot: (image) => bootQemu(machine, image, options),
  };
}

async function bootQemu(machine: Machine, image: Uint8Array, options: QemuOptions): Promise<RunningBoard> {
  const { board, tool } = machine;
  parseElf(image, machine.elfMachine); // QEMU would run anything, for ever
  const folder = createTemporaryFolder();
  writeFileSync(path.join(folder.path, "firmware.elf"), image);
  return await startChildBoard({
    url: `emu:${board}`,
    command: tool.name,
    arguments: [
      ...["-display", "none", "-monitor", "none", "-kernel", "firmware.elf", ...machine.arguments],
      ...(options.icount === true ? ["-icount", "shift=0"] : []),
      ...(options.arguments ?? []),
    ],
    folder,
    link: "inherited",
    hint: `build the image for --board ${board}; without QEMU: ${tool.install}`,
  });
}
