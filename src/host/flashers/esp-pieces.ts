// What is known before a board is touched: whether the files are images for its chip, and in which order they are written. In: the
// pieces of a build. Out: the same pieces with their addresses, checked.

import type { Board, EspChip } from "../../artifacts/board.ts";
import { assert } from "../../core/assert.ts";
import type { FlashPiece } from "../../core/io.ts";
import { chipOfImage } from "./esp-chips.ts";
import { imageTooLarge, wrongImage } from "./flash-error.ts";

export interface PlacedPiece {
  readonly name: string;
  /** Whole words, as the flash is written: filled up with 0xff. */
  readonly bytes: Uint8Array;
  readonly address: number;
}

/** In the order in which they are written. The bootloader is the last: until it is there, the chip stays in its ROM and starts nothing. */
export interface EspPieces {
  readonly programs: readonly PlacedPiece[];
  readonly bootloader: PlacedPiece;
}

/** What is erased together. */
export const SECTOR_BYTES = 4096;

/** docs/en/advanced-topics/firmware-image-format.rst of esptool: header, then the extended header. */
const IMAGE_MAGIC = 0xe9;
const CHIP_ID_OFFSET = 12;
const HEADER_BYTES = 24;

/** @throws DiagnosticError when a piece is an image for another chip, or the bootloader is no image. */
export function placePieces(board: Board, chip: EspChip, bootloaderAddress: number, pieces: readonly FlashPiece[]): EspPieces {
  const placed = pieces.map(({ name, bytes, address }) => {
    assert(address !== null && address % SECTOR_BYTES === 0, `${name} has no place in the flash`);
    return { name, bytes: padded(bytes), address };
  });
  const bootloader = placed.find(({ address }) => address === bootloaderAddress);
  assert(bootloader !== undefined, "there is no bootloader among the pieces");
  for (const piece of placed) {
    const found = chipOf(piece.bytes);
    if (found === null && piece !== bootloader) continue; // a table of partitions
    if (found !== chip) throw wrongImage(board, piece.name, chip, found);
  }
  const programs = placed.filter((piece) => piece !== bootloader).sort((left, right) => left.address - right.address);
  return { programs, bootloader };
}

/** @throws DiagnosticError when a piece reaches beyond the flash. */
export function requireRoom(board: Board, { programs, bootloader }: EspPieces, flashBytes: number): void {
  for (const { name, address, bytes } of [bootloader, ...programs]) {
    if (address + bytes.length > flashBytes) throw imageTooLarge(board, name, address + bytes.length, flashBytes);
  }
}

/** What the image says that it is for; null: it is no image. */
function chipOf(bytes: Uint8Array): string | null {
  if (bytes[0] !== IMAGE_MAGIC || bytes.length < HEADER_BYTES) return null;
  const imageId = new DataView(bytes.buffer, bytes.byteOffset).getUint16(CHIP_ID_OFFSET, true);
  return chipOfImage(imageId) ?? `Espressif chip number ${imageId}`;
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / 4) * 4).fill(0xff);
  whole.set(bytes);
  return whole;
}
