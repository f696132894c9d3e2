// FlatBuffers tables described as data: from one description of a table's fields come its TypeScript type, its reader and its
// writer. Format: flatbuffers.dev, "FlatBuffer Internals". A field's slot is its position in the schema.

import type { Builder } from "flatbuffers";
import type { ByteReader } from "./byte-reader.ts";

/** What a table and an element of a vector take in memory, about. */
const TABLE_BYTES = 64;
const NUMBER_BYTES = 8;

export interface Field<Value, Written = Value> {
  readonly slot: number;
  /** What a table without this field means. */
  readonly absent: Value;
  /** @param place of the field itself, in bytes from the file's start. */
  read(reader: ByteReader, place: number): Value;
  /** Writes what stands outside the table; what it returns writes the field, inside. */
  write(builder: Builder, value: Written): () => void;
}

export type Fields = Readonly<Record<string, Field<unknown, never>>>;

export interface TableType<F extends Fields> {
  readonly name: string;
  readonly fields: F;
}

/** A table as read: every field described. */
export type TableValue<F extends Fields> = { readonly [Key in keyof F]: F[Key] extends Field<infer Value, never> ? Value : never };

/** A table to be written: fields left out stay absent. */
export type TableContent<F extends Fields> = {
  readonly [Key in keyof F]?: F[Key] extends Field<unknown, infer Written> ? Written | undefined : never;
};

export function tableType<F extends Fields>(name: string, fields: F): TableType<F> {
  return { name, fields };
}

/** @param place of the table, in bytes from the file's start. @throws DiagnosticError when it does not lie within the file. */
export function decodeTable<F extends Fields>(reader: ByteReader, place: number, { name, fields }: TableType<F>): TableValue<F> {
  reader.reading = name;
  const entries = Object.entries(fields);
  reader.spend(TABLE_BYTES);
  const fieldOffsets = place - reader.int32(place);
  const fieldOffsetsSize = reader.uint16(fieldOffsets);
  const value = entries.map(([key, field]) => {
    reader.reading = `${name}.${key}`;
    const entry = 4 + 2 * field.slot;
    const offset = entry + 2 <= fieldOffsetsSize ? reader.uint16(fieldOffsets + entry) : 0;
    return [key, offset === 0 ? field.absent : field.read(reader, place + offset)];
  });
  return Object.fromEntries(value) as TableValue<F>;
}

/** Returns what refers to the table. */
export function encodeTable<F extends Fields>(builder: Builder, { fields }: TableType<F>, content: TableContent<F>): number {
  const given = Object.entries(fields).filter(([key]) => content[key] !== undefined);
  const additions = given.map(([key, field]) => field.write(builder, content[key] as never));
  builder.startObject(Math.max(0, ...given.map(([, field]) => field.slot + 1)));
  for (const add of additions) add();
  return builder.endObject();
}

export function int8(slot: number, absent = 0): Field<number> {
  return {
    slot,
    absent,
    read: (reader, place) => reader.int8(place),
    write: (builder, value) => () => {
      builder.addFieldInt8(slot, value, absent);
    },
  };
}

export function uint8(slot: number, absent = 0): Field<number> {
  return { ...int8(slot, absent), read: (reader, place) => reader.uint8(place) };
}

/** -0 reads as 0, as which it is written. */
export function float32(slot: number): Field<number> {
  return {
    slot,
    absent: 0,
    read: (reader, place) => reader.float32(place) + 0,
    write: (builder, value) => () => {
      builder.addFieldFloat32(slot, value, 0);
    },
  };
}

export function bool(slot: number): Field<boolean> {
  return {
    slot,
    absent: false,
    read: (reader, place) => reader.uint8(place) !== 0,
    write: (builder, value) => () => {
      builder.addFieldInt8(slot, value ? 1 : 0, 0);
    },
  };
}

export function int32(slot: number, absent = 0): Field<number> {
  return {
    slot,
    absent,
    read: (reader, place) => reader.int32(place),
    write: (builder, value) => () => {
      builder.addFieldInt32(slot, value, absent);
    },
  };
}

export function uint32(slot: number, absent = 0): Field<number> {
  return { ...int32(slot, absent), read: (reader, place) => reader.uint32(place) };
}

/** Whether the field is there at all: for what we can't use, whatever it says. Never written. */
export function present(slot: number): Field<boolean, never> {
  return { slot, absent: false, read: () => true, write: (_builder, value) => value };
}

