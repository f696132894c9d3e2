// Seeded random numbers: the same seed gives the same numbers on every machine, so that training and simulation repeat.
// Generator: xoshiro128** (Blackman & Vigna 2018), seeded by splitmix32.

import { cosine, log } from "./portable-math.ts";

export class Random {
  private readonly state: Uint32Array;

  /** @param seed any integer; its low 32 bits count. */
  constructor(seed: number) {
    let mixed = seed >>> 0;
    this.state = Uint32Array.from({ length: 4 }, () => {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let word = mixed ^ (mixed >>> 16);
      word = Math.imul(word, 0x21f0aaad);
      word ^= word >>> 15;
      word = Math.imul(word, 0x735a2d97);
      return (word ^ (word >>> 15)) >>> 0;
    });
  }

  /** An unsigned 32-bit integer. */
  nextWord(): number {
    const state = this.state; // by index: destructuring would go through an iterator
    const [s0, s1, s2, s3] = [state[0] as number, state[1] as number, state[2] as number, state[3] as number];
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const t = s1 << 9;
    const s2Mixed = s2 ^ s0;
    const s3Mixed = s3 ^ s1;
    state[1] = s1 ^ s2Mixed;
    state[0] = s0 ^ s3Mixed;
    state[2] = s2Mixed ^ t;
    state[3] = rotateLeft(s3Mixed, 11);
    return result;
  }

  /** Uniform in [0, 1), 32 bits. */
  next(): number {
    return this.nextWord() / 4294967296;
  }

  /** Uniform in [minimum, maximum). */
  uniform(minimum: number, maximum: number): number {
    return minimum + (maximum - minimum) * this.next();
  }

  /** Uniform among 0 .. count - 1. */
  integer(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** Standard normal (Box & Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * log(1 - this.next())) * cosine(2 * Math.PI * this.next());
  }

  /** Shuffles in place (Fisher-Yates). */
  shuffle<List extends { length: number; [index: number]: number }>(list: List): List {
    for (let last = list.length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      const kept = list[last] as number;
      list[last] = list[other] as number;
      list[other] = kept;
    }
    return list;
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
