// In: a Parquet file and its metadata. Out: nothing, or an Error that says what is damaged. Every count and size is held against the
// bytes that are there before hyparquet, which trusts them, makes room or repeats anything: a flipped bit must not ask for gigabytes.

import { parquetSchema, type ColumnMetaData, type FileMetaData, type PageHeader, type SchemaTree } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getPhysicalColumns, getTreePath } from "hyparquet/src/schema.js";
import { walkRuns } from "./parquet-runs.ts";
import { unpackSnappy } from "./parquet-snappy.ts";
import { refuseDamagedThrift } from "./parquet-thrift.ts";

/** Elements of a list, at most; a larger count is damage. */
const LONGEST_LIST = 1 << 16;

/** Bytes that Snappy makes of one, at most: a copy of 64 from 3 (format description, section 2.2). */
const SNAPPY_EXPANSION = 64;

/** Length of the footer and the magic number, at the end of the file. */
const TRAILER_BYTES = 8;

/** To be called before hyparquet parses the metadata. */
export function refuseDamagedFooter(bytes: Uint8Array): void {
  const end = bytes.length - TRAILER_BYTES;
  const length = end < 0 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(end, true);
  if (length === 0 || length > end) throw new Error(`a footer of ${length} bytes in a file of ${bytes.length}`);
  refuseDamagedThrift(bytes.subarray(0, end), end - length);
}

/** @param wanted names of the columns that are going to be read: only their pages are looked into. */
export function refuseDamage(metadata: FileMetaData, bytes: Uint8Array, wanted: readonly string[]): void {
  // Each row has a distinct index, so it takes a byte at least.
  if (metadata.num_rows < 0n || metadata.num_rows > bytes.length) throw new Error(`${metadata.num_rows} rows in ${bytes.length} bytes`);
  // A column that is there twice, or that the schema does not know, would fail where nobody waits for it.
  const schema = parquetSchema(metadata);
  const leaves = getPhysicalColumns(schema);
  if (new Set(leaves).size < leaves.length) throw new Error("a column that is there twice");
  let rows = 0n;
  for (const group of metadata.row_groups) {
    rows += group.num_rows;
    const paths = group.columns.map((column) => column.meta_data?.path_in_schema.join("."));
    if (paths.join("\n") !== leaves.join("\n")) throw new Error("a group with other columns than the file");
    for (const { meta_data: column, file_path: elsewhere } of group.columns) {
      if (column === undefined || elsewhere !== undefined) throw new Error("a column without its data");
      if (group.num_rows < 0n || column.num_values < 0n || column.num_values > group.num_rows * BigInt(LONGEST_LIST))
        throw new Error(`${column.num_values} values in ${group.num_rows} rows`);
      if (!wanted.includes(column.path_in_schema[0] ?? "")) continue;
      new PageWalker(bytes, column, getTreePath(schema, column.path_in_schema)).walk(Number(group.num_rows));
    }
  }
  if (rows !== metadata.num_rows) throw new Error(`groups of ${rows} rows in a file of ${metadata.num_rows}`);
}

/** What the two versions of data pages have in common. */
interface DataPage {
  readonly count: number;
  readonly encoding: string;
  /** Levels as runs; null where the schema leaves nothing to say. */
  readonly repetition: Uint8Array | null;
  readonly definition: Uint8Array | null;
  readonly values: Uint8Array;
  /** What the header says; null where it does not. */
  readonly nulls: number | null;
}

/** Walks the pages of a column as hyparquet is going to. */
class PageWalker {
  private readonly bytes: Uint8Array;
  private readonly column: ColumnMetaData;
  private readonly highestRepetition: number;
  private readonly highestDefinition: number;
  private dictionaryEntries = 0;

  constructor(bytes: Uint8Array, column: ColumnMetaData, path: SchemaTree[]) {
    this.bytes = bytes;
    this.column = column;
    this.highestRepetition = getMaxRepetitionLevel(path);
    this.highestDefinition = getMaxDefinitionLevel(path);
    const type = path.at(-1)?.element.type;
    if (column.type !== type) throw new Error(`a column of ${column.type} where the schema says ${type}`);
  }

