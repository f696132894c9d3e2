// A graph lowered to what a processor does: integer constants only, accumulators proven to fit int32. The interpreter runs
// it and every emitter prints it, so that no backend decides about rounding, ranges or overflow by itself.

import { assert, at } from "../core/assert.ts";
import { errorDiagnostic, failure, success, type Diagnostic, type Outcome } from "../core/diagnostic.ts";
import { quantizeMultiplier, type QuantizedMultiplier } from "../core/fixed-point.ts";
import { fusedRange, tanhTable } from "./activation-ranges.ts";
import {
  activationTensor,
  biasValues,
  elementCount,
  weightTensor,
  type Convolution2d,
  type FullyConnected,
  type Graph,
  type TensorId,
} from "./graph.ts";

/** The number of bytes in a tensor's buffer and the tensors that share it (a reshape changes nothing). */
export interface ProgramBuffer {
  readonly name: string;
  readonly bytes: number;
}

export type BufferId = number;

/** Accumulator to int8: multiply by `multipliers[row]` (one for all rows, or one a row), add the zero point, clamp. */
export interface Requantization {
  readonly multipliers: readonly QuantizedMultiplier[];
  readonly zeroPoint: number;
  readonly minimum: number;
  readonly maximum: number;
}

interface Step {
  readonly name: string;
  readonly input: BufferId;
  readonly output: BufferId;
}

/** output[o] = requantize(bias[o] + sum over i of weights[o * inputs + i] * (input[i] - inputZeroPoint)). */
export interface FullyConnectedStep extends Step {
  readonly kind: "fully-connected";
  readonly inputs: number;
  readonly outputs: number;
  readonly inputZeroPoint: number;
  readonly weights: Int8Array;
  /** Real value of one step of a weight: one for all rows, or one a row. For comments only. */
  readonly weightScales: readonly number[];
  readonly bias: Int32Array;
  readonly requantization: Requantization;
}

export interface Extent {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** As fully connected over the taps of a window; taps outside the image contribute nothing. Weights: outputs x kernel height x
 * kernel width x input channels. */
export interface ConvolutionStep extends Step {
  readonly kind: "conv-2d";
  readonly from: Extent;
  readonly to: Extent;
  readonly kernel: { readonly height: number; readonly width: number };
  readonly stride: { readonly height: number; readonly width: number };
  readonly dilation: { readonly height: number; readonly width: number };
  /** Rows above and columns left of the image that the first window reaches into. */
  readonly padding: { readonly top: number; readonly left: number };
  readonly inputZeroPoint: number;
  readonly weights: Int8Array;
  /** Real value of one step of a weight: one for all rows, or one a row. For comments only. */
  readonly weightScales: readonly number[];
  readonly bias: Int32Array;
  readonly requantization: Requantization;
}

/** output[i] = table[input[i] + 128]. */
export interface TableStep extends Step {
  readonly kind: "table";
  readonly count: number;
  readonly table: Int8Array;
}

export type ProgramStep = FullyConnectedStep | ConvolutionStep | TableStep;

export interface IntegerProgram {
  readonly buffers: readonly ProgramBuffer[];
  readonly input: BufferId;
  readonly output: BufferId;
  readonly steps: readonly ProgramStep[];
}

/** What an int32 holds, less room for the output zero point. */
const INT32_LIMIT = 2 ** 31 - 256;

/** Lowers a verified graph. Fails with a diagnostic for an operator whose accumulator could leave int32. */
export function lowerGraph(graph: Graph): Outcome<IntegerProgram> {
  const lowering = new Lowering(graph);
  return lowering.run();
}

class Lowering {
  private readonly graph: Graph;
  private readonly buffers: ProgramBuffer[] = [];
  private readonly bufferOfTensor = new Map<TensorId, BufferId>();
  private readonly steps: ProgramStep[] = [];
  private readonly problems: Diagnostic[] = [];

  constructor(graph: Graph) {
    this.graph = graph;
  }

  run(): Outcome<IntegerProgram> {
    const input = this.newBuffer(this.graph.input);
    let previous = this.graph.input;
    for (const operator of this.graph.operators) {
      if (operator.input !== previous) return failure(branchProblem(at(this.graph.tensors, operator.output).name));
      previous = operator.output;
      switch (operator.kind) {
        case "fully-connected":
          this.lowerFullyConnected(operator);
          break;
        case "conv-2d":
          this.lowerConvolution(operator);
          break;
        case "reshape":
          this.bufferOfTensor.set(operator.output, this.bufferOf(operator.input));
          break;
        case "tanh": {
          const { quantization, shape } = activationTensor(this.graph, operator.input);
          this.steps.push({
            kind: "table",
            ...this.stepBetween(operator.input, operator.output),
            count: elementCount(shape),
            table: tanhTable(at(quantization.scales, 0), quantization.zeroPoint),
          });
          break;
        }
      }
    }
    if (this.problems.length > 0) return failure(...this.problems);
    if (previous !== this.graph.output) return failure(branchProblem(at(this.graph.tensors, this.graph.output).name));
    return success({ buffers: this.buffers, input, output: this.bufferOf(this.graph.output), steps: this.steps });
  }

