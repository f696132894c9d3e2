// What the flash of an Espressif chip holds and where: the files that a framework's build makes, by their addresses. Builders check
// theirs against it, the manifest for ESP Web Tools prints it.

import { assert } from "../core/assert.ts";
import { runningFramework, type Board, type Framework } from "./board.ts";

export type EspFile = "bootloader.bin" | "partition-table.bin" | "boot_app0.bin" | "firmware.bin";

export interface EspImage {
  readonly name: EspFile;
  /** In the chip's flash. */
  readonly address: number;
}

/** ESP-IDF's default, CONFIG_PARTITION_TABLE_OFFSET. */
const PARTITION_TABLE = 0x8000;
/** The data of Arduino's partition `otadata`: it says which program to start. */
const BOOT_APP0 = 0xe000;
/** The first program's partition, in the tables of both frameworks. */
export const ESP_PROGRAM_ADDRESS = 0x10000;

/** In the order of their addresses. @param board one that is flashed with esptool. */
export function espImages(board: Board, framework: Framework): readonly EspImage[] {
  assert(board.flash?.method === "esptool", `${board.id} is no Espressif chip`);
  const isArduino = runningFramework(board, framework) === "arduino";
  return [
    { name: "bootloader.bin", address: board.flash.bootloaderAddress },
    { name: "partition-table.bin", address: PARTITION_TABLE },
    ...(isArduino ? [{ name: "boot_app0.bin", address: BOOT_APP0 } as const] : []),
    { name: "firmware.bin", address: ESP_PROGRAM_ADDRESS },
  ];
}
