// UF2, the file that is copied to the drive of a Pico's bootloader: segments of flash in, the file out, and back (Microsoft's UF2
// specification: https://github.com/microsoft/uf2; family numbers: its utils/uf2families.json).

import type { FlashMethod } from "../artifacts/board.ts";
import type { ElfSegment } from "./elf.ts";

export type Uf2Family = (FlashMethod & { readonly method: "uf2" })["family"];

const BLOCK_BYTES = 512;
const PAYLOAD_BYTES = 256;
const MAGIC = [0x0a324655, 0x9e5d5157] as const;
const END = 0x0ab16f30;
const HAS_FAMILY = 0x2000;
/** Of the RP2350, an Arm program in the secure state: what its compilers make. */
const FAMILIES: Readonly<Record<Uf2Family, number>> = { rp2040: 0xe48bff56, rp2350: 0xe48bff59 };
const DATA = 32;

export function isUf2(file: Uint8Array): boolean {
  return file.length >= 4 && new DataView(file.buffer, file.byteOffset).getUint32(0, true) === MAGIC[0];
}

/** Pages of 256 bytes, each in a block of its own; what no segment fills is erased flash. */
export function writeUf2(segments: readonly ElfSegment[], family: Uf2Family): Uint8Array {
  const pages = pagesOf(segments);
  const file = new Uint8Array(pages.length * BLOCK_BYTES);
  pages.forEach(([address, page], index) => {
    const block = new DataView(file.buffer, index * BLOCK_BYTES, BLOCK_BYTES);
    const head = [...MAGIC, HAS_FAMILY, address, PAYLOAD_BYTES, index, pages.length, FAMILIES[family]];
    head.forEach((word, place) => {
      block.setUint32(4 * place, word, true);
    });
    file.set(page, index * BLOCK_BYTES + DATA);
    block.setUint32(BLOCK_BYTES - 4, END, true);
  });
  return file;
}

/** @returns null when it is no whole UF2 file for the family. */
export function readUf2(file: Uint8Array, family: Uf2Family): readonly ElfSegment[] | null {
  if (file.length === 0 || file.length % BLOCK_BYTES !== 0) return null;
  const segments: ElfSegment[] = [];
  for (let start = 0; start < file.length; start += BLOCK_BYTES) {
    const block = new DataView(file.buffer, file.byteOffset + start, BLOCK_BYTES);
    const word = (place: number): number => block.getUint32(4 * place, true);
    const whole = word(0) === MAGIC[0] && word(1) === MAGIC[1] && block.getUint32(BLOCK_BYTES - 4, true) === END;
    const ours = word(2) === HAS_FAMILY && word(7) === FAMILIES[family] && word(4) === PAYLOAD_BYTES;
    const inOrder = word(5) === start / BLOCK_BYTES && word(6) === file.length / BLOCK_BYTES;
    if (!whole || !ours || !inOrder) return null;
    segments.push({ address: word(3), bytes: file.slice(start + DATA, start + DATA + PAYLOAD_BYTES) });
  }
  return segments;
}

function pagesOf(segments: readonly ElfSegment[]): (readonly [number, Uint8Array])[] {
  const pages = new Map<number, Uint8Array>();
  for (const { address, bytes } of segments) {
    bytes.forEach((byte, index) => {
      const start = address + index - ((address + index) % PAYLOAD_BYTES);
      const page = pages.get(start) ?? new Uint8Array(PAYLOAD_BYTES).fill(0xff);
      pages.set(start, page);
      page[address + index - start] = byte;
    });
  }
  return [...pages].sort(([left], [right]) => left - right);
}
