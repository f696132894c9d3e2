// The law of requantization for one row of a layer, as the DSP kernels' solver sees it: a staircase. In: a weighted step. Out: at
// which accumulators the output takes its next value, over all accumulators that int8 inputs can cause.

import { assert } from "../../../core/assert.ts";
import { clamp, requantizeBy, type OutputRange, type QuantizedMultiplier } from "../../../core/fixed-point.ts";
import { multiplierOf, type Requantization } from "../../../artifacts/integer-program.ts";

/** What one row computes from its accumulator, bias and input zero point included. */
export interface RowLaw extends OutputRange {
  readonly multiplier: QuantizedMultiplier;
  /** The accumulator's range over all int8 inputs. */
  readonly lowest: number;
  readonly highest: number;
}

/** The rows of a fully connected layer or a convolution: outputs x row length weights. */
export interface WeightedRows {
  readonly weights: Int8Array;
  readonly bias: Int32Array;
  readonly inputZeroPoint: number;
  readonly requantization: Requantization;
}

export function rowLaws({ weights, bias, inputZeroPoint, requantization }: WeightedRows, rowLength: number): readonly RowLaw[] {
  const { zeroPoint, minimum, maximum } = requantization;
  return Array.from(bias, (value, row) => {
    let [lowest, highest] = [value, value];
    for (const weight of weights.subarray(row * rowLength, (row + 1) * rowLength)) {
      const ends = [weight * (-128 - inputZeroPoint), weight * (127 - inputZeroPoint)] as const;
      lowest += Math.min(...ends);
      highest += Math.max(...ends);
    }
    return { multiplier: multiplierOf(row, requantization), zeroPoint, minimum, maximum, lowest, highest };
  });
}

/** The law itself. */
export function outputOf(law: RowLaw, accumulator: number): number {
  return requantizeBy(law.multiplier, accumulator, law);
}

/** The multiplier as a real number. */
export function realMultiplier({ mantissa, shift }: QuantizedMultiplier): number {
  return mantissa * 2 ** (shift - 31);
}

/** The smallest accumulator whose output is at least `level`. */
export interface Threshold {
  readonly level: number;
  readonly accumulator: number;
}

/** One for each output that the row can give, but the smallest; ascending. The multiplier must be positive. */
export function thresholds(law: RowLaw): readonly Threshold[] {
  const real = realMultiplier(law.multiplier);
  assert(real > 0, "a staircase needs a positive multiplier");
  const found: Threshold[] = [];
  for (let level = outputOf(law, law.lowest) + 1; level <= outputOf(law, law.highest); level++) {
    const guess = Math.round((level - law.zeroPoint - 0.5) / real);
    let accumulator = clamp(guess, law.lowest + 1, law.highest);
    while (outputOf(law, accumulator) >= level) accumulator--;
    while (outputOf(law, accumulator) < level) accumulator++;
    found.push({ level, accumulator });
  }
  return found;
}
