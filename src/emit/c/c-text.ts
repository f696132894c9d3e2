// Small pieces of C: identifiers, comments, tables, numbers. Printers compose these; none of them knows about policies.

import { assert } from "../../core/assert.ts";

/** Text in UPPER_CASE, fit for a macro or a constant: `layer1/weights` becomes LAYER1_WEIGHTS. */
export function upperCase(text: string): string {
  const words = text
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .toUpperCase();
  return /^[A-Z]/.test(words) ? words : `N_${words}`;
}

/** Identifiers that never collide: the second LAYER becomes LAYER_2. */
export class UniqueNames {
  private readonly taken = new Set<string>();

  claim(wanted: string): string {
    let name = wanted;
    for (let suffix = 2; this.taken.has(name); suffix++) name = `${wanted}_${suffix}`;
    this.taken.add(name);
    return name;
  }
}

/** Text that cannot end a comment or a line. */
export function commentText(text: string): string {
  return text
    .replace(/\*\//g, "* /")
    .replace(/\/\*/g, "/ *")
    .replace(/[\r\n\\]+/g, " ");
}

/** A C string literal. */
export function stringLiteral(text: string): string {
  const bytes = [...new TextEncoder().encode(text)];
  return `"${bytes.map((byte) => (byte < 32 || byte > 126 || byte === 34 || byte === 92 || byte === 63 ? `\\${byte.toString(8).padStart(3, "0")}` : String.fromCharCode(byte))).join("")}"`;
}

/** The shortest float constant that reads back as the very same single-precision number. */
export function floatLiteral(value: number): string {
  assert(Number.isFinite(value) && Math.fround(value) === value, `${value} is no single-precision number`);
  // Nine significant digits identify every float (IEEE 754); most need fewer.
  const digits = [1, 2, 3, 4, 5, 6, 7, 8].find((precision) => Math.fround(Number(value.toPrecision(precision))) === value) ?? 9;
  const text = Number(value.toPrecision(digits)).toString();
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
}

/** INT32_MIN has no literal of its own in C. */
export function int32Literal(value: number): string {
  return value === -2147483648 ? "INT32_MIN" : String(value);
}

/** Rows of numbers, `perRow` to a group, wrapped at a readable width. `label` names each group in a comment when there is more than one. */
export function tableRows(values: ArrayLike<number>, perRow: number, label: (row: number) => string): string {
  const lines: string[] = [];
  const rows = values.length / perRow;
  for (let row = 0; row < rows; row++) {
    const cells = Array.from({ length: perRow }, (_, column) => int32Literal(values[row * perRow + column] as number));
    const comment = label(row);
    lines.push(...wrap(cells, comment === "" ? "" : ` /* ${commentText(comment)} */`));
  }
  return lines.join("\n");
}

const LINE_WIDTH = 108;

function wrap(cells: readonly string[], comment: string): string[] {
  const lines: string[] = [];
  let line = "   ";
  for (const cell of cells) {
    if (line.length + cell.length + 2 > LINE_WIDTH) {
      lines.push(line);
      line = "     ";
    }
    line += ` ${cell},`;
  }
  return [...lines, line + comment];
}
