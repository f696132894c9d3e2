// Boards in QEMU, their serial line on a Unix socket (of QEMU's channels the fastest, and nothing is lost).

import { writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import path from "node:path";
import type { EmulatorId } from "../../artifacts/board.ts";
import type { Emulator, RunningBoard } from "../../core/io.ts";
import { ELF_ARM, parseElf } from "../elf.ts";
import { probeTool, type Tool } from "../run-tool.ts";
import { createTemporaryFolder } from "../temporary-folder.ts";
import { startChildBoard, type Link } from "./child-board.ts";

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

const MACHINES = {
  "qemu-mps2-an386": { board: "qemu-cortex-m4", tool: QEMU_ARM, elfMachine: ELF_ARM, arguments: ["-M", "mps2-an386"] },
  "qemu-mps3-an547": { board: "qemu-cortex-m55", tool: QEMU_ARM, elfMachine: ELF_ARM, arguments: ["-M", "mps3-an547"] },
  "qemu-riscv32-virt": {
    board: "qemu-riscv32",
    tool: { name: "qemu-system-riscv32", purpose: "the emulated RISC-V", install: QEMU_MISC },
    elfMachine: 243,
    arguments: ["-M", "virt", "-bios", "none"],
  },
  "qemu-xtensa-sim": {
    board: "qemu-xtensa",
    tool: { name: "qemu-system-xtensa", purpose: "the emulated Xtensa LX106", install: QEMU_MISC },
    elfMachine: 94,
    // The program reaches its serial line through calls to the emulator.
    arguments: ["-M", "sim", "-cpu", "lx106", "-semihosting"],
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
  // QEMU connects to us, so there is no moment at which its socket is not there yet.
  const uart = await listenOnce(path.join(folder.path, "uart"));
  return startChildBoard({
    url: `emu:${board}`,
    command: tool.name,
    arguments: [
      ...[...machine.arguments, "-display", "none", "-monitor", "none"],
      ...["-chardev", "socket,id=uart,path=uart", "-serial", "chardev:uart", "-kernel", "firmware.elf"],
      ...(options.icount === true ? ["-icount", "shift=0"] : []),
      ...(options.arguments ?? []),
    ],
    folder,
    link: uart.connection,
    hint: `build the image for --board ${board}; without QEMU: ${tool.install}`,
  }).finally(uart.close);
}

/** A Unix socket that takes one connection. */
async function listenOnce(socketPath: string): Promise<{ connection: Promise<Link>; close: () => void }> {
  const server = createServer();
  const connection = new Promise<Link>((resolve) =>
    server.once("connection", (socket: Socket) => {
      resolve({ input: socket, output: socket });
    }),
  );
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(socketPath, resolve));
  return { connection, close: () => server.close() };
}
