// A parameter block for the line: the difference to parameters that the board has, coded by an adaptive binary range coder, so that
// weights that training moved only a little take little. firmware/src/reflex_unpack.c takes it apart, in the place of the block itself.

import { assert, at } from "../core/assert.ts";

/** Chances are 12 bits; below each, 4 bits count how often it was used, which decides how fast it moves. */
const CHANCE_BITS = 12;
const COUNT_BITS = 4;
const MOST_USED = 2 ** COUNT_BITS - 1;
const TOP = 2 ** 24;
/** What the decoder reads before anything else. */
const LEAD_BYTES = 4;

/** 65536 / (uses + 1.5), no less than 1/32. The same in reflex_unpack.c. */
const RATES = Array.from({ length: MOST_USED + 1 }, (_, uses) =>
  Math.max(2048, Math.floor(65_536 / (uses + 1.5 + Math.max(0, uses - 7) * 1.5))),
);

/** Bytes of `block` less those of `base`, packed; null where that is no shorter than the block, or can't be unpacked in its place. */
export function packParameters(block: Uint8Array, base: Uint8Array | null): Uint8Array | null {
  assert(base === null || base.length === block.length, "blocks of one layout have one length");
  const coder = new RangeEncoder();
  const chances = new Uint16Array(256).fill(1 << (CHANCE_BITS + COUNT_BITS - 1));
  /** Bytes that the decoder has read when it writes each byte. */
  const read = Array.from(block, (value, index) => {
    const difference = (value - (base?.[index] ?? 0)) & 0xff;
    let node = 1;
    for (let bit = 7; bit >= 0; bit--) node = 2 * node + coder.encode(chances, node, (difference >> bit) & 1);
    return LEAD_BYTES + coder.shifts;
  });
  const packed = coder.finish();
  const free = block.length - packed.length;
  const inPlace = read.every((count, index) => index < free + Math.min(count, packed.length));
  return free > 0 && inPlace ? packed : null;
}

/** After LZMA's coder (Pavlov, LZMA specification, 2015), with other chances. */
class RangeEncoder {
  /** Bytes that the decoder has taken behind the first four. */
  shifts = 0;
  private low = 0;
  private range = 0xffffffff;
  /** The byte that a carry may still change, and how many 0xFF behind it. */
  private held = 0;
  private heldOnes = 0;
  private first = true;
  private readonly bytes: number[] = [];

  /** @returns the bit. */
  encode(chances: Uint16Array, node: number, bit: number): number {
    const state = at(chances, node);
    const bound = (this.range >>> CHANCE_BITS) * (state >>> COUNT_BITS);
    if (bit === 0) this.range = bound;
    else {
      this.low += bound;
      this.range = (this.range - bound) >>> 0;
    }
    chances[node] = moved(state, bit);
    while (this.range < TOP) {
      this.range = (this.range << 8) >>> 0;
      this.shiftLow();
      this.shifts++;
    }
    return bit;
  }

  finish(): Uint8Array {
    for (let index = 0; index <= LEAD_BYTES; index++) this.shiftLow();
    // Behind the end, the decoder reads zeros.
    while (this.bytes.at(-1) === 0) this.bytes.pop();
    return Uint8Array.from(this.bytes);
  }

  private shiftLow(): void {
    const carry = this.low >= 2 ** 32 ? 1 : 0;
    const low = this.low % 2 ** 32;
    if (low < 0xff000000 || carry === 1) {
      // The very first byte is always 0, and stays here.
      if (!this.first) this.bytes.push((this.held + carry) & 0xff);
      this.first = false;
      for (; this.heldOnes > 0; this.heldOnes--) this.bytes.push((0xff + carry) & 0xff);
      this.held = low >>> 24;
    } else this.heldOnes++;
    this.low = (low % TOP) * 256;
  }
}

/** What the board does, in the place of the block itself. */
export function unpackParameters(packed: Uint8Array, base: Uint8Array | null, length: number): Uint8Array {
  const chances = new Uint16Array(256).fill(1 << (CHANCE_BITS + COUNT_BITS - 1));
  const block = new Uint8Array(length);
  block.set(packed, length - packed.length);
  let position = length - packed.length;
  const next = (): number => block[position++] ?? 0;
  let code = 0;
  let range = 0xffffffff;
  for (let index = 0; index < LEAD_BYTES; index++) code = ((code << 8) | next()) >>> 0;
  for (let index = 0; index < length; index++) {
    let node = 1;
    while (node < 256) {
      const state = at(chances, node);
      const bound = (range >>> CHANCE_BITS) * (state >>> COUNT_BITS);
      const bit = code < bound ? 0 : 1;
      range = bit === 0 ? bound : range - bound;
      if (bit === 1) code -= bound;
      chances[node] = moved(state, bit);
      while (range < TOP) {
        range = (range << 8) >>> 0;
        code = ((code << 8) | next()) >>> 0;
      }
      node = 2 * node + bit;
    }
    block[index] = node + (base?.[index] ?? 0);
  }
  return block;
}

/** A chance of 0 and how often it was used, after one more bit. */
function moved(state: number, bit: number): number {
  const chance = state >>> COUNT_BITS;
  const uses = state & MOST_USED;
  const rate = at(RATES, uses);
  const next = bit === 0 ? chance + ((((1 << CHANCE_BITS) - chance) * rate) >>> 16) : chance - ((chance * rate) >>> 16);
  return (next << COUNT_BITS) | Math.min(uses + 1, MOST_USED);
}
