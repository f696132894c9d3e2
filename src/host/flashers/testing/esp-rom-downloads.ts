// A series of packets that a bootloader was told of: BEGIN announces it, DATA brings it, END closes it. In: the packets. Out: their
// content, and whatever breaks the rules of Espressif's "Serial Protocol" (docs/en/advanced-topics/serial-protocol.rst of esptool).

import { constants, inflateSync } from "node:zlib";
import type { EspFlash } from "./esp-rom-flash.ts";

/** Of BEGIN. */
export interface Announcement {
  /** Bytes in all; of a compressed download, before it was compressed. */
  readonly size: number;
  readonly packets: number;
  readonly packetBytes: number;
  readonly address: number;
}

export type Accuse = (violation: string) => void;

const CHECKSUM_SEED = 0xef;
const DATA_HEADER_BYTES = 16;

export class Download {
  readonly announced: Announcement;
  private readonly accuse: Accuse;
  private next = 0;

  constructor(announced: Announcement, accuse: Accuse) {
    this.announced = announced;
    this.accuse = accuse;
  }

  get complete(): boolean {
    return this.next === this.announced.packets;
  }

  /** The content of a DATA command; null when its checksum is wrong, which a noisy line may cause. */
  content(data: Uint8Array, checksum: number): Uint8Array | null {
    const [length = 0, sequence = 0, ...zeros] = wordsOf(data.subarray(0, DATA_HEADER_BYTES));
    const content = data.subarray(DATA_HEADER_BYTES);
    if (content.reduce((sum, byte) => sum ^ byte, CHECKSUM_SEED) !== checksum) return null;
    if (length !== content.length) this.accuse(`a packet of ${content.length} bytes says ${length}`);
    if (length > this.announced.packetBytes) this.accuse(`a packet of ${length} bytes, ${this.announced.packetBytes} were announced`);
    if (zeros.length !== 2 || zeros.some((zero) => zero !== 0)) this.accuse("the third and fourth word of a packet are not 0");
    if (sequence !== this.next) this.accuse(`packet ${sequence} came, ${this.next} was due`);
    if (sequence >= this.announced.packets) this.accuse(`packet ${sequence} of ${this.announced.packets}`);
    this.next = sequence + 1;
    return content;
  }
}

/** A download into the flash, as it is or compressed. */
export class FlashDownload extends Download {
  readonly compressed: boolean;
  private readonly flash: EspFlash;
  private readonly blame: Accuse;
  private packed: Uint8Array[] = [];
  private written = 0;

  constructor(announced: Announcement, compressed: boolean, flash: EspFlash, accuse: Accuse) {
    super(announced, accuse);
    this.compressed = compressed;
    this.flash = flash;
    this.blame = accuse;
    const { address, size } = announced;
    if (address % 4 !== 0) accuse(`a download to ${address}, which begins no word`);
    if (address + size > flash.bytes.length) accuse(`a download of ${size} bytes to ${address}: beyond the flash`);
    flash.erase(address, size);
  }

  get whole(): boolean {
    return this.complete && this.written === this.announced.size;
  }

  /** Writes what the content of a packet gives. @returns false when it can't be decompressed. */
  write(content: Uint8Array): boolean {
    const { size, address, packetBytes } = this.announced;
    let fresh = content;
    if (this.compressed) {
      this.packed.push(content);
      try {
        const all = inflateSync(Buffer.concat(this.packed), { finishFlush: constants.Z_SYNC_FLUSH });
        fresh = all.subarray(this.written);
      } catch {
        return false;
      }
      if (this.written + fresh.length > size) this.blame(`${this.written + fresh.length} bytes unpacked, ${size} were announced`);
    } else {
      if (content.length !== packetBytes) this.blame(`a packet of ${content.length} bytes, not filled up to ${packetBytes}`);
      fresh = content.subarray(0, size - this.written);
    }
    if (!this.flash.program(address + this.written, fresh)) this.blame(`written at ${address + this.written} without erasing`);
    this.written += fresh.length;
    return true;
  }
}

/** 32 bits each, the lowest byte first. */
export function wordsOf(data: Uint8Array): readonly number[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: Math.floor(data.length / 4) }, (_, index) => view.getUint32(index * 4, true));
}
