// In: CSV text (comma, semicolon or tab; with or without a header). Out: its rows with cells in the spec's order. Knows columns, not
// what their values mean.

import { CsvError, parse } from "csv-parse/sync";
import { at } from "../core/assert.ts";
import { errorDiagnostic, failure, success, type Diagnostic, type Outcome } from "../core/diagnostic.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { actionChannels, observationChannels } from "./channels.ts";
import { LabelIndex } from "./labels.ts";
import { ignoredColumns, listNames, place, type ColumnSlots, type RawRow, type TextFile } from "./raw-table.ts";

interface Line {
  readonly number: number;
  readonly cells: readonly string[];
}

/** Which slot each column of the file fills; null for a column that is ignored. */
type Columns = readonly (number | null)[];

export function readDelimitedText(spec: RobotSpec, slots: ColumnSlots, file: TextFile): Outcome<readonly RawRow[]> {
  const lines = parseLines(file);
  if (!lines.ok) return lines;
  const first = lines.value[0];
  if (first === undefined) return success([]);
  if (isHeader(spec, slots, first.cells)) {
    const columns = columnsOfHeader(slots, file, first);
    if (!columns.ok) return columns;
    return success(arrange(lines.value.slice(1), columns.value, slots), columns.warnings);
  }
  const expected = slots.channelNames.length;
  if (!lines.value.some((line) => line.cells.length === expected)) {
    return failure(
      errorDiagnostic(
        "import-column-count",
        `the file has ${first.cells.length} columns and no header; ${spec.name} has ${expected}: ${listNames(slots.channelNames)}`,
        "give one column for each of them in this order, or name the columns in a first line",
        place(file, first.number),
      ),
    );
  }
  return success(arrange(lines.value, Array.from(slots.channelNames.keys()), slots));
}

function parseLines(file: TextFile): Outcome<readonly Line[]> {
  const lines: Line[] = [];
  try {
    parse(file.text, {
      bom: true,
      delimiter: delimiterOf(file.text),
      record_delimiter: ["\r\n", "\n", "\r"],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      on_record: (cells: string[], context) => {
        if (cells.some((cell) => cell.trim() !== "")) lines.push({ number: context.lines, cells });
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const hint = "look for a quotation mark that is never closed";
    return failure(errorDiagnostic("import-unreadable", `the table cannot be read: ${error.message}`, hint, { file: file.name }));
  }
  return success(lines);
}

/** A tab or semicolon hardly occurs in a line that is separated by anything else. */
function delimiterOf(text: string): string {
  const line = /^.*\S.*$/m.exec(text)?.[0] ?? "";
  return line.includes("\t") ? "\t" : line.includes(";") ? ";" : ",";
}

/** A first line is a header when it names a column, or holds nothing that could be data. */
function isHeader(spec: RobotSpec, slots: ColumnSlots, cells: readonly string[]): boolean {
  if (cells.some((cell) => slots.find(cell) !== undefined)) return true;
  const labels = [...observationChannels(spec), ...actionChannels(spec)].flatMap(({ field }) =>
    field.kind === "choice" ? field.labels : [],
  );
  const known = new LabelIndex(labels);
  return !cells.some((cell) => (cell.trim() !== "" && Number.isFinite(Number(cell))) || known.find(cell) !== undefined);
}

function columnsOfHeader(slots: ColumnSlots, file: TextFile, header: Line): Outcome<Columns> {
  const columns = header.cells.map((cell) => slots.find(cell) ?? null);
  const here = place(file, header.number);
  const missing = slots.channelNames.filter((_, slot) => !columns.includes(slot));
  const twice = header.cells.filter((_, index) => columns[index] !== null && columns.indexOf(at(columns, index)) !== index);
  const problems: Diagnostic[] = [];
  if (missing.length > 0) {
    const hint = "rename the columns to the names that `reflexarc check` prints, in any order";
    problems.push(errorDiagnostic("import-missing-column", `the header lacks ${listNames(missing)}`, hint, here));
  }
  if (twice.length > 0) {
    const hint = "keep one of them; an action that shares its name with an observation is called `action.NAME`";
    problems.push(errorDiagnostic("import-duplicate-column", `the header names ${listNames(twice)} twice`, hint, here));
  }
  if (problems.length > 0) return failure(...problems);
  const extra = header.cells.filter((_, index) => columns[index] === null);
  return success(columns, extra.length === 0 ? [] : [ignoredColumns(extra, file, header.number)]);
}

function arrange(lines: readonly Line[], columns: Columns, slots: ColumnSlots): RawRow[] {
  return lines.map(({ number, cells }) => {
    if (cells.length !== columns.length) {
      return { kind: "bad", line: number, reason: "ragged", message: `the row has ${cells.length} values instead of ${columns.length}` };
    }
    const arranged = new Array<unknown>(slots.count);
    columns.forEach((slot, index) => {
      if (slot !== null) arranged[slot] = cells[index];
    });
    return { kind: "cells", line: number, cells: arranged };
  });
}
