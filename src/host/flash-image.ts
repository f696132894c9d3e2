// What a real board is flashed with, from the ELF file that its compiler writes, and back: UF2, Intel HEX, or the bytes of its flash as
// they are. The emulators boot these very files.

import type { FlashMethod } from "../artifacts/board.ts";
import { IoError } from "../core/io.ts";
import { ELF_ARM, ELF_AVR, parseElf, type ElfImage, type ElfSegment } from "./elf.ts";
import { isIntelHex, readIntelHex, writeIntelHex } from "./intel-hex.ts";
import { isUf2, readUf2, writeUf2 } from "./uf2.ts";

export interface FlashImage {
  /** Of its file's name. */
  readonly ending: "uf2" | "hex" | "bin";
  readonly bytes: Uint8Array;
  /** Where its first byte belongs in the chip's flash; null where the file says it itself. */
  readonly address: number | null;
}

/** The most flash that any of our boards has, with room for gaps: an ELF file with more than this between its ends is none for them. */
const LARGEST_BINARY_BYTES = 64 * 1024 * 1024;

/** How the file is called that a board is flashed with by this method; null where that is what its compiler or its framework's tool
 * writes, under a name of its own. */
export function flashEnding(flash: FlashMethod | null): FlashImage["ending"] | null {
  switch (flash?.method) {
    case "uf2":
      return "uf2";
    case "avrdude":
    case "teensy-loader":
      return "hex";
    case "bossac":
    case "dfu-util":
      return "bin";
    case "daplink":
      return flash.ending;
    case "esptool":
    case "arduino-cli":
    case undefined:
      return null;
  }
}

/** That file, or null. @throws IoError when the ELF file is damaged, or for another machine. */
export function flashImage(flash: FlashMethod | null, elf: Uint8Array): FlashImage | null {
  const ending = flashEnding(flash);
  if (ending === null) return null;
  const { segments } = parseElf(elf, flash?.method === "avrdude" ? ELF_AVR : ELF_ARM);
  switch (ending) {
    case "uf2":
      return { ending, bytes: writeUf2(segments, flash?.method === "uf2" ? flash.family : "rp2040"), address: null };
    case "hex":
      return { ending, bytes: writeIntelHex(segments), address: null };
    case "bin":
      return { ending, ...writeBinary(segments) };
  }
}

/** A program for a chip's flash, from a UF2, Intel HEX, ELF or, where the chip's flash begins at `flashStart`, plain binary file. Only ELF
 * has names.
 * @throws IoError when it is none of them, damaged, or for another machine. */
export function parseProgram(file: Uint8Array, machine: number, flashStart?: number): ElfImage {
  const found = readProgram(file, machine, flashStart);
  if (typeof found === "string")
    throw new IoError(`this image does not run here: it is ${found}, or one for another machine`, "build it again, for this board");
  return found === null ? parseElf(file, machine) : { segments: found, symbols: new Map() };
}

/** @returns null when it is to be an ELF file; what is damaged, in words. */
function readProgram(file: Uint8Array, machine: number, flashStart: number | undefined): readonly ElfSegment[] | string | null {
  if (isUf2(file)) return (machine === ELF_ARM ? readUf2(file, "rp2040") : null) ?? "a damaged UF2 file";
  if (isIntelHex(file)) return (machine === ELF_AVR ? readIntelHex(file) : null) ?? "a damaged Intel HEX file";
  return flashStart === undefined ? null : readBinary(file, flashStart);
}

/** All between the first and the last byte; gaps are erased flash. */
export function writeBinary(segments: readonly ElfSegment[]): { readonly bytes: Uint8Array; readonly address: number } {
  const address = Math.min(...segments.map((segment) => segment.address));
  const end = Math.max(...segments.map((segment) => segment.address + segment.bytes.length));
  const known = segments.length > 0 && end - address <= LARGEST_BINARY_BYTES;
  if (!known) throw new IoError("this image has no program for a chip's flash in it", "build it again, for this board");
  const bytes = new Uint8Array(end - address).fill(0xff);
  for (const segment of segments) bytes.set(segment.bytes, segment.address - address);
  return { bytes, address };
}

/** @returns null when it doesn't begin as a Cortex-M's flash does: with the top of a stack in RAM (which lies from 0x20000000 on) and the
 * address, in this file and odd, of the first instruction. */
export function readBinary(file: Uint8Array, flashStart: number): readonly ElfSegment[] | null {
  if (file.length < 8) return null;
  const view = new DataView(file.buffer, file.byteOffset);
  const [stack, reset] = [view.getUint32(0, true), view.getUint32(4, true)];
  const stackInRam = stack > 0x20000000 && stack <= 0x40000000 && stack % 4 === 0;
  const startsHere = reset % 2 === 1 && reset > flashStart && reset < flashStart + file.length;
  return stackInRam && startsHere ? [{ address: flashStart, bytes: file.slice() }] : null;
}
