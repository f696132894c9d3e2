// What a layer multiplies with, arranged for kernels that compute several rows at once: four rows in blocks of sixteen columns,
// or eight channels. One arrangement serves Helium, WebAssembly's simd128 and the portable branch beside them.

import { at } from "../../../core/assert.ts";
import type { QuantizedMultiplier } from "../../../core/fixed-point.ts";
import type { Requantization } from "../../../artifacts/integer-program.ts";
import { scalar, type ParameterField } from "../printed-step.ts";

export const GROUP_ROWS = 4;
export const BLOCK_COLUMNS = 16;
export const BLOCK_CHANNELS = 8;
/** Numbers of one group in a table of laws. */
const GROUP_LAWS = 12;

export function roundUp(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}

/** Rows x columns -> for each four rows, for each sixteen columns: sixteen of the first row, of the second, ... What is missing is 0. */
export function packRows(weights: Int8Array, rows: number, columns: number): Int8Array {
  const groups = Math.ceil(rows / GROUP_ROWS);
  const blocks = Math.ceil(columns / BLOCK_COLUMNS);
  const packed = new Int8Array(groups * blocks * GROUP_ROWS * BLOCK_COLUMNS);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const block = Math.floor(row / GROUP_ROWS) * blocks + Math.floor(column / BLOCK_COLUMNS);
      packed[(block * GROUP_ROWS + (row % GROUP_ROWS)) * BLOCK_COLUMNS + (column % BLOCK_COLUMNS)] = at(weights, row * columns + column);
    }
  }
  return packed;
}

/** First channels of the blocks of eight that cover `channels`, of which there are at least eight: the last block may overlap the one
 * before it, so that none reaches beyond the end. */
export function channelBlocks(channels: number): readonly number[] {
  return Array.from({ length: Math.ceil(channels / BLOCK_CHANNELS) }, (_, block) =>
    Math.min(block * BLOCK_CHANNELS, channels - BLOCK_CHANNELS),
  );
}

/** Taps x channels -> for each block of eight channels, for each tap: eight weights. */
export function packChannels(weights: Int8Array, channels: number): Int8Array {
  const taps = weights.length / channels;
  return Int8Array.from(
    channelBlocks(channels).flatMap((first) =>
      Array.from({ length: taps }, (_, tap) => [
        ...weights.subarray(tap * channels + first, tap * channels + first + BLOCK_CHANNELS),
      ]).flat(),
    ),
  );
}

/** For each four rows: their biases, their multipliers, their second factors. What is missing is 0.
 * @param rows which row of `biases` and of `requantization` each place of the table is for. */
export function packLaws(biases: ArrayLike<number>, { multipliers }: Requantization, rows: readonly number[]): Int32Array {
  const packed = new Int32Array(Math.ceil(rows.length / GROUP_ROWS) * GROUP_LAWS);
  rows.forEach((row, index) => {
    const multiplier = at(multipliers, multipliers.length === 1 ? 0 : row);
    const first = Math.floor(index / GROUP_ROWS) * GROUP_LAWS + (index % GROUP_ROWS);
    packed[first] = at(biases, row);
    packed[first + GROUP_ROWS] = multiplier.mantissa;
    packed[first + 2 * GROUP_ROWS] = secondFactor(multiplier);
  });
  return packed;
}

/** The second rounding of a right shift by e is one more doubling high multiply, by 2^(31 - e). A left shift comes first instead, as
 * the factor -2^shift; a shift beyond 30 was proven to meet only sums of 0. */
export function secondFactor({ shift }: QuantizedMultiplier): number {
  return shift < 0 ? 2 ** (31 + shift) : -(2 ** Math.min(shift, 30));
}

export function weightsField(values: Int8Array, perLine: number, comment: string): ParameterField {
  return { role: "weights", type: scalar("int8_t"), count: values.length, values, perLine, comment };
}

export function lawsField(values: Int32Array): ParameterField {
  const comment = "For each four rows: their biases, multipliers, second factors.";
  return { role: "laws", type: scalar("int32_t"), count: values.length, values, perLine: GROUP_LAWS, comment };
}

export function rangeField({ zeroPoint, minimum, maximum }: Requantization): ParameterField {
  return {
    role: "range",
    type: { c: "output_range", members: ["int8_t", "int8_t", "int8_t"] },
    count: null,
    values: [zeroPoint, minimum, maximum],
    perLine: 1,
    comment: "Zero point and range of the output.",
  };
}

/** 0, 1, ... count - 1. */
export function allRows(count: number): readonly number[] {
  return Array.from({ length: count }, (_, row) => row);
}
