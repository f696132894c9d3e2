// A layer as a matrix of weights, for the packers of scalar kernels: what its sums begin with, go through and can reach.

import { at } from "../../../core/assert.ts";
import type { Requantization } from "../../../artifacts/integer-program.ts";

/** Output row = requantize(bias + sum of weights[row][column] * (input[column] - inputZeroPoint)). */
export interface Matrix {
  /** Row after row. */
  readonly weights: Int8Array;
  readonly columns: number;
  /** One a row. */
  readonly bias: Int32Array;
  readonly inputZeroPoint: number;
  readonly requantization: Requantization;
}

/** 0 outside the matrix. */
export function weightAt({ weights, columns, bias }: Matrix, row: number, column: number): number {
  return row < bias.length && column >= 0 && column < columns ? at(weights, row * columns + column) : 0;
}

export function rowWeights({ weights, columns }: Matrix, row: number): Int8Array {
  return weights.subarray(row * columns, (row + 1) * columns);
}

export function weightSum(matrix: Matrix, row: number): number {
  return rowWeights(matrix, row).reduce((sum, weight) => sum + weight, 0);
}

/** The least and the largest sum of a row over all inputs. */
export function sumReach(matrix: Matrix, row: number): { readonly lowestSum: number; readonly highestSum: number } {
  let [lowestSum, highestSum] = [at(matrix.bias, row), at(matrix.bias, row)];
  for (const weight of rowWeights(matrix, row)) {
    const [one, other] = [weight * (127 - matrix.inputZeroPoint), weight * (-128 - matrix.inputZeroPoint)];
    lowestSum += Math.min(one, other);
    highestSum += Math.max(one, other);
  }
  return { lowestSum, highestSum };
}