/** A table whose type another field tells: its place when read, what refers to it when written. */
export function reference(slot: number): Field<number | null, number> {
  return offsetField<number | null, number>(slot, null, {
    read: (_reader, target) => target,
    create: (_builder, value) => value,
  });
}

export function string(slot: number): Field<string> {
  return offsetField(slot, "", {
    read: (reader, target) => {
      const bytes = readBytes(reader, target);
      reader.spend(bytes.length);
      return new TextDecoder().decode(bytes);
    },
    create: (builder, value) => builder.createString(value),
  });
}

/** Raw bytes, aligned to 16 in the file; a view when read. */
export function alignedBytes(slot: number): Field<Uint8Array> {
  return offsetField(slot, new Uint8Array(0), {
    read: readBytes,
    create: (builder, value) => {
      builder.startVector(1, value.length, 16);
      for (let index = value.length - 1; index >= 0; index--) builder.addInt8(value[index] as number);
      return builder.endVector();
    },
  });
}

export function int32s(slot: number): Field<readonly number[]> {
  return vector(slot, 4, {
    read: (reader, place) => reader.int32(place),
    add: (builder, element) => {
      builder.addInt32(element);
    },
  });
}

export function int64s(slot: number): Field<readonly number[]> {
  return vector(slot, 8, {
    read: (reader, place) => reader.int64(place),
    add: (builder, element) => {
      builder.addInt64(BigInt(element));
    },
  });
}

export function float32s(slot: number): Field<readonly number[]> {
  return vector(slot, 4, {
    read: (reader, place) => reader.float32(place),
    add: (builder, element) => {
      builder.addFloat32(element);
    },
  });
}

export function table<F extends Fields>(slot: number, type: TableType<F>): Field<TableValue<F> | null, TableContent<F>> {
  return offsetField<TableValue<F> | null, TableContent<F>>(slot, null, {
    read: (reader, target) => decodeTable(reader, target, type),
    create: (builder, value) => encodeTable(builder, type, value),
  });
}

export function tables<F extends Fields>(slot: number, type: TableType<F>): Field<readonly TableValue<F>[], readonly TableContent<F>[]> {
  return offsetField<readonly TableValue<F>[], readonly TableContent<F>[]>(slot, [], {
    read: (reader, target) => readElements(reader, target, 4, (place) => decodeTable(reader, place + reader.uint32(place), type)),
    create: (builder, value) => {
      const offsets = value.map((content) => encodeTable(builder, type, content));
      return createVector(builder, 4, offsets, (offset) => {
        builder.addOffset(offset);
      });
    },
  });
}

interface Outside<Value, Written> {
  read(reader: ByteReader, target: number): Value;
  create(builder: Builder, value: Written): number;
}

/** A field whose value stands elsewhere in the file. */
function offsetField<Value, Written = Value>(slot: number, absent: Value, outside: Outside<Value, Written>): Field<Value, Written> {
  return {
    slot,
    absent,
    read: (reader, place) => outside.read(reader, place + reader.uint32(place)),
    write: (builder, value) => {
      const offset = outside.create(builder, value);
      return () => {
        builder.addFieldOffset(slot, offset, 0);
      };
    },
  };
}

interface ElementCodec {
  read(reader: ByteReader, place: number): number;
  add(builder: Builder, element: number): void;
}

function vector(slot: number, size: number, element: ElementCodec): Field<readonly number[]> {
  return offsetField<readonly number[]>(slot, [], {
    read: (reader, target) => readElements(reader, target, size, (place) => element.read(reader, place)),
    create: (builder, value) =>
      createVector(builder, size, value, (each) => {
        element.add(builder, each);
      }),
  });
}

function readElements<Element>(reader: ByteReader, target: number, size: number, read: (place: number) => Element): Element[] {
  const { length } = reader.bytes(target + 4, reader.uint32(target) * size);
  reader.spend((length / size) * NUMBER_BYTES);
  return Array.from({ length: length / size }, (_, index) => read(target + 4 + index * size));
}

function createVector(builder: Builder, size: number, elements: readonly number[], add: (element: number) => void): number {
  builder.startVector(size, elements.length, size);
  for (const element of elements.toReversed()) add(element);
  return builder.endVector();
}

/** A view, which fills no memory. */
function readBytes(reader: ByteReader, target: number): Uint8Array {
  return reader.bytes(target + 4, reader.uint32(target));
}
