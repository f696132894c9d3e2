// The drive of a Pico's bootloader as a folder, for tests: it takes a whole UF2 file as the chip's ROM does, and vanishes then. In: the
// folder. Out: the flash that the file makes.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { waitFor } from "../until.ts";

const BLOCK_BYTES = 512;
const FAMILIES: Readonly<Record<string, number>> = { "RPI-RP2": 0xe48bff56, RP2350: 0xe48bff59 };
const FLASH_START = 0x10000000;
const PATIENCE_MS = 30_000;

export class Uf2Drive {
  readonly folder: string;
  private readonly boardId: string;

  constructor(folder: string, boardId: string) {
    this.folder = folder;
    this.boardId = boardId;
    this.show();
  }

  show(): void {
    mkdirSync(this.folder);
    writeFileSync(path.join(this.folder, "INFO_UF2.TXT"), `UF2 Bootloader v3.0\r\nModel: Raspberry Pi\r\nBoard-ID: ${this.boardId}\r\n`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  names(): readonly string[] {
    return readdirSync(this.folder);
  }

  /** Waits for a file whose blocks have all come, and vanishes. @returns the flash it makes; null when none came. */
  async takes(): Promise<Uint8Array | null> {
    const flash = await waitFor(() => Promise.resolve(this.program()), PATIENCE_MS);
    if (flash !== null) this.remove();
    return flash;
  }

  /** As the ROM counts: each block of its family says its number and how many there are. Null: not all are there. */
  private program(): Uint8Array | null {
    const file = read(path.join(this.folder, "NEW.UF2"));
    const blocks = new Map<number, { readonly address: number; readonly bytes: Uint8Array }>();
    let count = -1;
    for (let start = 0; start + BLOCK_BYTES <= file.length; start += BLOCK_BYTES) {
      const block = file.subarray(start, start + BLOCK_BYTES);
      const word = (place: number): number => block.readUInt32LE(4 * place);
      const whole = word(0) === 0x0a324655 && word(1) === 0x9e5d5157 && word(127) === 0x0ab16f30;
      if (!whole || (word(2) & 0x2000) === 0 || word(7) !== FAMILIES[this.boardId] || word(4) !== 256) continue;
      count = word(6);
      blocks.set(word(5), { address: word(3) - FLASH_START, bytes: new Uint8Array(block.subarray(32, 32 + 256)) });
    }
    if (blocks.size !== count) return null;
    const flash = new Uint8Array(256 * count);
    for (const { address, bytes } of blocks.values()) flash.set(bytes, address);
    return flash;
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}
