// The buffers of a program while it is interpreted, and raw bytes in and out of them, little-endian on every machine.

import { assert, at } from "../../core/assert.ts";
import type { ElementType } from "../../artifacts/graph.ts";
import { rawSizes, type BufferId, type IntegerProgram, type ProgramBuffer } from "../../artifacts/integer-program.ts";

export type Elements = Int8Array | Int16Array | Int32Array | Float32Array;

export class Memory {
  private readonly program: IntegerProgram;
  private readonly buffers: readonly Elements[];

  /** States stand as after a reset; the rest is zero. */
  constructor(program: IntegerProgram) {
    this.program = program;
    this.buffers = program.buffers.map(newElements);
    this.reset();
  }

  reset(): void {
    for (const { buffer, initial } of this.program.states) {
      if (typeof initial === "number") this.elements(buffer).fill(initial);
      else this.int8(buffer).set(initial);
    }
  }

  elements(id: BufferId): Elements {
    return at(this.buffers, id);
  }

  int8(id: BufferId): Int8Array {
    return this.typed(id, Int8Array);
  }

  int16(id: BufferId): Int16Array {
    return this.typed(id, Int16Array);
  }

  int32(id: BufferId): Int32Array {
    return this.typed(id, Int32Array);
  }

  float32(id: BufferId): Float32Array {
    return this.typed(id, Float32Array);
  }

  /** @param raw the inputs' elements, one after another. */
  write(raw: Int8Array): void {
    const { inputBytes } = rawSizes(this.program);
    assert(raw.length === inputBytes, `the input has ${raw.length} bytes instead of ${inputBytes}`);
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    this.visit(this.program.inputs, (elements, index, type, offset) => {
      elements[index] = readElement(view, offset, type);
    });
  }

  /** The outputs' elements, one after another; a fresh array each time. */
  read(): Int8Array {
    const raw = new Int8Array(rawSizes(this.program).outputBytes);
    const view = new DataView(raw.buffer);
    this.visit(this.program.outputs, (elements, index, type, offset) => {
      writeElement(view, offset, type, at(elements, index));
    });
    return raw;
  }

  /** Calls `each` for every element of these buffers, with its offset in bytes where they stand one after another. */
  private visit(ids: readonly BufferId[], each: (elements: Elements, index: number, type: ElementType, offset: number) => void): void {
    let offset = 0;
    for (const id of ids) {
      const elements = this.elements(id);
      for (let index = 0; index < elements.length; index++) {
        each(elements, index, at(this.program.buffers, id).type, offset);
        offset += elements.BYTES_PER_ELEMENT;
      }
    }
  }

  private typed<Type extends Elements>(id: BufferId, type: new (length: number) => Type): Type {
    const elements = this.elements(id);
    assert(elements instanceof type, `buffer ${id} holds no ${type.name}`);
    return elements;
  }
}

function newElements({ type, elements }: ProgramBuffer): Elements {
  switch (type) {
    case "int8":
      return new Int8Array(elements);
    case "int16":
      return new Int16Array(elements);
    case "int32":
      return new Int32Array(elements);
    case "float32":
      return new Float32Array(elements);
  }
}

function readElement(view: DataView, offset: number, type: ElementType): number {
  switch (type) {
    case "int8":
      return view.getInt8(offset);
    case "int16":
      return view.getInt16(offset, true);
    case "int32":
      return view.getInt32(offset, true);
    case "float32":
      return view.getFloat32(offset, true);
  }
}

function writeElement(view: DataView, offset: number, type: ElementType, value: number): void {
  switch (type) {
    case "int8":
      view.setInt8(offset, value);
      break;
    case "int16":
      view.setInt16(offset, value, true);
      break;
    case "int32":
      view.setInt32(offset, value, true);
      break;
    case "float32":
      view.setFloat32(offset, value, true);
      break;
  }
}
