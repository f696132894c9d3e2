// In: the bytes of a Parquet file. Out: its columns as arrays, or the reason why it cannot be read, whatever its bytes are. And columns
// as a Parquet file, in the types and nesting that Arrow gives them.

import { parquetMetadata, parquetReadObjects, parquetSchema, type SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { errorDiagnostic, failure, success, type Outcome } from "../../core/diagnostic.ts";
import { refuseDamage, refuseDamagedFooter } from "./parquet-damage.ts";
import { unpackSnappy } from "./parquet-snappy.ts";

/** By name; one value a row. */
export interface ParquetTable {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, readonly unknown[]>;
}

/** @param name of the file, for messages. @param wanted columns to read; others are not. */
export async function readParquet(name: string, bytes: Uint8Array, wanted: (column: string) => boolean): Promise<Outcome<ParquetTable>> {
  try {
    refuseDamagedFooter(bytes);
    // Its search for maps follows a negative count of children back and forth.
    const metadata = parquetMetadata(bytes, { geoparquet: false });
    const chunks = metadata.row_groups.flatMap(({ columns }) => columns.flatMap(({ meta_data: chunk }) => chunk ?? []));
    const codec = chunks.map((chunk) => chunk.codec).find((each) => each !== "SNAPPY" && each !== "UNCOMPRESSED");
    if (codec !== undefined) return writtenOtherwise(name, "compression", `compressed with ${codec}`);
    const encoding = chunks.flatMap(({ encodings }) => encodings).find((each) => each.startsWith("DELTA_"));
    if (encoding !== undefined) return writtenOtherwise(name, "encoding", `encoded as ${encoding}`);
    const columns = parquetSchema(metadata)
      .children.map(({ element }) => element.name)
      .filter(wanted);
    refuseDamage(metadata, bytes, columns);
    // A Buffer's slice would be a view of the whole.
    const slice = (start: number, end?: number): ArrayBuffer => Uint8Array.from(bytes.subarray(start, end)).buffer;
    const rows = await parquetReadObjects({
      file: { byteLength: bytes.length, slice },
      metadata,
      columns,
      compressors: { SNAPPY: unpackSnappy },
    });
    if (rows.length !== Number(metadata.num_rows)) throw new Error(`${rows.length} rows instead of ${metadata.num_rows}`);
    return success({ rows: rows.length, columns: new Map(columns.map((column) => [column, rows.map((row) => row[column] as unknown)])) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = "copy the data set again, or write it anew";
    return failure(errorDiagnostic("parquet-unreadable", `the Parquet file is damaged: ${reason}`, hint, { file: name }));
  }
}

function writtenOtherwise(name: string, what: "compression" | "encoding", how: string): Outcome<ParquetTable> {
  const hint = "rewrite it as LeRobot does: `pyarrow.parquet.write_table(table, path, compression='snappy')`";
  return failure(errorDiagnostic(`parquet-${what}`, `the Parquet file is ${how}`, hint, { file: name }));
}

/** Types of what we write; a list has as many elements as its rows give it. */
export type ParquetType = "string" | "bool" | "int64" | "float" | "double";

export interface ParquetColumn {
  readonly name: string;
  readonly type: ParquetType;
  /** Whether a row holds a list; its values are arrays then. */
  readonly list: boolean;
  /** int64 as bigint. */
  readonly values: readonly unknown[];
}

const PHYSICAL_TYPES: Readonly<Record<ParquetType, Pick<SchemaElement, "type" | "converted_type">>> = {
  string: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  bool: { type: "BOOLEAN" },
  int64: { type: "INT64" },
  float: { type: "FLOAT" },
  double: { type: "DOUBLE" },
};

/** @param groups rows of each row group. @param notes key-value metadata of the file. */
export function writeParquet(
  columns: readonly ParquetColumn[],
  groups: readonly number[],
  notes: Readonly<Record<string, string>> = {},
): Uint8Array {
  const buffer = parquetWriteBuffer({
    columnData: columns.map(({ name, values }) => ({ name, data: [...values] })),
    schema: [{ name: "schema", num_children: columns.length }, ...columns.flatMap(schemaOf)],
    rowGroupSize: [...groups],
    kvMetadata: Object.entries(notes).map(([key, value]) => ({ key, value })),
    createdBy: "reflexarc",
  });
  return new Uint8Array(buffer);
}

/** As Arrow writes it: everything may be null, lists in three levels (Parquet's LogicalTypes.md, "Lists"). */
function schemaOf({ name, type, list }: ParquetColumn): SchemaElement[] {
  if (!list) return [{ name, repetition_type: "OPTIONAL", ...PHYSICAL_TYPES[type] }];
  return [
    { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" } },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", repetition_type: "OPTIONAL", ...PHYSICAL_TYPES[type] },
  ];
}
