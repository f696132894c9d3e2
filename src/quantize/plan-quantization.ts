// A float network and the ranges of its tensors in, a quantization for each tensor out, after TFLite's 8-bit scheme (Jacob et al. 2018,
// "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference"). Training may imitate a plan, and
// quantizeNetwork carries it out, so that both mean the same.

import { at } from "../core/assert.ts";
import { operatorInputs, operatorOutputs, type Quantization, type TensorId } from "../artifacts/graph.ts";
import type { FloatNetwork, FloatOperator } from "../artifacts/network.ts";
import type { ValueRange } from "./activation-ranges.ts";
import { scaleLimits } from "./scale-limits.ts";
import { sameQuantization, TensorClasses } from "./tensor-classes.ts";
import { usefulRange } from "./useful-range.ts";

/** Per channel (a scale an output) costs 5 bytes a neuron; on the wall-following log it agreed with the float network in 99.3 to 99.8 % of
 * ticks, where per tensor (a scale a layer), which TFLite Micro before 2024 needs, agreed in 98.8 to 99.7 %. */
export const WEIGHT_GRANULARITIES = ["per-channel", "per-tensor"] as const;
export type WeightGranularity = (typeof WEIGHT_GRANULARITIES)[number];

/** A tensor whose meaning is fixed, whatever calibration says. */
export interface FixedQuantization {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Where a tensor must be told in other steps than its own: for an operator that reads it, or as an output of the network. */
export type Requantization =
  | { readonly kind: "operand"; readonly operator: number; readonly tensor: TensorId; readonly quantization: Quantization }
  | { readonly kind: "output"; readonly position: number; readonly quantization: Quantization };

export interface QuantizationPlan {
  /** By tensor of the network; null for parameters. */
  readonly activations: readonly (Quantization | null)[];
  /** Weights: symmetric, the largest becomes 127; a scale for each output, or one for the tensor. */
  readonly weightGranularity: WeightGranularity;
  readonly requantizations: readonly Requantization[];
}

export interface PlanOptions {
  /** Of the first input. */
  readonly input: FixedQuantization;
  /** Of the first output: what lies outside of it is cut off; null: the range that calibration reaches. */
  readonly output: FixedQuantization | null;
  readonly granularity: WeightGranularity;
}

/** State is within -1..1, and what goes out comes in again; int8 0 is the zero that it begins with. */
export const STATE_QUANTIZATION: FixedQuantization = { scale: 1 / 128, zeroPoint: 0 };

/** Passes over the operators, in which coarser scales of inputs make outputs coarser: one is enough unless outputs come before inputs. */
const MOST_PASSES = 4;

/** Ranges are taken as they are: percentiles (99.9 %, 99.99 %) and ranges of the smallest squared error moved agreement on the wall-following
 * log by less than 0.1 points, either way. @param ranges of the network's tensors, from activationRanges. */
export function planQuantization(
  network: FloatNetwork,
  ranges: readonly (ValueRange | null)[],
  { input, output, granularity }: PlanOptions,
): QuantizationPlan {
  const classes = new TensorClasses(ranges.map((range, id) => (range === null ? null : usefulRange(network, id, range))));
  network.inputs.forEach((id, position) => {
    classes.fix(id, quantizationOf(position === 0 ? input : STATE_QUANTIZATION));
  });
  for (const operator of network.operators) {
    const written = kernelOutput(operator);
    if (written !== null) for (const id of operatorOutputs(operator)) classes.fix(id, written);
  }
  const operands = joinMoved(network, classes);
  const outputs = fixOutputs(network, classes, output);
  let coarser = true;
  for (let pass = 0; coarser && pass < MOST_PASSES; pass++) {
    coarser = false;
    for (const operator of network.operators) {
      for (const [id, smallest] of scaleLimits(operator, network, granularity, (each) => at(classes.quantization(each).scales, 0))) {
        if (classes.coarsen(id, smallest)) coarser = true;
      }
    }
  }
  return {
    activations: ranges.map((range, id) => (range === null ? null : classes.quantization(id))),
    weightGranularity: granularity,
    requantizations: [...operands.map(({ like, ...operand }) => ({ ...operand, quantization: classes.quantization(like) })), ...outputs],
  };
}

/** What a kernel writes, whatever the tensor says (TFLite's 8-bit specification). */
function kernelOutput({ kind }: FloatOperator): Quantization | null {
  if (kind === "tanh") return quantizationOf({ scale: 1 / 128, zeroPoint: 0 });
  return kind === "logistic" || kind === "softmax" ? quantizationOf({ scale: 1 / 256, zeroPoint: -128 }) : null;
}

/** Whether the kernel copies or compares bytes, so that its inputs and outputs must be quantized alike. */
function movesBytes({ kind }: FloatOperator): boolean {
  switch (kind) {
    case "reshape":
    case "pad":
    case "concatenation":
    case "split":
    case "strided-slice":
    case "average-pool-2d":
    case "max-pool-2d":
    case "relu6":
      return true;
    default:
      return false;
  }
}

/** Joins what operators move without rescaling. @returns the operands that have to be rescaled first, and the tensor like which. */
function joinMoved(
  network: FloatNetwork,
  classes: TensorClasses,
): { readonly kind: "operand"; readonly operator: number; readonly tensor: TensorId; readonly like: TensorId }[] {
  return network.operators.flatMap((operator, index) => {
    if (!movesBytes(operator)) return [];
    return operatorInputs(operator).flatMap((tensor) =>
      operatorOutputs(operator).flatMap((like) =>
        classes.join(tensor, like) ? [] : [{ kind: "operand", operator: index, tensor, like } as const],
      ),
    );
  });
}

/** Gives the network's outputs the quantization that they must have. @returns those that have to be rescaled for it. */
function fixOutputs(network: FloatNetwork, classes: TensorClasses, output: FixedQuantization | null): Requantization[] {
  return network.outputs.flatMap((id, position) => {
    const demand = position === 0 ? output : STATE_QUANTIZATION;
    if (demand === null) return [];
    const quantization = quantizationOf(demand);
    const fixed = classes.fixedQuantization(id);
    if (fixed === null && (classes.holds(id, quantization) || !isReadElsewhere(network, classes, id))) classes.fix(id, quantization);
    else if (fixed === null || !sameQuantization(fixed, quantization)) return [{ kind: "output", position, quantization }];
    return [];
  });
}

/** Whether what an output cuts off would be missed: anything but moved bytes is computed from a tensor like it. */
function isReadElsewhere(network: FloatNetwork, classes: TensorClasses, output: TensorId): boolean {
  const isMember = (id: TensorId): boolean => classes.alike(id, output);
  return network.operators.some(
    (operator) =>
      operatorInputs(operator).some((id) => network.tensors[id]?.kind === "activation" && isMember(id)) &&
      (!movesBytes(operator) || operator.kind === "average-pool-2d" || !operatorOutputs(operator).every(isMember)),
  );
}

function quantizationOf({ scale, zeroPoint }: FixedQuantization): Quantization {
  return { scales: [scale], zeroPoint, axis: 0 };
}
