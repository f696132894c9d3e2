// The 16-bit pieces of TensorFlow Lite's HARD_SWISH (reference/hard_swish.h, gemmlowp fixedpoint.h). All arguments and results
// are int16.

import { clamp } from "./fixed-point.ts";

/** DownScaleInt32ToInt16Multiplier (tensorflow/lite/kernels/internal/common.h): a positive 31-bit mantissa to 15 bits. */
export function mantissaToInt16(mantissa: number): number {
  return Math.min(32767, Math.floor((mantissa + 32768) / 65536));
}

/** SaturatingRoundingDoublingHighMul: round(a * b / 2^15), ties towards +infinity. */
export function doublingHighMultiplyInt16(a: number, b: number): number {
  if (a === -32768 && b === -32768) return 32767;
  return Math.floor((a * b + 16384) / 32768);
}

/** SaturatingDoublingHighMul: as above, but towards zero. */
export function truncatingHighMultiplyInt16(a: number, b: number): number {
  return a === -32768 && b === -32768 ? 32767 : Math.trunc((a * b) / 32768);
}

/** SaturatingLeftShift, for 0 <= amount <= 30. */
export function saturatingLeftShiftInt16(value: number, amount: number): number {
  return clamp(value * 2 ** amount, -32768, 32767);
}

/** RoundingDivideByPOT: halves away from zero. From an exponent of 16 on, its mask no longer fits 16 bits, and the result is 1
 * or -1 by the sign: so it is in gemmlowp. */
export function roundingRightShiftInt16(value: number, exponent: number): number {
  const mask = ((2 ** exponent - 1) << 16) >> 16;
  const threshold = (mask >> 1) + (value < 0 ? 1 : 0);
  return (value >> exponent) + ((value & mask) > threshold ? 1 : 0);
}
