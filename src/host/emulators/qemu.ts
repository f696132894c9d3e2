// A Cortex-M4F in QEMU: Arm's MPS2 board, its UART on a Unix socket (of QEMU's channels the fastest, and nothing is lost).

import { writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import path from "node:path";
import type { Emulator, RunningBoard } from "../../core/io.ts";
import { probeTool, type Tool } from "../run-tool.ts";
import { createTemporaryFolder } from "../temporary-folder.ts";
import { startChildBoard, type Link } from "./child-board.ts";

export const QEMU: Tool = {
  name: "qemu-system-arm",
  purpose: "the emulated Cortex-M4F",
  install: "Debian, Ubuntu: sudo apt install qemu-system-arm; macOS: brew install qemu",
};

export interface QemuOptions {
  /** One instruction is one virtual nanosecond: counters repeat exactly. */
  readonly icount?: boolean;
  /** More arguments, such as for tracing. */
  readonly arguments?: readonly string[];
}

export function qemuEmulator(options: QemuOptions = {}): Emulator {
  return {
    id: "qemu-mps2-an386",
    probe: async () => [await probeTool(QEMU)],
    boot: (image) => bootQemu(image, options),
  };
}

async function bootQemu(image: Uint8Array, options: QemuOptions): Promise<RunningBoard> {
  const folder = createTemporaryFolder();
  writeFileSync(path.join(folder.path, "firmware.elf"), image);
  // QEMU connects to us, so there is no moment at which its socket is not there yet.
  const uart = await listenOnce(path.join(folder.path, "uart"));
  const board = await startChildBoard({
    url: "emu:qemu-cortex-m4",
    command: QEMU.name,
    arguments: [
      ...["-M", "mps2-an386", "-display", "none", "-monitor", "none"],
      ...["-chardev", "socket,id=uart,path=uart", "-serial", "chardev:uart", "-kernel", "firmware.elf"],
      ...(options.icount === true ? ["-icount", "shift=0"] : []),
      ...(options.arguments ?? []),
    ],
    folder,
    link: uart.connection,
    hint: `build the image for --board qemu-cortex-m4; without QEMU: ${QEMU.install}`,
  }).finally(uart.close);
  return board;
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
