// What each measured policy costs on each emulated core, as data: measured, kept in a file, compared, and printed as README's tables.

import { readFileSync, writeFileSync } from "node:fs";
import { DiagnosticError } from "../../src/core/diagnostic.ts";
import { silentProgress } from "../../src/core/io.ts";
import type { PolicyBudget } from "../../src/artifacts/firmware-project.ts";
import { benchModel } from "../../src/cli/bench.ts";
import type { RuntimeChoice } from "../../src/pipeline/firmware.ts";
import type { BenchModel } from "./models.ts";

export interface Figures {
  /** Of one inference, a mean over vectors. */
  readonly instructions: number;
  /** Null where no timing of the core is known. */
  readonly cycles: number | null;
  /** Code and constants of the policy. */
  readonly flashBytes: number;
  readonly codeBytes: number;
  readonly ramBytes: number;
  readonly macs: number;
}

/** What was said before the build, and what came of it. */
export interface Measurement {
  readonly figures: Figures;
  readonly budget: PolicyBudget;
}

/** By board, then by model; null where the policy doesn't fit. */
export type FigureTable = Readonly<Record<string, Readonly<Record<string, Figures | null>>>>;

/** Boards whose instructions can be counted, with the programs that they need. */
export const COUNTED_BOARDS = [
  { board: "qemu-cortex-m4", tools: ["arm-none-eabi-gcc", "qemu-system-arm"] },
  { board: "qemu-cortex-m55", tools: ["arm-none-eabi-gcc", "qemu-system-arm"] },
  { board: "pico", tools: ["arm-none-eabi-gcc"] },
  { board: "qemu-riscv32", tools: ["riscv64-unknown-elf-gcc", "qemu-system-riscv32"] },
  { board: "qemu-xtensa", tools: ["xtensa-lx106-elf-gcc", "qemu-system-xtensa"] },
  { board: "uno", tools: ["avr-gcc"] },
] as const;

const BASELINE = new URL("baseline.json", import.meta.url);

export function readBaseline(): FigureTable {
  return JSON.parse(readFileSync(BASELINE, "utf8")) as FigureTable;
}

export function writeBaseline(table: FigureTable): void {
  writeFileSync(BASELINE, `${JSON.stringify(table, null, 2)}\n`);
}

/** Null where the board has no room for it. */
export async function measure(
  board: string,
  { name, graph }: BenchModel,
  choice: RuntimeChoice = { runtime: "c" },
): Promise<Measurement | null> {
  try {
    const result = await benchModel(graph, name, board, choice, silentProgress);
    const figures = {
      instructions: result.instructionsPerInference ?? NaN,
      cycles: result.estimatedCycles,
      flashBytes: (result.flashBytes.code ?? 0) + result.flashBytes.constants,
      codeBytes: result.flashBytes.code ?? 0,
      ramBytes: result.ramBytes,
      macs: result.macs,
    };
    return { figures, budget: result.budget };
  } catch (error) {
    const codes = error instanceof DiagnosticError ? error.diagnostics.map(({ code }) => code) : [];
    if (codes.includes("policy-too-large") || codes.includes("link-failed")) return null;
    throw error;
  }
}
