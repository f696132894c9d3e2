// Lowers SOFTMAX: the exponentials of all differences that two int8 can have become a table.

import { at } from "../core/assert.ts";
import { doublingHighMultiply, quantizeMultiplier } from "../core/fixed-point.ts";
import { expOnNegativeValues } from "../core/transcendental.ts";
import { elementCount, type Softmax } from "../artifacts/graph.ts";
import { RECALIBRATE, type Lowering } from "./lowering.ts";

/** Bits left of the binary point in a scaled difference: kScaledDiffIntegerBits. */
const INTEGER_BITS = 5;

/** Each exponential adds up to 2^19 (1 in Q12.19) to an int32. */
const LARGEST_DEPTH = 2 ** 12 - 1;

/** reference/softmax.h, tensorflow/lite/micro/kernels/softmax_common.cc, PreprocessSoftmaxScaling and CalculateInputRadius of
 * tensorflow/lite/kernels/internal/quantization_util.cc. */
export function lowerSoftmax(lowering: Lowering, operator: Softmax): void {
  const { name, shape } = lowering.tensor(operator.output);
  const depth = at(shape, shape.length - 1);
  const real = Math.min(operator.beta * lowering.quantization(operator.input).scale * 2 ** (31 - INTEGER_BITS), 2 ** 31 - 1);
  if (depth > LARGEST_DEPTH) {
    lowering.refuse("accumulator-overflow", `${name}: the sum over ${depth} elements could leave int32`, "use fewer classes, or ARG_MAX");
  }
  if (!(real > 1)) {
    lowering.refuse("softmax-scale", `${name}: its input scale times beta is below 2^-26`, RECALIBRATE);
    return;
  }
  lowering.add({
    kind: "softmax",
    ...lowering.between(operator.input, operator.output),
    rows: elementCount(shape) / depth,
    depth,
    exponentials: exponentialTable(real),
  });
}

/** exp of the differences 0, -1, .. in Q0.31, as far as they are not too small to count.
 * @param real factor from a difference to Q5.26. */
function exponentialTable(real: number): Int32Array {
  const { mantissa, shift } = quantizeMultiplier(real);
  const radius = Math.floor(((2 ** INTEGER_BITS - 1) * 2 ** (31 - INTEGER_BITS)) / 2 ** shift);
  return Int32Array.from({ length: Math.min(radius, 255) + 1 }, (_, distance) =>
    expOnNegativeValues(doublingHighMultiply(-distance * 2 ** shift, mantissa), INTEGER_BITS),
  );
}
