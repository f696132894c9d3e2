// The parameters of a layer in the order in which a DSP kernel reads them, as 32-bit words: biases, weights and requantization of
// four rows (or of two, where outputs are signed), then of the next. Null where the solver finds no constants.

import { at } from "../../../core/assert.ts";
import type { Slot } from "./offset-window.ts";
import { rowLaws, type WeightedRows } from "./row-law.ts";
import { solveRectified } from "./rectified-solver.ts";
import { solveSigned } from "./signed-solver.ts";

/** Packed: weights of two rows and two columns in a word, 256 * one row's + the other's in a halfword. Wide: weights of one row and
 * two columns in a word, times 256. */
export type Packing = "packed" | "wide";

/** A layer as rows: `outputs` rows of `columns` weights. */
export interface Layer extends WeightedRows {
  readonly outputs: number;
  readonly columns: number;
  /** bias - zero point * sum of the row's weights, so that kernels multiply the input's bytes as they are. */
  readonly foldedBias: Int32Array;
}

/** Kernels take eight columns at a time; the missing ones weigh nothing. */
export const COLUMNS_PER_STEP = 8;

export function stepsOf(columns: number): number {
  return Math.ceil(columns / COLUMNS_PER_STEP);
}

/** Fractional bits that the kernels drop; those of a packed row's lower half come without the factor 256. Fixed, because code must
 * not depend on what training determines: they admit multipliers from about 2^-12 up to 2^-5. */
export const PACKED_SHIFT = 12;
export const WIDE_SHIFT = 12;
export const SIGNED_SHIFT = 12;

const UPPER: Slot = { scale: 256, shift: PACKED_SHIFT };
const LOWER: Slot = { scale: 1, shift: PACKED_SHIFT - 8 };
const WIDE: Slot = { scale: 256, shift: WIDE_SHIFT };
export const RECTIFIED_SLOTS: Readonly<Record<Packing, readonly Slot[]>> = {
  packed: [UPPER, LOWER, UPPER, LOWER],
  wide: [WIDE, WIDE, WIDE, WIDE],
};

/** Which of a block's four rows each accumulator belongs to: with these, the outputs of 0 and 2, and of 1 and 3, become the halves of
 * a word, as SXTB16 splits four bytes. */
export const ROW_OF_SLOT = [2, 0, 3, 1] as const;

/** Columns in the order in which they lie in memory, for the same reason. */
const COLUMN_ORDER = [0, 2, 1, 3] as const;

/** Four rows of a layer whose thresholds lie on one side of zero. */
export interface RectifiedRows {
  /** Biases and weights. */
  readonly sums: readonly number[];
  /** Multipliers and addend. */
  readonly scales: readonly number[];
}

/** The rows four at a time, ascending. */
export function rectifiedRows(layer: Layer, packing: Packing): readonly RectifiedRows[] | null {
  const laws = rowLaws(layer, layer.columns);
  const slots = RECTIFIED_SLOTS[packing];
  const blocks: RectifiedRows[] = [];
  for (let first = 0; first < layer.outputs; first += 4) {
    const rows = ROW_OF_SLOT.map((row) => first + row);
    const weights = weightWords(layer, rows, packing);
    const solved = weights === null ? null : solveRectified(rows.map((row) => laws[row] ?? null), slots); // prettier-ignore
    if (solved === null || weights === null) return null;
    const biases = rows.map((row, slot) => at(slots, slot).scale * (layer.foldedBias[row] ?? 0) + at(solved.rows, slot).bias);
    const [a = 0, b = 0, c = 0, d = 0] = biases;
    blocks.push({
      sums: [...(packing === "packed" ? [a + b, b, c + d, d] : biases), ...weights],
      scales: [...solved.rows.map(({ multiplier }) => multiplier), solved.addend],
    });
  }
  return blocks;
}

/** The last four rows first; each block ends with its output's place, in bytes, which is 0 for the last.
 * @param outputBytes of four rows. */
export function rectifiedStream(blocks: readonly RectifiedRows[], outputBytes: 4 | 8): Uint32Array {
  const words = blocks.map(({ sums, scales }, block) => [...sums, outputBytes * block, ...scales]);
  return Uint32Array.from(words.reverse().flat(), (word) => word >>> 0);
}

/** Two rows at a time; each pair ends with the number of rows that follow it, -1 where the second is missing. */
export function signedStream(layer: Layer, packing: Packing): Uint32Array | null {
  const laws = rowLaws(layer, layer.columns);
  const words: number[] = [];
  for (let row = 0; row < layer.outputs; row += 2) {
    const rows = [row, row + 1];
    const solved = solveSigned(rows.map((each) => laws[each] ?? null), SIGNED_SHIFT); // prettier-ignore
    const weights = weightWords(layer, rows, packing);
    if (solved === null || weights === null) return null;
    const [first, second] = [at(solved.rows, 0), at(solved.rows, 1)];
    const [a, b] = [layer.foldedBias[row] ?? 0, layer.foldedBias[row + 1] ?? 0];
    words.push(...(packing === "packed" ? [256 * a + first.bias + b, b] : [256 * a + first.bias, 256 * b + second.bias]), ...weights);
    words.push(layer.outputs - row - 2, first.multiplier, second.multiplier, first.jump, second.jump, solved.addend);
    if (packing === "packed") words.push(second.bias);
  }
  return Uint32Array.from(words, (word) => word >>> 0);
}

/** Words of the stream, whatever the weights are. */
export function streamWords({ outputs, columns }: Pick<Layer, "outputs" | "columns">, packing: Packing, rowsPerBlock: 2 | 4): number {
  const weights = (stepsOf(columns) * COLUMNS_PER_STEP * rowsPerBlock) / (packing === "packed" ? 4 : 2);
  const others = rowsPerBlock === 4 ? 4 + 6 : packing === "packed" ? 2 + 7 : 2 + 6;
  return Math.ceil(outputs / rowsPerBlock) * (weights + others);
}

/** Null where two packed weights do not fit a halfword: -128 with a negative one. */
export function weightWords(layer: Layer, rows: readonly number[], packing: Packing): number[] | null {
  const weight = (row: number, place: number): number => {
    const column = (place & ~3) + at(COLUMN_ORDER, place & 3);
    return row < layer.outputs && column < layer.columns ? at(layer.weights, row * layer.columns + column) : 0;
  };
  const words: number[] = [];
  for (let start = 0; start < layer.columns; start += COLUMNS_PER_STEP) {
    for (let slot = 0; slot < rows.length; slot += packing === "packed" ? 2 : 1) {
      const [row, partner] = [at(rows, slot), rows[slot + 1] ?? layer.outputs];
      const half = (place: number): number => 256 * weight(row, place) + (packing === "packed" ? weight(partner, place) : 0);
      for (let place = start; place < start + COLUMNS_PER_STEP; place += 2) {
        const halves = [half(place), half(place + 1)] as const;
        if (Math.min(...halves) < -32768) return null;
        words.push((halves[0] & 0xffff) | (halves[1] << 16));
      }
    }
  }
  return words;
}
