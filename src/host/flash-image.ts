// What a real board is flashed with, from the ELF file that its compiler writes, and back: UF2 for the RP2040 (Microsoft's UF2
// specification: https://github.com/microsoft/uf2) and Intel HEX (Intel, revision A, 1988) for AVRs. The emulators boot these very files.

import { IoError } from "../core/io.ts";
import { ELF_ARM, ELF_AVR, parseElf, type ElfImage, type ElfSegment } from "./elf.ts";

export interface FlashImage {
  /** Of its file's name. */
  readonly ending: "uf2" | "hex";
  readonly bytes: Uint8Array;
}

const UF2_BLOCK_BYTES = 512;
const UF2_PAYLOAD_BYTES = 256;
const UF2_MAGIC = [0x0a324655, 0x9e5d5157] as const;
const UF2_END = 0x0ab16f30;
const UF2_HAS_FAMILY = 0x2000;
const UF2_RP2040 = 0xe48bff56;
const UF2_DATA = 32;

const HEX_ROW_BYTES = 16;
const HEX_DATA = 0;
const HEX_END = 1;

/** How the file is called that a board of firmware/port/ is flashed with; null where that is what its compiler writes. */
export function flashEnding(port: string | null): FlashImage["ending"] | null {
  return port === "pico" ? "uf2" : port === "uno" ? "hex" : null;
}

/** That file, or null. */
export function flashImage(port: string | null, elf: Uint8Array): FlashImage | null {
  const ending = flashEnding(port);
  switch (ending) {
    case null:
      return null;
    case "uf2":
      return { ending, bytes: writeUf2(parseElf(elf, ELF_ARM).segments) };
    case "hex":
      return { ending, bytes: writeIntelHex(parseElf(elf, ELF_AVR).segments) };
  }
}

/** A program for a chip's flash, from a UF2, Intel HEX or ELF file. Only the last has names.
 * @throws IoError when it is none of them, damaged, or for another machine. */
export function parseProgram(file: Uint8Array, machine: number): ElfImage {
  const damaged = (reason: string): IoError => new IoError(`this image does not run here: ${reason}`, "build it again, for this board");
  if (firstWord(file) === UF2_MAGIC[0]) {
    const segments = machine === ELF_ARM ? readUf2(file) : null;
    if (segments === null) throw damaged("it is a damaged UF2 file, or one for another machine");
    return { segments, symbols: new Map() };
  }
  if (file[0] === 0x3a) {
    const segments = machine === ELF_AVR ? readIntelHex(file) : null;
    if (segments === null) throw damaged("it is a damaged Intel HEX file, or one for another machine");
    return { segments, symbols: new Map() };
  }
  return parseElf(file, machine);
}

/** Pages of 256 bytes, each in a block of its own; what no segment fills is erased flash. */
export function writeUf2(segments: readonly ElfSegment[]): Uint8Array {
  const pages = pagesOf(segments);
  const file = new Uint8Array(pages.length * UF2_BLOCK_BYTES);
  pages.forEach(([address, page], index) => {
    const block = new DataView(file.buffer, index * UF2_BLOCK_BYTES, UF2_BLOCK_BYTES);
    const head = [...UF2_MAGIC, UF2_HAS_FAMILY, address, UF2_PAYLOAD_BYTES, index, pages.length, UF2_RP2040];
    head.forEach((word, place) => {
      block.setUint32(4 * place, word, true);
    });
    file.set(page, index * UF2_BLOCK_BYTES + UF2_DATA);
    block.setUint32(UF2_BLOCK_BYTES - 4, UF2_END, true);
  });
  return file;
}

/** @returns null when it is no whole UF2 file for the RP2040. */
export function readUf2(file: Uint8Array): readonly ElfSegment[] | null {
  if (file.length === 0 || file.length % UF2_BLOCK_BYTES !== 0) return null;
  const segments: ElfSegment[] = [];
  for (let start = 0; start < file.length; start += UF2_BLOCK_BYTES) {
    const block = new DataView(file.buffer, file.byteOffset + start, UF2_BLOCK_BYTES);
    const word = (place: number): number => block.getUint32(4 * place, true);
    const whole = word(0) === UF2_MAGIC[0] && word(1) === UF2_MAGIC[1] && block.getUint32(UF2_BLOCK_BYTES - 4, true) === UF2_END;
    const ours = word(2) === UF2_HAS_FAMILY && word(7) === UF2_RP2040 && word(4) === UF2_PAYLOAD_BYTES;
    const inOrder = word(5) === start / UF2_BLOCK_BYTES && word(6) === file.length / UF2_BLOCK_BYTES;
    if (!whole || !ours || !inOrder) return null;
    segments.push({ address: word(3), bytes: file.slice(start + UF2_DATA, start + UF2_DATA + UF2_PAYLOAD_BYTES) });
  }
  return segments;
}

function pagesOf(segments: readonly ElfSegment[]): (readonly [number, Uint8Array])[] {
  const pages = new Map<number, Uint8Array>();
  for (const { address, bytes } of segments) {
    bytes.forEach((byte, index) => {
      const start = address + index - ((address + index) % UF2_PAYLOAD_BYTES);
      const page = pages.get(start) ?? new Uint8Array(UF2_PAYLOAD_BYTES).fill(0xff);
      pages.set(start, page);
      page[address + index - start] = byte;
    });
  }
  return [...pages].sort(([left], [right]) => left - right);
}

/** Rows of 16 bytes: an AVR's flash needs no addresses beyond 16 bits. */
export function writeIntelHex(segments: readonly ElfSegment[]): Uint8Array {
  const rows = segments.flatMap(({ address, bytes }) =>
    Array.from({ length: Math.ceil(bytes.length / HEX_ROW_BYTES) }, (_, row) =>
      hexRow(address + row * HEX_ROW_BYTES, HEX_DATA, bytes.subarray(row * HEX_ROW_BYTES, (row + 1) * HEX_ROW_BYTES)),
    ),
  );
  return new TextEncoder().encode([...rows, hexRow(0, HEX_END, new Uint8Array()), ""].join("\r\n"));
}

function hexRow(address: number, type: number, data: Uint8Array): string {
  const bytes = [data.length, address >> 8, address & 0xff, type, ...data];
  const checksum = -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return `:${[...bytes, checksum].map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join("")}`;
}

/** @returns null when it is no whole Intel HEX file of 16-bit addresses. */
export function readIntelHex(file: Uint8Array): readonly ElfSegment[] | null {
  const segments: ElfSegment[] = [];
  const rows = new TextDecoder().decode(file).trimEnd().split(/\r?\n/);
  for (const [index, row] of rows.entries()) {
    if (!/^:([0-9A-Fa-f]{2}){5,}$/.test(row)) return null;
    const bytes = Uint8Array.from(row.slice(1).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    const [count = 0, high = 0, low = 0, type] = bytes;
    const sum = bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
    const last = index === rows.length - 1;
    if (sum !== 0 || bytes.length !== count + 5 || type !== (last ? HEX_END : HEX_DATA)) return null;
    if (!last) segments.push({ address: high * 256 + low, bytes: bytes.slice(4, -1) });
  }
  return segments;
}

function firstWord(file: Uint8Array): number | null {
  return file.length < 4 ? null : new DataView(file.buffer, file.byteOffset).getUint32(0, true);
}
