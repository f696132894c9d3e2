// How fine an output's scale may be for its inputs': beyond, TFLite's kernels would shift their sums out of int32, and refuse. Such
// scales come from tensors that are nearly always zero.

import { at } from "../core/assert.ts";
import type { TensorId } from "../artifacts/graph.ts";
import { parameterOf, type FloatNetwork, type FloatOperator } from "../artifacts/network.ts";
import type { WeightGranularity } from "./plan-quantization.ts";
import { weightScales } from "./weight-scales.ts";

/** A tensor and the smallest scale that it may have. */
export type ScaleLimit = readonly [id: TensorId, smallestScale: number];

/** With this much less than int8's own 255 steps: far from where kernels give up, and finer than anything that is not noise. */
const FINENESS = 2 ** -12;

/** SOFTMAX and HARD_SWISH want more than this of their input's scale. */
const CURVE_INPUT = 2 ** -20;

/** HARD_SWISH computes with 16 bits: its scales must not be further apart than this. */
const HARD_SWISH_RATIO = 2 ** -7;

/** @param scaleOf the scale of an activation as it is now. */
export function scaleLimits(
  operator: FloatOperator,
  network: FloatNetwork,
  granularity: WeightGranularity,
  scaleOf: (id: TensorId) => number,
): readonly ScaleLimit[] {
  const operandScale = (id: TensorId): number => {
    const tensor = at(network.tensors, id);
    return tensor.kind === "activation" ? scaleOf(id) : at(weightScales(tensor, 0, "per-tensor"), 0);
  };
  switch (operator.kind) {
    case "fully-connected":
    case "conv-2d":
    case "depthwise-conv-2d": {
      const axis = operator.kind === "depthwise-conv-2d" ? 3 : 0;
      const scales = weightScales(parameterOf(network, operator.weights), axis, granularity);
      // A step of the output is no finer than a step of the sum.
      return [[operator.output, scaleOf(operator.input) * scales.reduce((most, scale) => Math.max(most, scale), 0)]];
    }
    case "add":
    case "sub":
      return [[operator.output, Math.max(operandScale(operator.left), operandScale(operator.right)) * FINENESS]];
    case "mul":
      return [[operator.output, operandScale(operator.left) * operandScale(operator.right) * FINENESS]];
    case "relu":
    case "mean":
      return [[operator.output, scaleOf(operator.input) * FINENESS]];
    case "leaky-relu":
      return [[operator.output, scaleOf(operator.input) * Math.max(1, Math.abs(operator.alpha)) * FINENESS]];
    case "hard-swish":
      return [
        [operator.input, Math.max(CURVE_INPUT, scaleOf(operator.output) * HARD_SWISH_RATIO)],
        [operator.output, scaleOf(operator.input) * HARD_SWISH_RATIO],
      ];
    case "softmax":
      return [[operator.input, CURVE_INPUT / operator.beta]];
    case "relu6":
    case "tanh":
    case "logistic":
    case "average-pool-2d":
    case "max-pool-2d":
    case "reshape":
    case "pad":
    case "concatenation":
    case "split":
    case "strided-slice":
      return [];
  }
}
