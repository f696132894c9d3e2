// What operators that slide a window over an image share: convolutions and pools.

import { at } from "../core/assert.ts";
import { failure, success, type Diagnostic, type Outcome } from "../core/diagnostic.ts";
import type { Graph, Padding, Plane, TensorId } from "../artifacts/graph.ts";
import { checkOutputShape, optionsProblem, shapeOf, shapeProblem } from "./checks.ts";
import { shapeText } from "./operator-codec.ts";

/** Enum Padding. */
const PADDINGS: readonly Padding[] = ["same", "valid"];

/** Strides, dilations and windows beyond any image that fits a microcontroller; below, index arithmetic stays within int32. */
const LARGEST_STEP = 4096;

export function paddingCode(padding: Padding): number {
  return PADDINGS.indexOf(padding);
}

export function paddingOf(code: number): Outcome<Padding> {
  const padding = PADDINGS[code];
  return padding === undefined ? failure(optionsProblem(`padding ${code} is unknown`, "use SAME or VALID")) : success(padding);
}

interface WindowSettings {
  readonly input: TensorId;
  readonly output: TensorId;
  readonly padding: Padding;
  readonly stride: Plane;
  readonly dilation?: Plane;
}

const UNDILATED: Plane = { height: 1, width: 1 };

/** Whether input, window and settings make the output's shape; its channels are a matter of each operator. */
export function checkWindow(operator: WindowSettings, window: Plane, channels: number, graph: Graph): Diagnostic[] {
  const { padding, stride, dilation = UNDILATED } = operator;
  const steps = [stride, dilation, window].flatMap(({ height, width }) => [height, width]);
  if (!steps.every((step) => Number.isInteger(step) && step >= 1 && step <= LARGEST_STEP)) {
    const [strides, dilations, windows] = [stride, dilation, window].map(({ height, width }) => `${height} x ${width}`);
    const message = `its strides are ${strides}, its dilations ${dilations}, its window ${windows}`;
    return [optionsProblem(message, `choose them within 1..${LARGEST_STEP}`)];
  }
  const input = shapeOf(graph, operator.input);
  const height = outputSize(at(input, 1), window.height, stride.height, dilation.height, padding);
  const width = outputSize(at(input, 2), window.width, stride.width, dilation.width, padding);
  return checkOutputShape(operator.output, [at(input, 0), height, width, channels], graph);
}

/** Images have four dimensions. */
export function checkImages(tensors: readonly TensorId[], graph: Graph): Diagnostic[] {
  const other = tensors.map((id) => shapeOf(graph, id)).find((shape) => shape.length !== 4);
  if (other === undefined) return [];
  return [shapeProblem(`one of its tensors has shape ${shapeText(other)}`, "give its inputs and output four dimensions")];
}

/** Positions of a window along one dimension (ComputeOutSize in tensorflow/lite/kernels/padding.h). */
function outputSize(input: number, window: number, stride: number, dilation: number, padding: Padding): number {
  const reach = (window - 1) * dilation + 1;
  return padding === "same" ? Math.ceil(input / stride) : Math.floor((input + stride - reach) / stride);
}
