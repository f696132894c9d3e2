// Bytes of a file that nobody has checked in; numbers out. Every access is checked against the file's end, and all of them
// together against a budget, so that any bytes are read in bounded time: overlapping tables can't make a small file large.

import { ByteBuffer } from "flatbuffers";
import { errorDiagnostic, DiagnosticError } from "../core/diagnostic.ts";

/** Bytes of memory that may be filled for each byte of the file. Tables and data that several others share are read once for
 * each; converters share constants among a few tensors, never among this many. */
const MEMORY_PER_BYTE = 16;
const MEMORY_AT_LEAST = 2 ** 19;

/** Bytes of a file: beyond the flash of any microcontroller that we know. */
const LARGEST_FILE = 2 ** 24;

export class ByteReader {
  /** The part of the schema being read, for messages: `Tensor.shape`. */
  reading = "file";
  private readonly buffer: ByteBuffer;
  private readonly length: number;
  private readonly file: string;
  private budget: number;

  constructor(bytes: Uint8Array, file: string) {
    // A plain Uint8Array: Node's Buffer, which is one as well, has a slice() that does not copy.
    this.buffer = new ByteBuffer(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.length = bytes.length;
    this.file = file;
    this.budget = bytes.length * MEMORY_PER_BYTE + MEMORY_AT_LEAST;
    if (bytes.length > LARGEST_FILE) {
      const message = `the file has ${bytes.length} bytes`;
      throw new DiagnosticError([errorDiagnostic("tflite-size", message, `use at most ${LARGEST_FILE}: it has to fit a microcontroller`)]);
    }
  }

  int8(offset: number): number {
    return this.buffer.readInt8(this.checked(offset, 1));
  }

  uint8(offset: number): number {
    return this.buffer.readUint8(this.checked(offset, 1));
  }

  uint16(offset: number): number {
    return this.buffer.readUint16(this.checked(offset, 2));
  }

  int32(offset: number): number {
    return this.buffer.readInt32(this.checked(offset, 4));
  }

  uint32(offset: number): number {
    return this.buffer.readUint32(this.checked(offset, 4));
  }

  /** Beyond 2^53 rounded: no valid file has such a number where it matters. */
  int64(offset: number): number {
    return Number(this.buffer.readInt64(this.checked(offset, 8)));
  }

  float32(offset: number): number {
    return this.buffer.readFloat32(this.checked(offset, 4));
  }

  /** A view of the file's bytes, not a copy. */
  bytes(offset: number, length: number): Uint8Array {
    return this.buffer.bytes().subarray(this.checked(offset, length), offset + length);
  }

  /** Takes so many bytes of memory from the budget. */
  spend(bytes: number): void {
    this.budget -= bytes;
    if (this.budget < 0) this.fail(`${this.reading} is read over and over: its tables overlap`);
  }

  /** @throws DiagnosticError always: the bytes are no model. */
  fail(reason: string): never {
    const hint = "export the model again, or copy the file again: it was cut short or changed on the way";
    throw new DiagnosticError([errorDiagnostic("tflite-malformed", `not a whole TFLite model: ${reason}`, hint, { file: this.file })]);
  }

  private checked(offset: number, size: number): number {
    if (offset < 0 || offset + size > this.length) {
      this.fail(`${this.reading} points to byte ${offset}..${offset + size - 1} of a file of ${this.length} bytes`);
    }
    return offset;
  }
}
