// One instance of engine.wasm with a memory of its own: places in it are handed out one after another, and what it computes is
// called from here. A network in training has one; dropping it frees everything.

import { assert } from "../../../core/assert.ts";

/** Of a byte in the engine's memory; 0 is C's NULL. */
export type Address = number;

const PAGE_BYTES = 65536;
/** A vector of the kernels: every place begins at one and is filled up to one. */
const VECTOR_BYTES = 16;
export const WORD_BYTES = 4;

/** What program.c exports. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly heap_base: () => number;
  readonly forward: (program: Address, rows: number) => void;
  readonly gradients: (program: Address, rows: number) => number;
  readonly step: (
    program: Address,
    rows: number,
    learningRate: number,
    weightDecay: number,
    meanCorrection: number,
    squareCorrection: number,
  ) => number;
}

export class Machine {
  readonly run: Omit<Exports, "memory" | "heap_base">;
  private readonly memory: WebAssembly.Memory;
  /** The first byte that is free. */
  private end: Address;

  constructor(module: WebAssembly.Module) {
    const exports = new WebAssembly.Instance(module).exports as unknown as Exports;
    this.run = exports;
    this.memory = exports.memory;
    this.end = wholeVectors(exports.heap_base());
  }

  /** Where the next place will be. */
  mark(): Address {
    return this.end;
  }

  /** Takes back all places from a mark on. */
  release(mark: Address): void {
    this.end = mark;
  }

  /** A place for so many words of 32 bits, all zero. Views of the memory from before are void. */
  allocate(words: number): Address {
    const address = this.end;
    this.end = wholeVectors(address + words * WORD_BYTES);
    const missing = this.end - this.memory.buffer.byteLength;
    assert(this.end <= 2 ** 31, "the network and its batch do not fit the engine's memory");
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.floats(address, (this.end - address) / WORD_BYTES).fill(0);
    return address;
  }

  /** A place that holds these words. */
  place(words: readonly number[]): Address {
    const address = this.allocate(words.length);
    new Int32Array(this.memory.buffer, address, words.length).set(words);
    return address;
  }

  /** A place that holds these numbers. */
  placeFloats(values: Float32Array): Address {
    const address = this.allocate(values.length);
    this.floats(address, values.length).set(values);
    return address;
  }

  /** A view that holds until the next place is handed out. */
  floats(address: Address, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }
}

function wholeVectors(bytes: number): number {
  return Math.ceil(bytes / VECTOR_BYTES) * VECTOR_BYTES;
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** A float32 as a word. */
export function floatWord(value: number): number {
  float[0] = value;
  return bits[0] as number;
}
