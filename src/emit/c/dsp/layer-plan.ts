// What the architecture of a policy determines about its DSP kernels: how the weights of each layer are packed, and how much code
// the kernels that layers share must hold. Nothing here may depend on values, lest parameter blocks could not be exchanged.

import type { ConvolutionStep, FullyConnectedStep, IntegerProgram, ProgramStep } from "../../../artifacts/integer-program.ts";
import { foldedBias } from "../operators/fully-connected.ts";
import type { Optimization } from "../printed-step.ts";
import type { DenseOutput, DenseShape } from "./dense-kernels.ts";
import { stepsOf, type Layer, type Packing } from "./row-stream.ts";
import type { SignedShape } from "./signed-kernels.ts";

export type RowStep = FullyConnectedStep | ConvolutionStep;

/** Weights of all fully connected layers together, up to which they are wide when size and speed are balanced: as many bytes are lost. */
const FEW_DENSE_WEIGHTS = 1024;

/** The same for one convolution, whose weights are read again for each pixel. */
const FEW_CONVOLUTION_WEIGHTS = 1024;

/** Steps that a kernel's code holds at most, before it loops. */
const LONGEST_CODE: Readonly<Record<Optimization, number>> = { balanced: 8, speed: 8, size: 2 };

/** Whether a step is one that these kernels compute row by row. */
export function isRowStep(step: ProgramStep): step is RowStep {
  return (step.kind === "fully-connected" && step.batches === 1) || (step.kind === "conv-2d" && step.groups === 1);
}

export function packingOf(step: RowStep, program: IntegerProgram, optimize: Optimization): Packing {
  if (optimize !== "balanced") return optimize === "speed" ? "wide" : "packed";
  if (step.kind === "conv-2d") return step.weights.length <= FEW_CONVOLUTION_WEIGHTS ? "wide" : "packed";
  const dense = program.steps.filter((each) => each.kind === "fully-connected");
  return dense.reduce((sum, { weights }) => sum + weights.length, 0) <= FEW_DENSE_WEIGHTS ? "wide" : "packed";
}

/** The outputs are never below the zero point, so all thresholds lie on one side of it. */
export function isRectified({ requantization: { minimum, zeroPoint } }: Pick<RowStep, "requantization">): boolean {
  return minimum === zeroPoint;
}

/** Weights of one row. */
export function columnsOf(step: RowStep): number {
  return step.kind === "fully-connected" ? step.inputs : step.kernel.height * step.kernel.width * step.from.channels;
}

export function rowsOf(step: RowStep): number {
  return step.kind === "fully-connected" ? step.outputs : step.to.channels;
}

export function layerOf(step: RowStep): Layer {
  const columns = columnsOf(step);
  return { ...step, outputs: rowsOf(step), columns, foldedBias: foldedBias(step, columns) };
}

/** One kernel serves all layers of a policy with the same packing and output: its code holds the longest row, or a part of it. */
export function denseShape(program: IntegerProgram, packing: Packing, output: DenseOutput, optimize: Optimization): DenseShape {
  const layers = program.steps.filter(isRowStep).filter((step) => isRectified(step) && packingOf(step, program, optimize) === packing);
  const longest = Math.max(1, ...layers.map((step) => stepsOf(columnsOf(step))));
  const most = LONGEST_CODE[optimize];
  const loops = longest > most;
  return { packing, output, unroll: Math.min(most, 2 ** Math.ceil(Math.log2(longest))), loops };
}

export function signedShape(step: RowStep, packing: Packing, optimize: Optimization): SignedShape {
  return { packing, unroll: optimize !== "size" && stepsOf(columnsOf(step)) % 4 === 0 ? 2 : 1 };
}
