// Boards in QEMU, their serial line on a socket that it inherits (of QEMU's channels the fastest, and nothing is lost).

import { writeFileSync } from "node:fs";
import path from "node:path";
import type { EmulatorId } from "../../artifacts/board.ts";
import type { BoardStorage, Emulator, RunningBoard } from "../../core/io.ts";
import { ELF_ARM } from "../elf.ts";
import { parseProgram } from "../flash-image.ts";
import { installHint, probeTool, type Tool } from "../run-tool.ts";
import { createTemporaryFolder } from "../temporary-folder.ts";
import { memoryStorage, putStorageFile } from "./board-storage.ts";
import { startChildBoard } from "./child-board.ts";
import { withResetButton } from "./reset-button.ts";

interface Machine {
  readonly board: string;
  readonly tool: Tool;
  /** As an ELF file's header numbers the processor. */
  readonly elfMachine: number;
  /** What chooses the machine, and gives it the image. */
  readonly arguments: readonly string[];
  /** Where its flash for programs begins, if it is flashed with a plain binary file: then it boots that, too. */
  readonly flashStart?: number;
  /** Its flash for data, if it has any: what of it the port uses, and the size that QEMU insists on. */
  readonly flash?: { readonly bytes: number; readonly bankBytes: number };
}

const QEMU_ELSEWHERE = { macos: "brew install qemu", windows: "winget install SoftwareFreedomConservancy.QEMU" } as const;
const QEMU_MISC = { debian: "sudo apt install qemu-system-misc", ...QEMU_ELSEWHERE } as const;

const QEMU_ARM: Tool = {
  name: "qemu-system-arm",
  purpose: "the emulated Cortex-M",
  install: { debian: "sudo apt install qemu-system-arm", ...QEMU_ELSEWHERE },
};

/** Of an image that isn't ELF, its first byte is the first of flash. */
const KERNEL = ["-kernel", "firmware.elf"];
/** The machine's serial line is the socket that QEMU inherits. */
const UART = ["-chardev", "socket,id=uart,fd=3", "-serial", "chardev:uart"];

const MACHINES = {
  "qemu-mps2-an386": { board: "qemu-cortex-m4", tool: QEMU_ARM, elfMachine: ELF_ARM, arguments: ["-M", "mps2-an386", ...KERNEL, ...UART] },
  "qemu-mps3-an547": { board: "qemu-cortex-m55", tool: QEMU_ARM, elfMachine: ELF_ARM, arguments: ["-M", "mps3-an547", ...KERNEL, ...UART] },
  "qemu-netduinoplus2": {
    board: "nucleo-f446re",
    tool: QEMU_ARM,
    elfMachine: ELF_ARM,
    // The link is the second of its serial lines.
    arguments: ["-M", "netduinoplus2", ...KERNEL, "-chardev", "socket,id=uart,fd=3", "-serial", "null", "-serial", "chardev:uart"],
    flashStart: 0x08000000,
  },
  "qemu-riscv32-virt": {
    board: "qemu-riscv32",
    tool: { name: "qemu-system-riscv32", purpose: "the emulated RISC-V", install: QEMU_MISC },
    elfMachine: 243,
    // Not as a kernel: with a file behind its flash, the machine would start whatever is there instead.
    arguments: ["-M", "virt", "-bios", "none", "-device", "loader,file=firmware.elf", ...UART],
    flash: { bytes: 2 * 256 * 1024, bankBytes: 32 * 1024 * 1024 },
  },
  "qemu-xtensa-sim": {
    board: "qemu-xtensa",
    tool: { name: "qemu-system-xtensa", purpose: "the emulated Xtensa LX106", install: QEMU_MISC },
    elfMachine: 94,
    // The program reads and writes an inherited socket by calls to the emulator. (Its console loses and repeats bytes when more
    // than 16 arrive at once: QEMU's two threads change one buffer without a lock.)
    arguments: ["-M", "sim", "-cpu", "lx106", "-semihosting", ...KERNEL, "-serial", "null"],
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
    boot: (image, { storage = memoryStorage() } = {}) =>
      withResetButton(`emu:${machine.board}`, () => bootQemu(machine, image, storage, options)),
  };
}

async function bootQemu(machine: Machine, image: Uint8Array, storage: BoardStorage, options: QemuOptions): Promise<RunningBoard> {
  const { board, tool, flash } = machine;
  parseProgram(image, machine.elfMachine, machine.flashStart); // QEMU would run anything, for ever
  const folder = createTemporaryFolder();
  writeFileSync(path.join(folder.path, "firmware.elf"), image);
  const storageFile = flash === undefined ? null : putStorageFile(folder.path, storage, flash.bytes, flash.bankBytes);
  return await startChildBoard({
    url: `emu:${board}`,
    command: tool.name,
    arguments: [
      ...["-display", "none", "-monitor", "none", ...machine.arguments],
      ...(storageFile === null ? [] : ["-drive", `if=pflash,unit=1,format=raw,file=${storageFile.name}`]),
      ...(options.icount === true ? ["-icount", "shift=0"] : []),
      ...(options.arguments ?? []),
    ],
    folder,
    ended: storageFile?.save ?? (() => undefined),
    link: "inherited",
    hint: `build the image for --board ${board}; without QEMU: ${installHint(tool.install)}`,
  });
}
