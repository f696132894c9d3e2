// The folder image/ of a firmware project: what `build` leaves there for `flash`, and for which policy. An image of another policy than
// the project's is never put on a board.

import { join, relative } from "node:path";
import { chmod, readFile, rm } from "node:fs/promises";
import { assert } from "../core/assert.ts";
import { runError, type DiagnosticError } from "../core/diagnostic.ts";
import type { FlashPiece } from "../core/io.ts";
import type { EmulatorId, FlashMethod, ToolchainId } from "../artifacts/board.ts";
import { flashParts, WEB_TOOLS_MANIFEST } from "../emit/project/web-tools.ts";
import { readIfPresent, writeWhole } from "../host/files.ts";
import { firmwareWords, IMAGE_FOLDER, type Firmware, type FirmwareManifest } from "./firmware-folder.ts";

/** For whom the image was built. */
const RECORD = "reflexarc.json";

/** Replaces what an earlier build left; the record of its policy comes last, when all is there. */
export async function writeImage(folder: string, policyHash: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const image = join(folder, IMAGE_FOLDER);
  await rm(image, { recursive: true, force: true });
  for (const [name, bytes] of files) await writeWhole(join(image, name), bytes);
  if (files.has(PROGRAM)) await chmod(join(image, PROGRAM), 0o755);
  await writeWhole(join(image, RECORD), `${JSON.stringify({ policyHash }, null, 2)}\n`);
}

/** A program of this machine. */
const PROGRAM = "firmware";

/** How the file is called that our own toolchains write. */
export function builtName(toolchain: ToolchainId): string {
  switch (toolchain) {
    case "yowasp-clang":
      return "firmware.wasm";
    case "cc":
      return PROGRAM;
    case "arm-none-eabi-gcc":
    case "riscv64-unknown-elf-gcc":
    case "xtensa-lx106-elf-gcc":
    case "avr-gcc":
      return "firmware.elf";
  }
}

/** How the file is called that the emulator boots: where it can, what the board is flashed with. */
export function bootedName(emulator: EmulatorId): string {
  switch (emulator) {
    case "virtual":
      return "firmware.wasm";
    case "process":
      return PROGRAM;
    case "rp2040js":
      return "firmware.uf2";
    case "avr8js":
      return "firmware.hex";
    default: // QEMU
      return "firmware.elf";
  }
}

/** How the file is called that the board is flashed with; for ESP chips, the robot's part of it. */
export function flashedName(flash: FlashMethod): string {
  switch (flash.method) {
    case "uf2":
      return "firmware.uf2";
    case "avrdude":
    case "teensy-loader":
      return "firmware.hex";
    case "daplink":
      return `firmware.${flash.ending}`;
    case "esptool":
    case "bossac":
    case "dfu-util":
    case "arduino-cli":
      return "firmware.bin";
  }
}

/** @throws DiagnosticError when there is no image, or one of another policy than the project's. */
export async function requireFreshImage(folder: string, firmware: Firmware, { policyHash }: FirmwareManifest): Promise<void> {
  const text = await readIfPresent(join(folder, IMAGE_FOLDER, RECORD));
  if (text === undefined) throw notBuilt(join(folder, IMAGE_FOLDER), firmware);
  const built = /"policyHash": "([^"]*)"/.exec(text)?.[1] ?? "of an unknown name";
  if (built !== policyHash) throw staleImage(built, policyHash, firmware);
}

export function staleImage(built: string, compiled: string, firmware: Firmware): DiagnosticError {
  return runError(
    "image-stale",
    `the image holds policy ${built}, and the project was compiled with ${compiled}`,
    `run \`reflexarc build ${firmwareWords(firmware)}\` again`,
  );
}

/** A file of image/. */
export async function readImage(folder: string, name: string, firmware: Firmware): Promise<Uint8Array> {
  const path = join(folder, IMAGE_FOLDER, name);
  return readFile(path).catch(() => {
    throw notBuilt(path, firmware);
  });
}

function notBuilt(path: string, firmware: Firmware): DiagnosticError {
  return runError("not-built", `there is no image ${path}`, `run \`reflexarc build ${firmwareWords(firmware)}\` first`);
}

/** What the board is flashed with, and where it goes; of ESP chips, what their manifest says: a browser reads the same. */
export async function flashPieces(folder: string, firmware: Firmware): Promise<readonly FlashPiece[]> {
  const { flash } = firmware.board;
  assert(flash !== null, `${firmware.board.id} is only emulated`);
  const parts = flash.method === "esptool" ? await espParts(folder) : [{ name: flashedName(flash), address: null }];
  return Promise.all(parts.map(async ({ name, address }) => ({ name, address, bytes: await readImage(folder, name, firmware) })));
}

async function espParts(folder: string): Promise<readonly { readonly name: string; readonly address: number }[]> {
  const manifest = (await readIfPresent(join(folder, WEB_TOOLS_MANIFEST))) ?? "";
  return flashParts(manifest).map(({ path, address }) => ({ name: relative(IMAGE_FOLDER, path), address }));
}
