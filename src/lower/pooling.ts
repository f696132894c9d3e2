// Lowers what condenses many elements into one: average and max pooling over windows, mean over dimensions, the index of the
// largest.

import { at } from "../core/assert.ts";
import type { QuantizedMultiplier } from "../core/fixed-point.ts";
import { elementCount, type ArgMax, type Mean, type Pool2d } from "../artifacts/graph.ts";
import { fusedRange } from "./activation-ranges.ts";
import type { Lowering } from "./lowering.ts";
import { slidingWindow } from "./sliding.ts";
import { mergeDimensions, rowMajorStrides } from "./walks.ts";

/** AVERAGE_POOL_2D and MAX_POOL_2D (reference/integer_ops/pooling.h). They keep the quantization of their input. */
export function lowerPool(lowering: Lowering, operator: Pool2d): void {
  const sliding = slidingWindow(lowering, operator, operator.window, { height: 1, width: 1 });
  const { scale, zeroPoint } = lowering.quantization(operator.output);
  // As many taps as lie inside the image, and half their number for rounding.
  const taps = Math.min(operator.window.height, sliding.from.height) * Math.min(operator.window.width, sliding.from.width);
  lowering.proveAccumulator(operator.output, "a window's sum", { partial: taps * 129, whole: taps * 129 }, { mantissa: 0, shift: 0 });
  const range = fusedRange(operator.activation, scale, zeroPoint);
  lowering.add({ kind: operator.kind, ...lowering.between(operator.input, operator.output), ...sliding, ...range });
}

/** MEAN (reference/reduce.h: QuantizedMeanOrSum): one multiplier rescales and divides. */
export function lowerMean(lowering: Lowering, operator: Mean): void {
  const { shape } = lowering.tensor(operator.input);
  const input = lowering.quantization(operator.input);
  const output = lowering.quantization(operator.output);
  const strides = rowMajorStrides(shape);
  const walk = (reduced: boolean): { sizes: readonly number[]; strides: readonly [readonly number[]] } => {
    const dimensions = [...shape.keys()].filter((dimension) => operator.axes.includes(dimension) === reduced);
    return mergeDimensions(
      dimensions.map((dimension) => at(shape, dimension)),
      dimensions.map((dimension) => at(strides, dimension)),
    );
  };
  const kept = walk(false);
  const reduced = walk(true);
  const count = elementCount(reduced.sizes);
  const multiplier = dividedMultiplier(lowering.multiplier(operator.output, input.scale / output.scale), count);
  const partial = count * (128 + Math.abs(input.zeroPoint));
  const whole = count * Math.max(127 - input.zeroPoint, input.zeroPoint + 128);
  lowering.proveAccumulator(operator.output, `a sum of ${count} elements`, { partial, whole }, multiplier);
  lowering.add({
    kind: "mean",
    ...lowering.between(operator.input, operator.output),
    keptSizes: kept.sizes,
    keptStrides: kept.strides[0],
    reducedSizes: reduced.sizes,
    reducedStrides: reduced.strides[0],
    inputZeroPoint: input.zeroPoint,
    requantization: { multipliers: [multiplier], zeroPoint: output.zeroPoint, minimum: -128, maximum: 127 },
  });
}

/** Division by `count` inside a multiplier: the mantissa is first shifted left as far as the count's bits and the smallest shift
 * allow, then divided, truncating. */
function dividedMultiplier({ mantissa, shift }: QuantizedMultiplier, count: number): QuantizedMultiplier {
  const left = Math.min(Math.floor(Math.log2(count)), 32, 31 + shift);
  return { mantissa: Number((BigInt(mantissa) << BigInt(left)) / BigInt(count)), shift: shift - left };
}

/** ARG_MAX (reference/arg_min_max.h): compares the elements as they are; the first of equals wins. */
export function lowerArgMax(lowering: Lowering, operator: ArgMax): void {
  const { shape } = lowering.tensor(operator.input);
  lowering.add({
    kind: "arg-max",
    ...lowering.between(operator.input, operator.output),
    outer: elementCount(shape.slice(0, operator.axis)),
    count: at(shape, operator.axis),
    inner: elementCount(shape.slice(operator.axis + 1)),
  });
}
