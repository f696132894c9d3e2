// The law of requantization, as TensorFlow Lite Micro's reference kernels compute it (tensorflow/lite/kernels/internal/
// common.h and quantization_util.cc, gemmlowp fixedpoint.h): double rounding. Every backend must agree with these bit for bit.

import { assert } from "./assert.ts";

/** A real factor as `mantissa * 2^(shift - 31)`; mantissa is 0 or in [2^30, 2^31) (negative for a negative factor, smaller where a
 * mean's division is part of it). */
export interface QuantizedMultiplier {
  readonly mantissa: number;
  readonly shift: number;
}

/** QuantizeMultiplier: fraction rounded half away from zero to 31 bits; below 2^-32 the factor is 0. */
export function quantizeMultiplier(real: number): QuantizedMultiplier {
  assert(Number.isFinite(real), `multiplier ${real} is not finite`);
  if (real === 0) return { mantissa: 0, shift: 0 };
  const { fraction, exponent } = splitFloat(real);
  const rounded = roundHalfAway(fraction * 2147483648);
  const { mantissa, shift } =
    Math.abs(rounded) === 2147483648 ? { mantissa: rounded / 2, shift: exponent + 1 } : { mantissa: rounded, shift: exponent };
  return shift < -31 ? { mantissa: 0, shift: 0 } : { mantissa, shift };
}

/** frexp: `value = fraction * 2^exponent` with 0.5 <= |fraction| < 1. */
export function splitFloat(value: number): { fraction: number; exponent: number } {
  if (value === 0) return { fraction: 0, exponent: 0 };
  let exponent = Math.max(-1023, Math.floor(Math.log2(Math.abs(value))) + 1);
  let fraction = value * 2 ** -exponent;
  while (Math.abs(fraction) >= 1) {
    fraction /= 2;
    exponent += 1;
  }
  while (Math.abs(fraction) < 0.5) {
    fraction *= 2;
    exponent -= 1;
  }
  return { fraction, exponent };
}

/** C's round(): halves away from zero. */
export function roundHalfAway(value: number): number {
  return value < 0 ? -Math.floor(-value + 0.5) : Math.floor(value + 0.5);
}

/** SaturatingRoundingDoublingHighMul: round(a * b / 2^31), ties towards +infinity, for int32 a and b. */
export function doublingHighMultiply(a: number, b: number): number {
  if (a === -2147483648 && b === -2147483648) return 2147483647;
  // a * b has up to 62 bits: split b into 16-bit halves so that every intermediate stays exact in a double.
  const high = b >> 16;
  const low = b & 0xffff;
  return Math.floor((a * high + Math.floor((a * low + 1073741824) / 65536)) / 32768);
}

/** RoundingDivideByPOT: value / 2^exponent for 0 <= exponent <= 31, halves away from zero. */
export function roundingRightShift(value: number, exponent: number): number {
  const divisor = 2 ** exponent;
  return value < 0 ? -Math.floor((-value + divisor / 2) / divisor) : Math.floor((value + divisor / 2) / divisor);
}

/** MultiplyByQuantizedMultiplier: an int32 accumulator into the output's scale, two roundings. */
export function multiplyByQuantizedMultiplier(value: number, multiplier: QuantizedMultiplier): number {
  const leftShift = Math.max(multiplier.shift, 0);
  const rightShift = Math.max(-multiplier.shift, 0);
  const shifted = leftShift === 0 ? value : Math.imul(value, (2 ** leftShift) | 0);
  return roundingRightShift(doublingHighMultiply(shifted, multiplier.mantissa), rightShift);
}

/** What of an int8 output is the same for all accumulators of a layer. */
export interface OutputRange {
  readonly zeroPoint: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** Accumulator to int8: multiplied, the zero point added, clamped. */
export function requantizeBy(multiplier: QuantizedMultiplier, accumulator: number, { zeroPoint, minimum, maximum }: OutputRange): number {
  return clamp(multiplyByQuantizedMultiplier(accumulator, multiplier) + zeroPoint, minimum, maximum);
}

export function clamp(value: number, minimum: number, maximum: number): number {
  return value < minimum ? minimum : value > maximum ? maximum : value;
}
