// Whether a tensor, by itself, is one that a graph may hold: its size, its data, its quantization.

import { errorDiagnostic, type Diagnostic } from "../core/diagnostic.ts";
import { elementCount, type ElementType, type Tensor } from "../artifacts/graph.ts";
import { quantizationProblem, shapeProblem } from "./checks.ts";
import { shapeText, tensorLabel } from "./operator-codec.ts";

/** kMaxSmallSize in tensorflow/lite/kernels/internal/runtime_shape.h. */
const MOST_DIMENSIONS = 6;

/** Elements of one tensor: beyond the memory of any microcontroller that we know. */
export const MOST_ELEMENTS = 2 ** 24;

export function typeOf(tensor: Tensor): ElementType {
  if (tensor.kind !== "constant") return tensor.type;
  return tensor.data instanceof Int8Array ? "int8" : "int32";
}

export function checkTensor(tensor: Tensor): Diagnostic[] {
  const { shape } = tensor;
  const label = tensorLabel(tensor);
  if (shape.length > MOST_DIMENSIONS) return [shapeProblem(`${label} has ${shape.length} dimensions`, `use at most ${MOST_DIMENSIONS}`)];
  if (!shape.every((size) => Number.isInteger(size) && size >= 1)) {
    return [shapeProblem(`${label} has shape ${shapeText(shape)}`, "export the model with fixed sizes, and batch size 1")];
  }
  const elements = elementCount(shape);
  if (elements > MOST_ELEMENTS) {
    const hint = `use at most ${MOST_ELEMENTS}: it has to fit a microcontroller`;
    return [shapeProblem(`${label} has ${elements} elements`, hint)];
  }
  if (tensor.kind === "constant" && tensor.data.length !== elements) {
    const message = `${label} has shape ${shapeText(shape)}, but data for ${tensor.data.length} elements instead of ${elements}`;
    return [errorDiagnostic("tflite-data", message, "export the model again: the file contradicts itself")];
  }
  return checkQuantization(tensor).map((problem) => ({ ...problem, message: `${label} ${problem.message}` }));
}

function checkQuantization(tensor: Tensor): Diagnostic[] {
  const { scales, zeroPoint, axis } = tensor.quantization;
  const expected = scaleCounts(tensor);
  if (!expected.includes(scales.length)) {
    const message = `has ${scales.length} scales along dimension ${axis} instead of ${expected.join(" or ")}`;
    return [quantizationProblem(message, "quantize it with one scale, or one a channel")];
  }
  const badScale = scales.find((scale) => !(scale > 0 && Number.isFinite(scale) && Math.fround(scale) === scale));
  if (badScale !== undefined)
    return [quantizationProblem(`has scale ${badScale}`, "calibrate the model again: a scale is a positive float32 number")];
  const type = typeOf(tensor);
  const [least, largest] = type === "int8" ? [-128, 127] : [0, 0];
  if (Number.isInteger(zeroPoint) && zeroPoint >= least && zeroPoint <= largest) return [];
  return [quantizationProblem(`has zero point ${zeroPoint}`, `quantize it to ${type}: zero points are within ${least}..${largest}`)];
}

/** How many scales it may have. */
function scaleCounts(tensor: Tensor): number[] {
  const type = typeOf(tensor);
  if (tensor.kind !== "constant") return type === "int8" || type === "int16" ? [1] : [0];
  const channels = tensor.shape[tensor.quantization.axis];
  return [...(type === "int32" ? [0] : []), 1, ...(channels === undefined || channels === 1 ? [] : [channels])];
}