  private lowerFullyConnected(operator: FullyConnected): void {
    const weights = weightTensor(this.graph, operator.weights);
    const [outputs, inputs] = [at(weights.shape, 0), at(weights.shape, 1)];
    const input = activationTensor(this.graph, operator.input).quantization;
    const output = activationTensor(this.graph, operator.output).quantization;
    const inputScale = at(input.scales, 0);
    const outputScale = at(output.scales, 0);
    const perTensor = weights.quantization.scales.length === 1;
    // fully_connected: the product of the scales is rounded to float32 when there is one weight scale, kept double otherwise.
    const multipliers = weights.quantization.scales.map((weightScale) =>
      quantizeMultiplier((perTensor ? Math.fround(inputScale * weightScale) : inputScale * weightScale) / outputScale),
    );
    const step: FullyConnectedStep = {
      kind: "fully-connected",
      ...this.stepBetween(operator.input, operator.output),
      inputs,
      outputs,
      inputZeroPoint: input.zeroPoint,
      weights: weights.data,
      weightScales: weights.quantization.scales,
      bias: biasValues(this.graph, operator.bias, outputs),
      requantization: { multipliers, zeroPoint: output.zeroPoint, ...fusedRange(operator.activation, outputScale, output.zeroPoint) },
    };
    this.proveAccumulators(step, inputs);
    this.steps.push(step);
  }

  private lowerConvolution(operator: Convolution2d): void {
    const weights = weightTensor(this.graph, operator.weights);
    const inputTensor = activationTensor(this.graph, operator.input);
    const outputTensor = activationTensor(this.graph, operator.output);
    const [outputChannels, height, width, channels] = weights.shape as [number, number, number, number];
    const from = extentOf(inputTensor.shape);
    const to = extentOf(outputTensor.shape);
    assert(from.channels === channels && to.channels === outputChannels, `convolution ${outputTensor.name} does not fit its weights`);
    const inputScale = at(inputTensor.quantization.scales, 0);
    const outputScale = at(outputTensor.quantization.scales, 0);
    const outputZeroPoint = outputTensor.quantization.zeroPoint;
    const before = (extent: number, window: number, stride: number, dilation: number, output: number): number =>
      Math.floor(Math.max((output - 1) * stride + (window - 1) * dilation + 1 - extent, 0) / 2);
    const step: ConvolutionStep = {
      kind: "conv-2d",
      ...this.stepBetween(operator.input, operator.output),
      from,
      to,
      kernel: { height, width },
      stride: operator.stride,
      dilation: operator.dilation,
      padding: {
        top: before(from.height, height, operator.stride.height, operator.dilation.height, to.height),
        left: before(from.width, width, operator.stride.width, operator.dilation.width, to.width),
      },
      inputZeroPoint: inputTensor.quantization.zeroPoint,
      weights: weights.data,
      weightScales: weights.quantization.scales,
      bias: biasValues(this.graph, operator.bias, outputChannels),
      requantization: {
        multipliers: weights.quantization.scales.map((weightScale) => quantizeMultiplier((inputScale * weightScale) / outputScale)),
        zeroPoint: outputZeroPoint,
        ...fusedRange(operator.activation, outputScale, outputZeroPoint),
      },
    };
    this.proveAccumulators(step, height * width * channels);
    this.steps.push(step);
  }

  /** No partial sum, in any order and with or without the zero point folded into the bias, may leave int32; nor may the left
   * shift of a multiplier above 1. */
  private proveAccumulators(step: FullyConnectedStep | ConvolutionStep, rowLength: number): void {
    for (let row = 0; row < step.bias.length; row++) {
      const multiplier = at(step.requantization.multipliers, step.requantization.multipliers.length === 1 ? 0 : row);
      const bound = accumulatorBound(step, row, rowLength) * 2 ** Math.max(multiplier.shift, 0);
      if (bound < INT32_LIMIT) continue;
      this.problems.push(
        errorDiagnostic(
          "accumulator-overflow",
          `${step.name}: the accumulator of output ${row} could reach ${bound}, beyond int32`,
          "retrain with smaller weights (weight decay), or quantize with a larger output scale",
        ),
      );
      return;
    }
  }

  private stepBetween(input: TensorId, output: TensorId): Step {
    return { name: at(this.graph.tensors, output).name, input: this.bufferOf(input), output: this.newBuffer(output) };
  }

  private bufferOf(tensor: TensorId): BufferId {
    const buffer = this.bufferOfTensor.get(tensor);
    assert(buffer !== undefined, `tensor ${tensor} is used before it is computed`);
    return buffer;
  }

  private newBuffer(tensor: TensorId): BufferId {
    const { name, shape } = activationTensor(this.graph, tensor);
    this.buffers.push({ name, bytes: elementCount(shape) });
    this.bufferOfTensor.set(tensor, this.buffers.length - 1);
    return this.buffers.length - 1;
  }
}

/** Largest magnitude that any partial sum of a row can have, over all int8 inputs and both ways of applying the zero point. */
export function accumulatorBound(step: FullyConnectedStep | ConvolutionStep, row: number, rowLength: number): number {
  let magnitude = 0;
  let sum = 0;
  for (let index = row * rowLength; index < (row + 1) * rowLength; index++) {
    magnitude += Math.abs(at(step.weights, index));
    sum += at(step.weights, index);
  }
  const bias = at(step.bias, row);
  const farthestInput = Math.max(127 - step.inputZeroPoint, step.inputZeroPoint + 128);
  const unfolded = Math.abs(bias) + magnitude * farthestInput;
  const folded = Math.abs(bias - step.inputZeroPoint * sum) + magnitude * 128;
  return Math.max(unfolded, folded);
}

function branchProblem(tensor: string): Diagnostic {
  return errorDiagnostic(
    "graph-branches",
    `${tensor}: the operators do not form a chain`,
    "use a model whose operators each read the output of the one before",
  );
}

function extentOf(shape: readonly number[]): Extent {
  const [, height, width, channels] = shape as [number, number, number, number];
  return { height, width, channels };
}

/** Multiply-accumulates of a step; padded taps count. */
export function stepMacs(step: ProgramStep): number {
  switch (step.kind) {
    case "fully-connected":
      return step.inputs * step.outputs;
    case "conv-2d":
      return step.to.height * step.to.width * step.weights.length;
    case "table":
      return 0;
  }
}