  walk(groupRows: number): void {
    const { column } = this;
    const start = Number(
      column.dictionary_page_offset === 0n ? column.data_page_offset : (column.dictionary_page_offset ?? column.data_page_offset),
    );
    const end = start + Number(column.total_compressed_size);
    if (!(start >= 0 && end > start && end <= this.bytes.length))
      throw new Error(`a column at ${start}..${end} of ${this.bytes.length} bytes`);
    const bytes = this.bytes.subarray(0, end);
    const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, end), offset: start };
    let [values, rows] = [0, 0];
    while (reader.offset < end) {
      refuseDamagedThrift(bytes, reader.offset);
      const header = parquetHeader(reader);
      const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
      if (!(packed >= 0 && reader.offset + packed <= end)) throw new Error(`a page of ${packed} bytes`);
      if (!(unpacked >= 0 && unpacked <= SNAPPY_EXPANSION * (packed + 1))) throw new Error(`a page of ${unpacked} bytes made of ${packed}`);
      const content = bytes.subarray(reader.offset, reader.offset + packed);
      reader.offset += packed;
      if (header.type === "DICTIONARY_PAGE") {
        this.dictionary(header);
        continue;
      }
      const page = this.dataPage(header, content);
      values += page.count;
      rows += this.refuseDamagedPage(page);
    }
    if (values !== Number(column.num_values)) throw new Error(`${values} values instead of ${column.num_values}`);
    if (rows !== groupRows) throw new Error(`a column of ${rows} rows in a group of ${groupRows}`);
  }

  private dictionary({ dictionary_page_header: header, uncompressed_page_size: bytes }: PageHeader): void {
    const entries = header?.num_values ?? -1;
    // Only truth values are smaller than a byte, and those have no dictionary.
    if (!(entries >= 0 && entries <= bytes)) throw new Error(`a dictionary of ${entries} values in ${bytes} bytes`);
    this.dictionaryEntries = entries;
  }

  private dataPage(header: PageHeader, content: Uint8Array): DataPage {
    const { data_page_header: first, data_page_header_v2: second } = header;
    const count = first?.num_values ?? second?.num_values ?? -1;
    if (!(count >= 0 && count <= Number(this.column.num_values))) throw new Error(`a page of ${count} values`);
    if (header.type === "DATA_PAGE" && first !== undefined) {
      const page = this.unpacked(content, header.uncompressed_page_size);
      let offset = 0;
      const levels = (highest: number): Uint8Array | null => {
        if (highest === 0) return null;
        const runs = afterLength(page, offset);
        offset += 4 + runs.length;
        return runs;
      };
      const repetition = levels(this.highestRepetition);
      const definition = levels(this.highestDefinition);
      return { count, encoding: first.encoding, repetition, definition, values: page.subarray(offset), nulls: null };
    }
    if (header.type !== "DATA_PAGE_V2" || second === undefined) throw new Error(`a page of type ${header.type}`);
    const {
      repetition_levels_byte_length: repetition,
      definition_levels_byte_length: definition,
      num_nulls: nulls,
      is_compressed,
    } = second;
    const levels = repetition + definition;
    if (!(repetition >= 0 && definition >= 0 && levels <= content.length && levels <= header.uncompressed_page_size))
      throw new Error(`${repetition} and ${definition} bytes of levels in a page of ${content.length}`);
    const rest = content.subarray(levels);
    return {
      count,
      encoding: second.encoding,
      repetition: this.highestRepetition === 0 ? null : content.subarray(0, repetition),
      definition: this.highestDefinition === 0 ? null : content.subarray(repetition, levels),
      values: is_compressed === false ? rest : this.unpacked(rest, header.uncompressed_page_size - levels),
      nulls,
    };
  }

  private unpacked(content: Uint8Array, size: number): Uint8Array {
    if (this.column.codec === "SNAPPY") return unpackSnappy(content, size);
    if (content.length !== size) throw new Error(`a page of ${content.length} bytes instead of ${size}`);
    return content;
  }

  /** @returns how many rows begin in the page. */
  private refuseDamagedPage({ count, encoding, repetition, definition, values, nulls }: DataPage): number {
    const rows = repetition === null ? count : countLevels(repetition, this.highestRepetition, count, 0);
    const present = definition === null ? count : countLevels(definition, this.highestDefinition, count, this.highestDefinition);
    if (nulls !== null && present !== count - nulls) throw new Error(`${present} of ${count} values, but ${nulls} nulls`);
    if (present > 0) this.refuseDamagedValues(encoding, values, present);
    return rows;
  }

  private refuseDamagedValues(encoding: string, values: Uint8Array, count: number): void {
    switch (encoding) {
      case "PLAIN":
      case "BYTE_STREAM_SPLIT":
        // What is smallest are truth values, 8 in a byte. That strings are there is for hyparquet to see.
        if (count > 8 * values.length) throw new Error(`${count} values in ${values.length} bytes`);
        return;
      case "RLE":
        if (this.column.type !== "BOOLEAN") throw new Error(`runs of ${this.column.type}`);
        walkRuns(afterLength(values, 0), 0, 1, count, () => undefined);
        return;
      case "PLAIN_DICTIONARY":
      case "RLE_DICTIONARY":
        if (this.column.type === "BOOLEAN") throw new Error("a dictionary of truth values");
        walkRuns(values, 1, values[0] ?? 0, count, (index) => {
          if (index >= this.dictionaryEntries) throw new Error(`entry ${index} of a dictionary of ${this.dictionaryEntries}`);
        });
        return;
      default:
        throw new Error(`values encoded as ${encoding}`);
    }
  }
}

function countLevels(runs: Uint8Array, highest: number, count: number, level: number): number {
  let found = 0;
  walkRuns(runs, 0, 32 - Math.clz32(highest), count, (value, times) => {
    if (value > highest) throw new Error(`level ${value} where the schema ends at ${highest}`);
    if (value === level) found += times;
  });
  return found;
}

/** What follows a length of 4 bytes. */
function afterLength(bytes: Uint8Array, offset: number): Uint8Array {
  const length = bytes.length - offset < 4 ? Infinity : new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true);
  if (length > bytes.length - offset - 4) throw new Error(`${length} bytes of runs in a page of ${bytes.length}`);
  return bytes.subarray(offset + 4, offset + 4 + length);
}
