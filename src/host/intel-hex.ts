// Intel HEX (Intel, revision A, 1988), which programmers of AVRs and the drives of debuggers take: segments of flash in, the file out,
// and back.

import type { ElfSegment } from "./elf.ts";

const ROW_BYTES = 16;
const PAGE_BYTES = 0x10000;
/** Types of records. */
const DATA = 0;
const END = 1;
/** The upper half of the addresses that follow. */
const UPPER = 4;
/** Where the program starts: the file's writers say it, a chip's reset knows it. */
const STARTS = [3, 5];

export function isIntelHex(file: Uint8Array): boolean {
  return file[0] === 0x3a; // ":"
}

/** Rows of 16 bytes; where flash reaches beyond 64 KB, or begins there, each 64 KB are announced. */
export function writeIntelHex(segments: readonly ElfSegment[]): Uint8Array {
  const rows: string[] = [];
  let upper = 0;
  for (const { address, bytes } of segments) {
    for (let done = 0; done < bytes.length;) {
      const place = address + done;
      const here = Math.floor(place / PAGE_BYTES);
      if (here !== upper) rows.push(hexRow(0, UPPER, Uint8Array.of(here >> 8, here & 0xff)));
      upper = here;
      const count = Math.min(ROW_BYTES, bytes.length - done, PAGE_BYTES - (place % PAGE_BYTES));
      rows.push(hexRow(place % PAGE_BYTES, DATA, bytes.subarray(done, done + count)));
      done += count;
    }
  }
  return new TextEncoder().encode([...rows, hexRow(0, END, new Uint8Array()), ""].join("\r\n"));
}

function hexRow(address: number, type: number, data: Uint8Array): string {
  const bytes = [data.length, address >> 8, address & 0xff, type, ...data];
  const checksum = -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return `:${[...bytes, checksum].map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join("")}`;
}

/** @returns null when it is no whole Intel HEX file. */
export function readIntelHex(file: Uint8Array): readonly ElfSegment[] | null {
  const segments: ElfSegment[] = [];
  let upper = 0;
  const rows = new TextDecoder().decode(file).trimEnd().split(/\r?\n/);
  for (const [index, text] of rows.entries()) {
    const row = parseRow(text);
    if (row === null || (row.type === END) !== (index === rows.length - 1)) return null;
    if (row.type === UPPER) {
      if (row.data.length !== 2) return null;
      upper = ((row.data[0] ?? 0) * 256 + (row.data[1] ?? 0)) * PAGE_BYTES;
    } else if (row.type === DATA) segments.push({ address: upper + row.address, bytes: row.data });
    else if (row.type !== END && !STARTS.includes(row.type)) return null;
  }
  return segments;
}

function parseRow(text: string): { readonly address: number; readonly type: number; readonly data: Uint8Array } | null {
  if (!/^:([0-9A-Fa-f]{2}){5,}$/.test(text)) return null;
  const bytes = Uint8Array.from(text.slice(1).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const [count = 0, high = 0, low = 0, type = END] = bytes;
  const sum = bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
  return sum === 0 && bytes.length === count + 5 ? { address: high * 256 + low, type, data: bytes.slice(4, -1) } : null;
}
