// In: JSON lines, one object a tick: nested (`{"imu": {"pitch": 1}}`) or with dotted keys, vectors as arrays or as `range[0]` keys.
// Out: its rows with cells in the spec's order.

import { success, type Outcome } from "../core/diagnostic.ts";
import { ignoredColumns, listNames, type ColumnSlots, type RawRow, type TextFile } from "./raw-table.ts";

export function readJsonLines(slots: ColumnSlots, file: TextFile): Outcome<readonly RawRow[]> {
  const ignored = new Set<string>();
  const rows: RawRow[] = [];
  file.text.split(/\r\n|\n|\r/).forEach((text, index) => {
    if (text.trim() !== "") rows.push(readLine(slots, text, index + 1, ignored));
  });
  return success(rows, ignored.size === 0 ? [] : [ignoredColumns([...ignored], file, 1)]);
}

function readLine(slots: ColumnSlots, text: string, line: number, ignored: Set<string>): RawRow {
  const bad = (reason: "unreadable" | "ragged", message: string): RawRow => ({ kind: "bad", line, reason, message });
  const object = parseObject(text);
  if (object === null) return bad("unreadable", "the line is not a JSON object");
  const cells = new Array<unknown>(slots.count);
  for (const [name, value] of flatten(object, "")) {
    const slot = slots.find(name);
    if (slot !== undefined) {
      if (cells[slot] !== undefined) return bad("ragged", `the line gives ${name} twice`);
      cells[slot] = value;
    } else if (slots.find(name.replace(/\[\d+\]$/, "[0]")) !== undefined) {
      return bad("ragged", `robot.ts has no ${name}: the vector is longer than its field`);
    } else {
      ignored.add(name);
    }
  }
  const missing = slots.channelNames.filter((_, slot) => cells[slot] === undefined);
  return missing.length > 0 ? bad("ragged", `the line lacks ${listNames(missing)}`) : { kind: "cells", line, cells };
}

function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Leaves of nested objects and arrays by column name: `imu.pitch`, `range[0]`. */
function* flatten(value: object, prefix: string): Generator<readonly [string, unknown]> {
  for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
    const name = Array.isArray(value) ? `${prefix}[${key}]` : prefix === "" ? key : `${prefix}.${key}`;
    if (typeof inner === "object" && inner !== null) yield* flatten(inner, name);
    else yield [name, inner];
  }
}
