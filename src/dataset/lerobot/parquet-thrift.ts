// In: bytes that should be a Thrift structure (a Parquet file's footer, a page's header). Out: nothing, or an Error where a size in
// it is damaged: hyparquet makes room for a list of any length before it looks whether the list is there.

/** Types of the compact protocol (Thrift's thrift-compact-protocol.md, "Struct encoding"). */
const STOP = 0;
const [TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, STRUCT] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12];

/** Structures within one another; Parquet's own are 7 deep. */
const DEEPEST = 32;

/** Bytes of a number of 64 bits in groups of 7. */
const LONGEST_NUMBER = 10;

/** @param offset where the structure begins. @throws Error when it does not end in `bytes`, or a size in it is beyond them. */
export function refuseDamagedThrift(bytes: Uint8Array, offset: number): void {
  new ThriftWalker(bytes, offset).structure(0);
}

class ThriftWalker {
  private readonly bytes: Uint8Array;
  private offset: number;

  constructor(bytes: Uint8Array, offset: number) {
    this.bytes = bytes;
    this.offset = offset;
  }

  structure(depth: number): void {
    if (depth > DEEPEST) throw new Error("structures without end");
    for (;;) {
      const head = this.byte();
      const type = head & 15;
      if (type === STOP) return;
      // A field whose number is far from the last one's brings it along.
      if (head >> 4 === 0) this.number();
      this.element(type, depth);
    }
  }

  private element(type: number, depth: number): void {
    switch (type) {
      case TRUE:
      case FALSE:
        return;
      case BYTE:
        this.skip(1);
        return;
      case I16:
      case I32:
      case I64:
        this.number();
        return;
      case DOUBLE:
        this.skip(8);
        return;
      case BINARY:
        this.skip(this.number());
        return;
      case LIST:
        this.list(depth);
        return;
      case STRUCT:
        this.structure(depth + 1);
        return;
      default:
        throw new Error(`a field of unknown type ${type}`);
    }
  }

  private list(depth: number): void {
    const head = this.byte();
    const type = head & 15;
    const length = head >> 4 === 15 ? this.number() : head >> 4;
    // Every element takes a byte at least; in a list also true and false do.
    if (length > this.bytes.length - this.offset) throw new Error(`a list of ${length} in ${this.bytes.length - this.offset} bytes`);
    for (let index = 0; index < length; index++) this.element(type === TRUE || type === FALSE ? BYTE : type, depth + 1);
  }

  private byte(): number {
    const byte = this.bytes[this.offset++];
    if (byte === undefined) throw new Error("a structure without its end");
    return byte;
  }

  private number(): number {
    let value = 0;
    for (let index = 0; index < LONGEST_NUMBER; index++) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** (7 * index);
      if (byte < 128) return value;
    }
    throw new Error("a number without end");
  }

  private skip(count: number): void {
    if (count > this.bytes.length - this.offset)
      throw new Error(`a field of ${count} bytes where ${this.bytes.length - this.offset} are left`);
    this.offset += count;
  }
}
