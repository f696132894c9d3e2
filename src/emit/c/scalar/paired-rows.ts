// Packs a matrix of weights for the kernel of paired rows (paired-rows-kernels.ts): the weights of two rows and two columns in one
// word, what sums begin with, and for each row the law of its sums in 32-bit integers.

import { at } from "../../../core/assert.ts";
import { multiplierOf } from "../../../artifacts/integer-program.ts";
import { scalar, type ParameterField } from "../printed-step.ts";
import { rowWeights, sumReach, weightAt, weightSum, type Matrix } from "./matrix.ts";
import { isOneSided, rowLaw, type NarrowLaw, type RowLaw } from "./narrow-law.ts";
import { NARROW_LAW_BYTES, NARROW_LAW_TYPE } from "./narrow-requantize.ts";

/** Rows that kernels take at once: so many while there are, then four, the last two or one by themselves. A missing row is filled up
 * with zeros. */
export type RowsAtOnce = 4 | 16;
const ROWS_AFTER = 4;
/** Added to each weight, so that it is a byte without a sign. */
const WEIGHT_OFFSET = 128;
/** What each pair of columns adds to the sum of the first of two rows, so that it never borrows from that of the second. */
const FIRST_ROW_OFFSET = 0x8000;

/** Null where a row's sums have no law in 32 bits, or two products leave 16. */
export function packMatrix(matrix: Matrix, rowsAtOnce: RowsAtOnce): readonly ParameterField[] | null {
  const { bias, requantization } = matrix;
  const laws: RowLaw[] = [];
  for (let row = 0; row < bias.length; row++) {
    const law = rowLaw({ ...requantization, multiplier: multiplierOf(row, requantization), ...sumReach(matrix, row) }, 12);
    if (law === null || leavesSixteenBits(matrix, row)) return null;
    laws.push(law);
  }
  const rows = roundUp(bias.length, 2);
  const above = isOneSided(requantization) ? [] : laws.map((law) => law.above ?? law.below);
  const allLaws = [...filledUp(laws.map((law) => law.below), rows), ...(above.length > 0 ? filledUp(above, rows) : [])]; // prettier-ignore
  return [
    words("starts", startsOf(matrix, laws, rows), 4, "What the sums of two rows begin with, with the biases in it."),
    words("weights", weightWords(matrix, rows, rowsAtOnce), 6, "Two rows x two columns in a word, each weight + 128."),
    {
      ...{ role: "laws", type: NARROW_LAW_TYPE, count: allLaws.length, perLine: 1 },
      values: allLaws.flatMap(({ range, high, low, offset }) => [range, high, low, offset]),
      comment: above.length > 0 ? "One a row, then one a row for sums above the range of the first." : "One a row.",
    },
    {
      ...{ role: "above", type: scalar("uint32_t"), count: null, perLine: 1 },
      values: [above.length > 0 ? rows * NARROW_LAW_BYTES : 0],
      comment: "Bytes from the law of a row to that for sums above its range; 0: there is none.",
    },
  ];
}

function words(role: string, values: Uint32Array, perLine: number, comment: string): ParameterField {
  return { role, type: scalar("uint32_t"), count: values.length, values, perLine, comment };
}

function filledUp(laws: readonly NarrowLaw[], rows: number): NarrowLaw[] {
  return [...laws, ...Array.from({ length: rows - laws.length }, () => ({ range: 0, high: 0, low: 0, offset: 0 }))];
}

/** Only -128 * -128 twice is too much. */
function leavesSixteenBits(matrix: Matrix, row: number): boolean {
  const { columns } = matrix;
  return rowWeights(matrix, row).some(
    (weight, column) => weight === -128 && column % 2 === columns % 2 && weightAt(matrix, row, column + 1) === -128,
  );
}

/** For rows 2i and 2i + 1: first + 2^16 * second less the offsets of all pairs of columns; then second. */
function startsOf(matrix: Matrix, laws: readonly RowLaw[], rows: number): Uint32Array {
  const start = (row: number): number => {
    const law = laws[row];
    if (law === undefined) return 0;
    return at(matrix.bias, row) - matrix.inputZeroPoint * weightSum(matrix, row) - law.origin;
  };
  const offsets = FIRST_ROW_OFFSET * Math.ceil(matrix.columns / 2);
  return Uint32Array.from({ length: rows }, (_, row) => {
    return row % 2 === 0 ? (start(row) + start(row + 1) * 0x10000 - offsets) % 2 ** 32 : start(row);
  });
}

/** Group after group of rows, in each two columns at a time, in these two rows a word: bytes first row, its next column, second row,
 * its next column. The first of an odd number of columns is the second of its two. */
function weightWords(matrix: Matrix, rows: number, rowsAtOnce: RowsAtOnce): Uint32Array {
  const words: number[] = [];
  for (let first = 0, end = 0; first < rows; first = end) {
    end = Math.min(rows, first + (matrix.bias.length - first >= rowsAtOnce ? rowsAtOnce : ROWS_AFTER));
    for (let column = -(matrix.columns % 2); column < matrix.columns; column += 2) {
      for (let row = first; row < end; row += 2) {
        const byte = (rowOffset: number, columnOffset: number): number =>
          weightAt(matrix, row + rowOffset, column + columnOffset) + WEIGHT_OFFSET;
        words.push(byte(0, 0) + byte(0, 1) * 2 ** 8 + byte(1, 0) * 2 ** 16 + byte(1, 1) * 2 ** 24);
      }
    }
  }
  return Uint32Array.from(words);
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
