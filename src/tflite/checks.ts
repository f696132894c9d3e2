// What several operators' checks have in common: scales, multipliers, shapes, axes. Each gives diagnostics, none if all is well.

import { at } from "../core/assert.ts";
import { errorDiagnostic, failure, success, type Diagnostic, type Outcome } from "../core/diagnostic.ts";
import { quantizeMultiplier } from "../core/fixed-point.ts";
import type { FusedActivation, Graph, Quantization, TensorId } from "../artifacts/graph.ts";
import { shapeText } from "./operator-codec.ts";

export const RECALIBRATE = "calibrate the model again with real inputs";

const UNFIT_SHAPES = "export the model again: these shapes do not fit each other";

/** Largest magnitude that each activation clamps to. */
const CLAMPS: Readonly<Record<FusedActivation, number>> = { none: 0, relu: 0, relu6: 6, "relu-n1-to-1": 1 };

export function quantizationProblem(message: string, hint: string = RECALIBRATE): Diagnostic {
  return errorDiagnostic("tflite-quantization", message, hint);
}

export function shapeProblem(message: string, hint: string = UNFIT_SHAPES): Diagnostic {
  return errorDiagnostic("tflite-shape", message, hint);
}

export function optionsProblem(message: string, hint: string): Diagnostic {
  return errorDiagnostic("tflite-options", message, hint);
}

export function shapeOf(graph: Graph, id: TensorId): readonly number[] {
  return at(graph.tensors, id).shape;
}

/** The scale of a tensor that has one. */
export function scaleOf(graph: Graph, id: TensorId): number {
  return at(at(graph.tensors, id).quantization.scales, 0);
}

export function zeroPointOf(graph: Graph, id: TensorId): number {
  return at(graph.tensors, id).quantization.zeroPoint;
}

export function sameShape(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((size, dimension) => size === right[dimension]);
}

export function checkSameShape(input: TensorId, output: TensorId, graph: Graph): Diagnostic[] {
  const [from, to] = [shapeOf(graph, input), shapeOf(graph, output)];
  return sameShape(from, to) ? [] : [shapeProblem(`its input is ${shapeText(from)}, its output ${shapeText(to)}`)];
}

/** @param expected the shape that input and settings make of the output. */
export function checkOutputShape(output: TensorId, expected: readonly number[], graph: Graph): Diagnostic[] {
  const shape = shapeOf(graph, output);
  if (sameShape(shape, expected)) return [];
  return [shapeProblem(`its output is ${shapeText(shape)}, but its inputs and settings make it ${shapeText(expected)}`)];
}

/** What the kernel writes, whatever the output tensor says. */
export function checkFixedQuantization(output: TensorId, graph: Graph, scale: number, zeroPoint: number): Diagnostic[] {
  const { scales, zeroPoint: found } = at(graph.tensors, output).quantization;
  if (scales[0] === scale && found === zeroPoint) return [];
  const message = `its output has scale ${scales[0]} and zero point ${found}`;
  return [quantizationProblem(message, `quantize its output with scale 1/${1 / scale} and zero point ${zeroPoint}, as converters do`)];
}

export function sameQuantization(left: Quantization, right: Quantization): boolean {
  return left.scales[0] === right.scales[0] && left.zeroPoint === right.zeroPoint;
}

/** A multiplier above 1 shifts left first: undefined where that leaves int32.
 * @param largest magnitude that is multiplied. */
export function checkMultiplier(real: number, largest: number): Diagnostic[] {
  if (Number.isFinite(real) && largest * 2 ** quantizeMultiplier(real).shift < 2 ** 31) return [];
  return [quantizationProblem(`its scales are out of all proportion: its multiplier is ${real}`)];
}

/** CalculateActivationRangeQuantized in tensorflow/lite/kernels/kernel_util.cc: a clamp must fit int32. */
export function checkClamp(activation: FusedActivation, scale: number): Diagnostic[] {
  if (CLAMPS[activation] / scale < 2 ** 31) return [];
  return [quantizationProblem(`the scale ${scale} is too small for ${activation}`)];
}

/** A dimension, counted from the end when negative. */
export function resolveAxis(axis: number | undefined, rank: number): Outcome<number> {
  const resolved = axis !== undefined && axis < 0 ? axis + rank : axis;
  if (resolved !== undefined && resolved >= 0 && resolved < rank) return success(resolved);
  return failure(optionsProblem(`its axis is ${axis} of ${rank} dimensions`, "choose a dimension that the input has"));
}

/** Whether the output's shape is the input's without some dimensions, or with them at size 1. */
export function checkReducedShape(input: TensorId, output: TensorId, axes: readonly number[], graph: Graph): Diagnostic[] {
  const [from, to] = [shapeOf(graph, input), shapeOf(graph, output)];
  const kept = from.map((size, dimension) => (axes.includes(dimension) ? 1 : size));
  const removed = from.filter((_, dimension) => !axes.includes(dimension));
  if (sameShape(to, kept) || sameShape(to, removed)) return [];
  return [shapeProblem(`its output is ${shapeText(to)}, but its input and axes make it ${shapeText(removed)}`)];
}

export function checkAxes(axes: readonly number[], rank: number): Diagnostic[] {
  const fits = axes.every((axis, index) => Number.isInteger(axis) && axis >= 0 && axis < rank && axis > (axes[index - 1] ?? -1));
  if (fits) return [];
  return [optionsProblem(`its axes are ${shapeText(axes)} of ${rank} dimensions`, "choose dimensions that the input has, each once")];
}
