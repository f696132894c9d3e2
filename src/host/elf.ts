// An ELF file in, what an emulator or a flasher needs of it out: the bytes that go into memory and the addresses of names.
// Little-endian, 32 bits (Tool Interface Standard, ELF 1.2): all that bare-metal compilers for our boards write.

import { IoError } from "../core/io.ts";

export interface ElfSegment {
  /** Where the bytes go in flash (their load address). */
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface ElfImage {
  readonly segments: readonly ElfSegment[];
  /** Addresses by name, of functions and of places that the linker names. */
  readonly symbols: ReadonlyMap<string, number>;
}

const MAGIC = 0x464c457f; // 7f 'E' 'L' 'F'
const CLASS_32 = 1;
const LITTLE_ENDIAN = 1;
const PT_LOAD = 1;
const SHT_SYMTAB = 2;

/** The machines of our boards, as the header numbers them. */
export const ELF_ARM = 40;
export const ELF_AVR = 83;

/** @param machine that the image must be for. @throws IoError when it is no such file, or a damaged one. */
export function parseElf(file: Uint8Array, machine: number): ElfImage {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  try {
    if (view.getUint32(0, true) !== MAGIC || view.getUint8(4) !== CLASS_32 || view.getUint8(5) !== LITTLE_ENDIAN)
      throw new RangeError("it is no 32-bit ELF file");
    if (view.getUint16(18, true) !== machine) throw new RangeError(`it is for another machine (${view.getUint16(18, true)})`);
    return { segments: readSegments(view, file), symbols: readSymbols(view, file) };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new IoError(`this image does not run here: ${cause.message}`, "build it again, for this board", cause);
  }
}

function readSegments(view: DataView, file: Uint8Array): readonly ElfSegment[] {
  const segments: ElfSegment[] = [];
  for (const at of entries(view, 28, 42)) {
    const offset = view.getUint32(at + 4, true);
    const size = view.getUint32(at + 16, true);
    if (view.getUint32(at, true) !== PT_LOAD || size === 0) continue;
    segments.push({ address: view.getUint32(at + 12, true), bytes: slice(file, offset, size) });
  }
  return segments;
}

function readSymbols(view: DataView, file: Uint8Array): ReadonlyMap<string, number> {
  const symbols = new Map<string, number>();
  const sections = entries(view, 32, 46);
  for (const at of sections) {
    const strings = sections[view.getUint32(at + 24, true)];
    if (view.getUint32(at + 4, true) !== SHT_SYMTAB || strings === undefined) continue;
    const names = slice(file, view.getUint32(strings + 16, true), view.getUint32(strings + 20, true));
    const table = slice(file, view.getUint32(at + 16, true), view.getUint32(at + 20, true));
    const rows = new DataView(table.buffer, table.byteOffset, table.byteLength);
    for (let row = 0; row + 16 <= table.length; row += 16) {
      const start = rows.getUint32(row, true);
      const name = new TextDecoder().decode(names.subarray(start, names.indexOf(0, start)));
      if (name !== "") symbols.set(name, rows.getUint32(row + 4, true));
    }
  }
  return symbols;
}

/** Where the entries of one of the header's two tables are: its offset stands at `offsetAt`, size and count of entries at `sizeAt`. */
function entries(view: DataView, offsetAt: number, sizeAt: number): readonly number[] {
  const offset = view.getUint32(offsetAt, true);
  const size = view.getUint16(sizeAt, true);
  return Array.from({ length: view.getUint16(sizeAt + 2, true) }, (_, index) => offset + index * size);
}

function slice(file: Uint8Array, offset: number, size: number): Uint8Array {
  if (offset + size > file.length) throw new RangeError("it is cut short");
  return file.subarray(offset, offset + size);
}

/** Puts the segments into a memory that begins at address `origin`.
 * @throws IoError when one lies outside. */
export function loadSegments(segments: readonly ElfSegment[], memory: Uint8Array, origin: number): void {
  for (const { address, bytes } of segments) {
    if (address < origin || address - origin + bytes.length > memory.length) {
      throw new IoError(
        `this image does not fit: ${bytes.length} bytes at 0x${address.toString(16)}`,
        "make the policy smaller, or choose a larger board",
      );
    }
    memory.set(bytes, address - origin);
  }
}
