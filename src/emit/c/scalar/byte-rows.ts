// Packs a matrix of weights for the kernel of an 8-bit core (byte-rows-kernel.ts): bytes without a sign, four rows a group, and for
// each row the law of its sums in 24 bits.

import { at } from "../../../core/assert.ts";
import { multiplierOf } from "../../../artifacts/integer-program.ts";
import { scalar, type ParameterField } from "../printed-step.ts";
import { rowLaw, type NarrowLaw, type RowLaw } from "./narrow-law.ts";
import { sumReach, weightAt, weightSum, type Matrix } from "./matrix.ts";

/** Rows that share a column's element of the input; missing ones are filled up with zeros. */
const ROWS_AT_ONCE = 4;
/** What a law takes of the table `laws`. */
const LAW_BYTES = 16;
/** The kernel counts elements in a byte. */
const MOST_COLUMNS = 255;
const MOST_ROWS = 255;
/** Sums are of 24 bits, with a sign. */
const LARGEST_SUM = 2 ** 23;

/** Null where the matrix is too wide or too high, or a row's sums have no law in 24 bits. */
export function packBytes(matrix: Matrix): readonly ParameterField[] | null {
  const rows = matrix.bias.length;
  if (matrix.columns > MOST_COLUMNS || rows > MOST_ROWS) return null;
  const laws: RowLaw[] = [];
  for (let row = 0; row < rows; row++) {
    const reach = sumReach(matrix, row);
    const law = rowLaw({ ...matrix.requantization, multiplier: multiplierOf(row, matrix.requantization), ...reach }, 16);
    if (law === null || reach.highestSum - law.origin >= LARGEST_SUM || reach.lowestSum - law.origin < -LARGEST_SUM) return null;
    laws.push(law);
  }
  const twoSided = laws.some((law) => law.above !== null);
  return [
    {
      ...{ role: "weights", type: scalar("uint8_t"), perLine: 16 },
      ...weightBytes(matrix),
      comment: "Four rows at a time, column by column, each weight + 128; 0 where there is none.",
    },
    {
      ...{ role: "laws", type: scalar("uint8_t"), perLine: LAW_BYTES },
      count: LAW_BYTES * rows * (twoSided ? 2 : 1),
      values: laws
        .map((law, row) => lawBytes(law.below, startOf(matrix, row, law), law.above === null ? 0 : rows))
        .concat(twoSided ? laws.map((law) => lawBytes(law.above ?? law.below, 0, 0)) : [])
        .flat(),
      comment: `A row each: range (3 bytes), slope (5), offset (4), start (3), where in the table its law above that range is${twoSided ? "; then these laws" : ": nowhere"}.`,
    },
  ];
}

function lawBytes({ range, high, low, offset }: NarrowLaw, start: number, above: number): number[] {
  return [
    ...littleEndian(range, 3),
    ...littleEndian(low, 2),
    ...littleEndian(high, 3),
    ...littleEndian(offset, 4),
    ...littleEndian(start, 3),
    above,
  ];
}

function littleEndian(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, index) => Math.floor(value / 2 ** (8 * index)) & 255);
}

/** The kernel multiplies weight + 128 with element + 128 and takes 128 times the sum of the latter off. */
function startOf(matrix: Matrix, row: number, law: RowLaw): number {
  return at(matrix.bias, row) - (128 + matrix.inputZeroPoint) * weightSum(matrix, row) - law.origin;
}

function weightBytes(matrix: Matrix): { readonly count: number; readonly values: Uint8Array } {
  const bytes: number[] = [];
  for (let first = 0; first < matrix.bias.length; first += ROWS_AT_ONCE) {
    for (let column = 0; column < matrix.columns + (matrix.columns % 2); column++) {
      for (let row = first; row < first + ROWS_AT_ONCE; row++) {
        bytes.push(row < matrix.bias.length && column < matrix.columns ? weightAt(matrix, row, column) + 128 : 0);
      }
    }
  }
  return { count: bytes.length, values: Uint8Array.from(bytes) };
}
