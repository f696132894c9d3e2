// Frames of the link: COBS( id u8, counter u8, payload, CRC-16 ) 0x00, as firmware/PROTOCOL.md has them. A message's id and payload
// in, bytes for the port out; and back, from pieces of any size, in step again after whatever was lost.

import { assert } from "../core/assert.ts";

/** What arrived whole. */
export interface Frame {
  readonly id: number;
  /** 0..255, one more with each frame of its sender. */
  readonly counter: number;
  readonly payload: Uint8Array;
}

/** Id, counter and CRC around a payload. */
const ENVELOPE_BYTES = 4;
const FRAME_END = 0;
/** Code of a COBS block of 254 bytes without a zero behind it. */
const LONGEST_BLOCK = 255;

/** The largest message: a blob of 65,535 bytes, and room for the fields beside it. */
export const MAXIMUM_FRAME_BYTES = 0x10000 + 0x400;

const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 8;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder << 1) ^ (remainder & 0x8000 ? 0x1021 : 0);
  return remainder;
});

/** CRC-16/CCITT-FALSE: 0x29B1 for "123456789". */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (CRC_TABLE[(crc >> 8) ^ byte] as number);
  return crc;
}

/** One frame as bytes for the port, the 0x00 at its end included. @param counter its low 8 bits count. */
export function encodeFrame(id: number, counter: number, payload: Uint8Array): Uint8Array {
  assert(payload.length + ENVELOPE_BYTES <= MAXIMUM_FRAME_BYTES, `a payload of ${payload.length} bytes fits no frame`);
  const content = new Uint8Array(payload.length + ENVELOPE_BYTES);
  content[0] = id;
  content[1] = counter;
  content.set(payload, 2);
  const crc = crc16(content.subarray(0, -2));
  content[content.length - 2] = crc;
  content[content.length - 1] = crc >> 8;
  return stuff(content);
}

/** COBS (Cheshire & Baker 1999) with the 0x00 behind it. */
function stuff(content: Uint8Array): Uint8Array {
  const stuffed = new Uint8Array(content.length + Math.floor(content.length / 254) + 2);
  let block = 0;
  let end = 1;
  const close = (): void => {
    stuffed[block] = end - block;
    block = end++;
  };
  for (const byte of content) {
    if (end - block === LONGEST_BLOCK) close();
    if (byte === 0) close();
    else stuffed[end++] = byte;
  }
  close();
  return stuffed.subarray(0, end); // the last close() moved on by one: that byte is the 0x00
}

/** Finds frames in a stream of bytes that may be cut anywhere and hold anything. */
export class FrameDecoder {
  /** Frames dropped: a wrong CRC, cut short, or too long. Garbage between two zeros counts as one. */
  badFrames = 0;
  private readonly content = new Uint8Array(MAXIMUM_FRAME_BYTES);
  private count = 0;
  private code = 0;
  private left = 0;
  private readonly receive: (frame: Frame) => void;

  /** @param receive gets each whole frame, in order. */
  constructor(receive: (frame: Frame) => void) {
    this.receive = receive;
  }

  /** Takes the next piece of the stream. */
  push(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === FRAME_END) this.finish();
      else this.unstuff(byte);
    }
  }

  /** Forgets a frame that is half there. */
  reset(): void {
    this.count = this.code = this.left = 0;
  }

  private unstuff(byte: number): void {
    if (this.left > 0) {
      this.left--;
      this.append(byte);
      return;
    }
    if (this.code !== 0 && this.code !== LONGEST_BLOCK) this.append(0);
    this.code = byte;
    this.left = byte - 1;
  }

  /** Past the end of the buffer nothing is kept, but counted: the frame is too long. */
  private append(byte: number): void {
    this.content[this.count++] = byte;
  }

  private finish(): void {
    const { count, code, left } = this;
    this.reset();
    if (code === 0) return;
    const whole = left === 0 && count >= ENVELOPE_BYTES && count <= this.content.length;
    const content = this.content.slice(0, count);
    const [id, counter] = content;
    if (!whole || id === undefined || counter === undefined || crc16(content.subarray(0, -2)) !== lastWord(content)) {
      this.badFrames++;
      return;
    }
    this.receive({ id, counter, payload: content.subarray(2, -2) });
  }
}

function lastWord(content: Uint8Array): number {
  const [low = 0, high = 0] = content.subarray(-2);
  return low | (high << 8);
}
