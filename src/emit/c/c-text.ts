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

/** Text in lower_case, fit for a variable and not too long for a line: `layer1/weights` becomes layer1_weights. */
export function lowerCase(text: string): string {
  return upperCase(text).toLowerCase().slice(0, LONGEST_NAME).replace(/_+$/, "");
}

const LONGEST_NAME = 32;

/** Words that no identifier of C99 or C++ may be, lower-case ones. */
export const C_KEYWORDS: readonly string[] = (
  "auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return " +
  "short signed sizeof static struct switch typedef union unsigned void volatile while asm bool class delete false friend mutable " +
  "namespace new operator private protected public template this throw true try typename using virtual errno main"
).split(" ");

/** Identifiers that never collide: the second LAYER becomes LAYER_2. */
export class UniqueNames {
  private readonly taken: Set<string>;

  /** @param reserved names that nobody may have. */
  constructor(reserved: readonly string[] = []) {
    this.taken = new Set(reserved);
  }

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

/** Cells of a table, `perLine` to a line or as many as fit a readable width, each with its comma. */
export function wrapCells(cells: readonly string[], perLine: number, indent: string): readonly string[] {
  const lines: string[] = [];
  for (let first = 0; first < cells.length; first += perLine) {
    let line = indent;
    for (const cell of cells.slice(first, first + perLine)) {
      if (line.length > indent.length && line.length + cell.length + 2 > LINE_WIDTH) {
        lines.push(line.trimEnd());
        line = `${indent}  `;
      }
      line += `${cell}, `;
    }
    lines.push(line.trimEnd());
  }
  return lines;
}

const LINE_WIDTH = 112;

/** Lines of code with a comment behind each, the comments below one another. A line without one ends such a run. */
export function withComments(lines: readonly (readonly [code: string, comment: string])[]): readonly string[] {
  return lines.map(([code, comment], index) => {
    if (comment === "") return code;
    const first = lines.slice(0, index).findLastIndex((line) => line[1] === "") + 1;
    const length = lines.slice(first).findIndex((line) => line[1] === "");
    const run = lines.slice(first, length < 0 ? undefined : first + length);
    return `${code.padEnd(Math.max(...run.map((line) => line[0].length)))} ${comment}`;
  });
}

/** A statement broken where clang-format breaks it: between arguments of its first call, which then stand below one another. */
export function wrapStatement(statement: string): readonly string[] {
  const indent = " ".repeat(statement.indexOf("(") + 1);
  const lines: string[] = [];
  let line = "";
  for (const piece of statement.split(/(?<=,) /)) {
    if (line !== "" && line.length + 1 + piece.length > STATEMENT_WIDTH) {
      lines.push(line);
      line = indent + piece;
    } else {
      line += (line === "" ? "" : " ") + piece;
    }
  }
  return [...lines, line];
}

const STATEMENT_WIDTH = 120;
