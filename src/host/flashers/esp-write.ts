// Writes files into the flash of a chip that runs esptool's flasher stub, and asks the chip whether it holds them. In: a loader that
// is connected, and files with their addresses. Out: nothing, or what went wrong as an error.

import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import type { ESPLoader } from "esptool-js";
import type { PlacedPiece } from "./esp-pieces.ts";

/** Written as one compressed stream: what the chip erases at once, and so little that each answer comes within seconds. */
const SECTION_BYTES = 65_536;

/** For a packet's answer: erasing and writing a section takes a flash chip 2.6 s at the worst (esptool reckons 40 s for a million bytes). */
const ANSWER_MS = 5_000;

/** @param written is told each time how many bytes more there are. @throws ESPError when the chip refuses or is silent. */
export async function writePiece(loader: ESPLoader, piece: PlacedPiece, written: (bytes: number) => void): Promise<void> {
  for (let start = 0; start < piece.bytes.length; start += SECTION_BYTES) {
    const section = piece.bytes.subarray(start, start + SECTION_BYTES);
    const packed = deflateSync(section, { level: 9 });
    await loader.flashDeflBegin(section.length, packed.length, piece.address + start);
    for (let sent = 0, sequence = 0; sent < packed.length; sent += loader.FLASH_WRITE_SIZE, sequence++) {
      await loader.flashDeflBlock(packed.subarray(sent, sent + loader.FLASH_WRITE_SIZE), sequence, ANSWER_MS);
    }
    await loader.flashDeflFinish(false, ANSWER_MS);
    written(section.length);
  }
}

/** Whether the chip's flash holds the piece, by its MD5 as the chip computes it. @throws ESPError when the chip is silent. */
export async function holdsPiece(loader: ESPLoader, { address, bytes }: PlacedPiece): Promise<boolean> {
  return (await loader.flashMd5sum(address, bytes.length)) === createHash("md5").update(bytes).digest("hex");
}

/** @param bytes a whole number of sectors. @throws ESPError when the chip refuses or is silent. */
export async function eraseFlash(loader: ESPLoader, address: number, bytes: number): Promise<void> {
  await loader.checkCommand("erase flash", loader.ESP_ERASE_REGION, words(address, bytes), 0, 0, ANSWER_MS);
}

/** As the loader's commands take numbers: 32 bits each, the lowest byte first. */
export function words(...numbers: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(numbers).buffer);
}
