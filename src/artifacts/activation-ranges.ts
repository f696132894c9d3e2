// The int8 forms of activation functions: ranges for those fused into an operator, tables for those of one byte.

import { clamp, multiplyByQuantizedMultiplier, roundHalfAway, roundingRightShift, splitFloat } from "../core/fixed-point.ts";
import { fixedPointTanh } from "../core/transcendental.ts";
import type { FusedActivation } from "./graph.ts";

/** Limits of the output after the zero point was added (CalculateActivationRangeQuantized, tensorflow/lite/kernels/
 * kernel_util.cc): a real bound v becomes zeroPoint + round(v / scale), in single precision. */
export function fusedRange(activation: FusedActivation, scale: number, zeroPoint: number): { minimum: number; maximum: number } {
  const quantize = (value: number): number => zeroPoint + roundHalfAway(Math.fround(value / scale));
  switch (activation) {
    case "none":
      return { minimum: -128, maximum: 127 };
    case "relu":
      return { minimum: Math.max(-128, quantize(0)), maximum: 127 };
    case "relu6":
      return { minimum: Math.max(-128, quantize(0)), maximum: Math.min(127, quantize(6)) };
    case "relu-n1-to-1":
      return { minimum: Math.max(-128, quantize(-1)), maximum: Math.min(127, quantize(1)) };
  }
}

/** Bits left of the binary point in TANH's input, kInputIntegerBits of tensorflow/lite/micro/kernels/tanh.cc. */
const TANH_INTEGER_BITS = 4;

/** TANH for every int8 input, index input + 128 (reference/integer_ops/tanh.h). Output: scale 1/128, zero point 0. */
export function tanhTable(scale: number, zeroPoint: number): Int8Array {
  const { fraction, exponent } = splitFloat(scale * 2 ** (31 - TANH_INTEGER_BITS));
  const multiplier = { mantissa: roundHalfAway(fraction * 2 ** 31), shift: exponent };
  const radius = Math.floor((15 * 2 ** (31 - TANH_INTEGER_BITS)) / 2 ** exponent);
  return Int8Array.from({ length: 256 }, (_, index) => {
    const input = index - 128 - zeroPoint;
    if (input <= -radius) return -128;
    if (input >= radius) return 127;
    return clamp(roundingRightShift(fixedPointTanh(multiplyByQuantizedMultiplier(input, multiplier)), 24), -128, 127);
  });
}
