// README's tables of what policies cost, from the measured figures: between two comments, so that a test can write them anew.

import { readFileSync, writeFileSync } from "node:fs";
import { loadBoardNames } from "./board-names.ts";
import { COUNTED_BOARDS, type Figures, type FigureTable } from "./figures.ts";

const README = new URL("../../README.md", import.meta.url);
const BEGIN = "<!-- figures: written by tests/bench -->";
const END = "<!-- end of figures -->";

/** TensorFlow Lite Micro (90b983c2b) with CMSIS-NN, int8 registrations, gcc 12, counted on the same emulated Cortex-M4 (QEMU -icount, 64
 * vectors). Flash is code and model, RAM the arena alone. */
const TFLM: Readonly<Record<string, Pick<Figures, "instructions" | "flashBytes" | "ramBytes">>> = {
  "A: 8-16-16-2": { instructions: 3827, flashBytes: 28668 + 1920, ramBytes: 772 },
  "B, one scale a layer": { instructions: 19045, flashBytes: 28668 + 7776, ramBytes: 868 },
  "C, one scale a layer": { instructions: 80438, flashBytes: 28668 + 36304, ramBytes: 1140 },
  "D: temporal conv": { instructions: 86201, flashBytes: 37532 + 13856, ramBytes: 2084 },
  "E: 48x48 vision": { instructions: 1935950, flashBytes: 47380 + 6240, ramBytes: 15924 },
};

export function updateReadme(table: FigureTable): void {
  const text = readFileSync(README, "utf8");
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`README.md has no ${BEGIN} ... ${END}`);
  writeFileSync(README, `${before}${BEGIN}\n\n${figuresText(table)}\n\n${END}${after}`);
}

/** The tables, in Markdown. */
export function figuresText(table: FigureTable): string {
  return [cortexM4Table(table["qemu-cortex-m4"] ?? {}), coresTable(table)].join("\n\n");
}

function cortexM4Table(figures: Readonly<Record<string, Figures | null>>): string {
  const head = [
    "model",
    "MACs",
    "instructions",
    "MACs an instruction",
    "estimated cycles",
    "flash, bytes",
    "RAM, bytes",
    "TFLM + CMSIS-NN: instructions",
    "flash",
    "arena",
  ];
  const rows = Object.entries(figures).flatMap(([name, each]) => {
    if (each === null) return [];
    const peer = TFLM[name];
    return [
      [
        name,
        number(each.macs),
        number(each.instructions),
        (each.macs / each.instructions).toFixed(2),
        number(each.cycles),
        number(each.flashBytes),
        number(each.ramBytes),
        ...(peer === undefined ? ["", "", ""] : [number(peer.instructions), number(peer.flashBytes), number(peer.ramBytes)]),
      ],
    ];
  });
  return markdownTable(head, rows);
}

/** Instructions of one inference, a core a column. */
function coresTable(table: FigureTable): string {
  const boards = COUNTED_BOARDS.map(({ board }) => board).filter((board) => table[board] !== undefined);
  const names = Object.keys(table["qemu-cortex-m4"] ?? {});
  const cell = (board: string, name: string): string => {
    const figures = table[board]?.[name];
    return figures === null || figures === undefined ? "does not fit" : number(figures.instructions);
  };
  const head = ["instructions", ...boards.map((board) => `\`${board}\` (${loadBoardNames().get(board) ?? ""})`)];
  return markdownTable(
    head,
    names.map((name) => [name, ...boards.map((board) => cell(board, name))]),
  );
}

function number(value: number | null): string {
  return value === null ? "" : Math.round(value).toLocaleString("en");
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}
