// HARD_SWISH of one int8, x * min(6, max(0, x + 3)) / 6, in the 16-bit fixed point of TensorFlow Lite's reference kernel.

import { clamp } from "../core/fixed-point.ts";
import {
  doublingHighMultiplyInt16,
  mantissaToInt16,
  roundingRightShiftInt16,
  saturatingLeftShiftInt16,
  truncatingHighMultiplyInt16,
} from "../core/fixed-point-int16.ts";
import type { TensorId } from "../artifacts/graph.ts";
import { RECALIBRATE, type Lowering } from "./lowering.ts";

/** SaturatingLeftShift takes no more. */
const LARGEST_LEFT_SHIFT = 31;

/** reference/hard_swish.h and tensorflow/lite/micro/kernels/hard_swish_common.cc; all scales are divided in single precision. Where
 * the output's scale is finer than 1/128 of the input's, the kernel refuses, and so does this.
 * @returns a function of an int8; its result may need a clamp to int8. */
export function hardSwish(
  lowering: Lowering,
  operator: { readonly input: TensorId; readonly output: TensorId },
): (value: number) => number {
  const input = lowering.quantization(operator.input);
  const output = lowering.quantization(operator.output);
  const fineScale = Math.fround(input.scale / 128);
  const toOutput = lowering.multiplier(operator.output, Math.fround(fineScale / output.scale));
  const toGate = lowering.multiplier(operator.output, Math.fround(fineScale / (3 / 32768)));
  if (toOutput.shift > 0 || toGate.shift > LARGEST_LEFT_SHIFT) {
    const { name } = lowering.tensor(operator.output);
    lowering.refuse("hard-swish-scales", `${name}: scale ${input.scale} in and ${output.scale} out are too far apart`, RECALIBRATE);
    return () => 0;
  }
  const outputMantissa = mantissaToInt16(toOutput.mantissa);
  const gateMantissa = mantissaToInt16(toGate.mantissa);

  /** x + 3 over 6, from 0 to 32767. @param fine x / fineScale. */
  const gate = (fine: number): number => {
    const shifted = toGate.shift > 0 ? saturatingLeftShiftInt16(fine, toGate.shift - 1) : fine;
    const scaled = doublingHighMultiplyInt16(shifted, gateMantissa);
    const symmetric = toGate.shift > 0 ? saturatingLeftShiftInt16(scaled, 1) : roundingRightShiftInt16(scaled, Math.max(0, -toGate.shift));
    return (symmetric + 32768) >> 1;
  };

  return (value) => {
    const fine = (value - input.zeroPoint) * 128;
    const unshifted = doublingHighMultiplyInt16(fine, outputMantissa);
    const gated = truncatingHighMultiplyInt16(gate(fine), unshifted);
    return clamp(roundingRightShiftInt16(gated, -toOutput.shift) + output.zeroPoint, -128, 127);
  };
}
