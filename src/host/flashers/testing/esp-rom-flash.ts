// A flash chip, as a model of a board holds one: erased by sectors to ones, programmed by turning ones into zeros.

import { createHash } from "node:crypto";

export const FLASH_BYTES = 4 * 1024 * 1024;

/** What a chip of 4 MiB answers when asked who it is: maker, kind, and the capacity as a power of two (Winbond W25Q32). */
export const FLASH_ID = 0x16_40_ef;

const SECTOR_BYTES = 4096;

export class EspFlash {
  readonly bytes = new Uint8Array(FLASH_BYTES).fill(0xff);
  /** A byte that can't be programmed as it should; null: the chip is sound. */
  weakAddress: number | null = null;

  /** Whole sectors, those that the range touches. */
  erase(address: number, size: number): void {
    const start = Math.floor(address / SECTOR_BYTES) * SECTOR_BYTES;
    this.bytes.fill(0xff, start, Math.ceil((address + size) / SECTOR_BYTES) * SECTOR_BYTES);
  }

  /** @returns whether the bytes were erased before, as they must be. */
  program(address: number, content: Uint8Array): boolean {
    let erased = true;
    content.forEach((byte, index) => {
      const before = this.bytes[address + index] ?? 0;
      erased &&= (before & byte) === byte;
      this.bytes[address + index] = before & (address + index === this.weakAddress ? byte ^ 1 : byte);
    });
    return erased;
  }

  md5(address: number, size: number): Buffer {
    return createHash("md5")
      .update(this.bytes.subarray(address, address + size))
      .digest();
  }
}
