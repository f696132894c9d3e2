// The limits that a fused activation sets to an int8 output.

import { roundHalfAway } from "../core/fixed-point.ts";
import type { FusedActivation } from "../artifacts/graph.ts";

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
