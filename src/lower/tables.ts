// Lowers functions of one int8 to tables of 256 values, index input + 128: whatever arithmetic TensorFlow Lite Micro does for
// them is done here, once for each input there can be.

import { unreachable } from "../core/assert.ts";
import { clamp, multiplyByQuantizedMultiplier, roundHalfAway, roundingRightShift, splitFloat } from "../core/fixed-point.ts";
import { fixedPointLogistic, fixedPointTanh } from "../core/transcendental.ts";
import { elementCount, type Elementwise, type LeakyRelu } from "../artifacts/graph.ts";
import { hardSwish } from "./hard-swish.ts";
import type { Lowering } from "./lowering.ts";

export interface ScaleAndZero {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** int8 in; the result is clamped to int8 by the table. */
export type ByteFunction = (value: number) => number;

export type TableOperator = LeakyRelu | (Elementwise & { readonly kind: Exclude<Elementwise["kind"], "dequantize"> });

/** An operator from int8 to int8 that computes each element by itself. */
export function lowerTable(lowering: Lowering, operator: TableOperator): void {
  const byte = byteFunction(lowering, operator);
  lowering.add({
    kind: "table",
    ...lowering.between(operator.input, operator.output),
    function: operator.kind,
    count: elementCount(lowering.tensor(operator.output).shape),
    table: Int8Array.from({ length: 256 }, (_, index) => clamp(byte(index - 128), -128, 127)),
  });
}

function byteFunction(lowering: Lowering, operator: TableOperator): ByteFunction {
  const input = lowering.quantization(operator.input);
  const output = lowering.quantization(operator.output);
  switch (operator.kind) {
    case "relu": {
      const rescale = rescaling(lowering, operator, Math.fround(input.scale / output.scale));
      return (value) => Math.max(output.zeroPoint, rescale(value));
    }
    case "relu6":
      return relu6(input);
    case "leaky-relu":
      return leakyRelu(lowering, operator);
    case "quantize":
      return rescaling(lowering, operator, input.scale / output.scale);
    case "logistic":
      return fixedPointFunction(input, (raw) => roundingRightShift(fixedPointLogistic(raw), 23) - 128);
    case "tanh":
      return fixedPointFunction(input, (raw) => roundingRightShift(fixedPointTanh(raw), 24));
    case "hard-swish":
      return hardSwish(lowering, operator);
    default:
      return unreachable(operator);
  }
}

/** From one quantization to another by `factor` (reference/requantize.h; RELU: tensorflow/lite/micro/kernels/activations.cc, whose
 * factor is single precision). */
function rescaling(lowering: Lowering, { input, output }: TableOperator, factor: number): ByteFunction {
  const from = lowering.quantization(input).zeroPoint;
  const to = lowering.quantization(output).zeroPoint;
  const multiplier = lowering.multiplier(output, factor);
  const magnitude = Math.max(127 - from, from + 128);
  lowering.proveAccumulator(output, "the input less its zero point", { partial: magnitude, whole: magnitude }, multiplier);
  return (value) => to + multiplyByQuantizedMultiplier(value - from, multiplier);
}

/** Clamps what the input holds and looks at no other quantization (tensorflow/lite/micro/kernels/activations_common.cc). */
function relu6({ scale, zeroPoint }: ScaleAndZero): ByteFunction {
  const six = clamp(zeroPoint + roundHalfAway(Math.fround(6 / scale)), -128, 127);
  return (value) => clamp(value, zeroPoint, six);
}

/** reference/leaky_relu.h, tensorflow/lite/micro/kernels/leaky_relu_common.cc: both factors are single precision; a negative one
 * is applied to the magnitude, then negated. */
function leakyRelu(lowering: Lowering, operator: LeakyRelu): ByteFunction {
  const input = lowering.quantization(operator.input);
  const output = lowering.quantization(operator.output);
  const above = rescaling(lowering, operator, Math.fround(input.scale / output.scale));
  const slope = Math.fround(Math.fround(input.scale * operator.alpha) / output.scale);
  const below = rescaling(lowering, operator, Math.abs(slope));
  return (value) => {
    if (value >= input.zeroPoint) return above(value);
    const scaled = below(value) - output.zeroPoint;
    return output.zeroPoint + (slope < 0 ? -scaled : scaled);
  };
}

/** Bits left of the binary point in what LOGISTIC and TANH compute with: kInputIntegerBits. */
const INTEGER_BITS = 4;

/** LOGISTIC and TANH (reference/integer_ops/logistic.h, tanh.h): within a radius the element becomes Q4.27; beyond it the function
 * is at its end. The output's quantization is the function's own. @param compute an int8 from Q4.27. */
function fixedPointFunction({ scale, zeroPoint }: ScaleAndZero, compute: (raw: number) => number): ByteFunction {
  const { fraction, exponent } = splitFloat(scale * 2 ** (31 - INTEGER_BITS));
  const multiplier = { mantissa: roundHalfAway(fraction * 2 ** 31), shift: exponent };
  const radius = Math.floor(((2 ** INTEGER_BITS - 1) * 2 ** (31 - INTEGER_BITS)) / 2 ** exponent);
  return (value) => {
    const difference = value - zeroPoint;
    if (difference <= -radius) return -128;
    if (difference >= radius) return 127;
    return compute(multiplyByQuantizedMultiplier(difference, multiplier));
  };
}
