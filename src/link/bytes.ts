// Little-endian fields of a message's payload, one after another. The generated messages are read and written through these.
// Reading never throws: the first thing wrong is kept, and everything after it reads as zero.

import { assert } from "../core/assert.ts";
import type { Hash64 } from "../core/hash.ts";

export class ByteWriter {
  private readonly bytes: number[] = [];

  u8(value: number): void {
    this.integer(value, 1);
  }

  u16(value: number): void {
    this.integer(value, 2);
  }

  u32(value: number): void {
    this.integer(value, 4);
  }

  u64(value: Hash64): void {
    assert(/^[0-9a-f]{16}$/.test(value), `"${value}" is no 64-bit hash`);
    for (let digit = 14; digit >= 0; digit -= 2) this.bytes.push(Number.parseInt(value.slice(digit, digit + 2), 16));
  }

  text(value: string): void {
    const encoded = new TextEncoder().encode(value);
    this.u8(encoded.length);
    this.bytes.push(...encoded);
  }

  blob(value: Uint8Array): void {
    this.u16(value.length);
    this.data(value);
  }

  int8s(value: Int8Array): void {
    this.u16(value.length);
    this.int8data(value);
  }

  /** Bytes without a length: what is left of the payload, or as many as both sides know. */
  data(value: Uint8Array): void {
    for (const byte of value) this.bytes.push(byte);
  }

  rest(value: Uint8Array): void {
    this.data(value);
  }

  int8data(value: Int8Array): void {
    for (const number of value) this.bytes.push(number & 0xff);
  }

  value<Name extends string>(names: readonly Name[], name: Name): void {
    this.u8(names.indexOf(name));
  }

  /** A set of names as bits, the first name being bit 0. */
  bits<Name extends string>(names: readonly Name[], present: readonly Name[]): void {
    this.u8(present.reduce((bits, name) => bits | (1 << names.indexOf(name)), 0));
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }

  private integer(value: number, size: number): void {
    assert(Number.isInteger(value) && value >= 0 && value < 256 ** size, `${value} is no unsigned ${8 * size}-bit number`);
    for (let index = 0; index < size; index++) this.bytes.push(Math.floor(value / 256 ** index) & 0xff);
  }
}

export class ByteReader {
  private readonly bytes: Uint8Array;
  private position = 0;
  private problem: string | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  u8(): number {
    return this.integer(1);
  }

  u16(): number {
    return this.integer(2);
  }

  u32(): number {
    return this.integer(4);
  }

  u64(): Hash64 {
    return Array.from(this.take(8), (byte) => byte.toString(16).padStart(2, "0"))
      .reverse()
      .join("");
  }

  text(): string {
    return new TextDecoder().decode(this.take(this.u8()));
  }

  blob(): Uint8Array {
    return this.take(this.u16());
  }

  int8s(): Int8Array {
    return Int8Array.from(this.take(this.u16()));
  }

  rest(): Uint8Array {
    return this.take(this.left);
  }

  data(count: number): Uint8Array {
    return this.take(count);
  }

  int8data(count: number): Int8Array {
    return Int8Array.from(this.take(count));
  }

  value<Name extends string>(names: readonly Name[]): Name {
    const index = this.u8();
    const name = names[index];
    if (name !== undefined) return name;
    this.problem ??= `${index} is none of ${names.join(", ")}`;
    return names[0] as Name;
  }

  bits<Name extends string>(names: readonly Name[]): readonly Name[] {
    const bits = this.u8();
    if (bits >= 1 << names.length) this.problem ??= `${bits} has bits beyond ${names.join(", ")}`;
    return names.filter((_, bit) => (bits & (1 << bit)) !== 0);
  }

  /** Bytes that were not read yet. */
  get left(): number {
    return this.bytes.length - this.position;
  }

  /** Whether anything read so far was missing or invalid. */
  get failed(): boolean {
    return this.problem !== null;
  }

  /** What is wrong with the payload, bytes left over included; null when it was read whole. */
  finish(): string | null {
    return this.problem ?? (this.left === 0 ? null : `${this.left} bytes too many`);
  }

  private integer(size: number): number {
    return this.take(size).reduceRight((value, byte) => value * 256 + byte, 0);
  }

  /** A copy of the next bytes; zeros where they are missing. */
  private take(count: number): Uint8Array {
    const taken = this.bytes.slice(this.position, this.position + count);
    this.position += taken.length;
    if (taken.length === count) return taken;
    this.problem ??= `${count - taken.length} bytes too few`;
    return new Uint8Array(count);
  }
}
