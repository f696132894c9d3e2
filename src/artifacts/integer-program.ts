// A graph lowered to what a processor does: integer constants only, accumulators proven to fit int32. lower/ makes it, the
// interpreter runs it and every emitter prints it, so that no backend decides about rounding, ranges or overflow by itself.

import { at } from "../core/assert.ts";
import { requantizeBy, type OutputRange, type QuantizedMultiplier } from "../core/fixed-point.ts";
import type { ElementType, Gates, Plane } from "./graph.ts";

/** Room for one tensor's elements; a reshape shares its input's. */
export interface ProgramBuffer {
  readonly name: string;
  readonly type: ElementType;
  readonly elements: number;
}

export type BufferId = number;

/** A buffer that keeps its content between inferences. */
export interface StateBuffer {
  readonly buffer: BufferId;
  /** After a reset: every element, or each of them. */
  readonly initial: number | Int8Array;
}

/** Accumulator to int8: multiply by `multipliers[row]` (one for all rows, or one a row), add the zero point, clamp. */
export interface Requantization extends OutputRange {
  readonly multipliers: readonly QuantizedMultiplier[];
}

/** That of a row. */
export function multiplierOf(row: number, { multipliers }: Requantization): QuantizedMultiplier {
  return at(multipliers, multipliers.length === 1 ? 0 : row);
}

/** The law that every backend agrees with. */
export function requantize(accumulator: number, row: number, law: Requantization): number {
  return requantizeBy(multiplierOf(row, law), accumulator, law);
}

interface Step {
  /** The tensor that it computes. */
  readonly name: string;
  readonly input: BufferId;
  readonly output: BufferId;
}

/** What a layer multiplies with. `weightScales`: the real value of one step of a weight, one for all rows or one a row; for comments. */
interface Weighted extends Step {
  readonly inputZeroPoint: number;
  readonly weights: Int8Array;
  readonly weightScales: readonly number[];
  readonly bias: Int32Array;
  readonly requantization: Requantization;
}

/** For each batch: output[o] = requantize(bias[o] + sum over i of weights[o * inputs + i] * (input[i] - inputZeroPoint)). */
export interface FullyConnectedStep extends Weighted {
  readonly kind: "fully-connected";
  readonly batches: number;
  readonly inputs: number;
  readonly outputs: number;
}

export interface Extent extends Plane {
  readonly channels: number;
}

/** A window that slides over each image of a batch. */
export interface Sliding {
  readonly batches: number;
  readonly from: Extent;
  readonly to: Extent;
  readonly kernel: Plane;
  readonly stride: Plane;
  readonly dilation: Plane;
  /** Rows above and columns left of the image that the first window reaches into. */
  readonly padding: { readonly top: number; readonly left: number };
}

/** As fully connected over the taps of a window; taps outside the image contribute nothing. Weights: outputs x kernel height x
 * kernel width x (input channels / groups); output channel o reads the group o / (outputs / groups), rounded down. */
export interface ConvolutionStep extends Weighted, Sliding {
  readonly kind: "conv-2d";
  readonly groups: number;
}

/** Each channel by itself: weights kernel height x kernel width x (input channels * multiplier), output channel c * multiplier + m
 * reads input channel c. A row of `requantization` and `bias` is an output channel. */
export interface DepthwiseStep extends Weighted, Sliding {
  readonly kind: "depthwise-conv-2d";
  readonly multiplier: number;
}

/** Over the taps inside the image. Average: the sum divided by their number, half away from zero. Then clamped. */
export interface PoolStep extends Step, Sliding {
  readonly kind: "average-pool-2d" | "max-pool-2d";
  readonly minimum: number;
  readonly maximum: number;
}

/** Walks of a tensor: element offset = base + sum of index[d] * strides[d], over all indices below `sizes`. */
export interface Walk {
  readonly base: number;
  readonly strides: readonly number[];
}

/** For each place of the walk over `kept`: the sum over the walk of `reduced` from there, less count * input zero point, through one
 * multiplier that holds the division. The output is written in the order of the walk. */
export interface MeanStep extends Step {
  readonly kind: "mean";
  readonly keptSizes: readonly number[];
  readonly keptStrides: readonly number[];
  readonly reducedSizes: readonly number[];
  readonly reducedStrides: readonly number[];
  readonly inputZeroPoint: number;
  readonly requantization: Requantization;
}

/** output[to] = input[from] over all indices: concatenation, split, slices, the inside of a pad. int8. */
export interface CopyStep extends Step {
  readonly kind: "copy";
  /** At least one dimension; neighbouring ones that move together are merged. */
  readonly sizes: readonly number[];
  readonly from: Walk;
  readonly to: Walk;
}

/** Every element of the output buffer = value; `input` is the output itself. */
export interface FillStep extends Step {
  readonly kind: "fill";
  readonly value: number;
}

/** output[i] = table[input[i] + 128]: any function of one int8. */
export interface TableStep extends Step {
  readonly kind: "table";
  /** For comments: `tanh`. */
  readonly function: string;
  readonly count: number;
  readonly table: Int8Array;
}

/** One side of an arithmetic step: a buffer, or values stored with the model; strides are 0 where it is broadcast. */
export interface Operand {
  readonly source: BufferId | Int8Array;
  readonly strides: readonly number[];
  readonly zeroPoint: number;
}

/** For each index below `sizes`, in order. add, sub: both sides shifted left by 20, scaled by their own multiplier, added or
 * subtracted, scaled by the output's. mul: the product, scaled by the output's. `input` is the left buffer, or the right one where the
 * left is constant. */
export interface ArithmeticStep extends Step {
  readonly kind: "add" | "sub" | "mul";
  readonly sizes: readonly number[];
  readonly left: Operand;
  readonly right: Operand;
  /** Null for mul. */
  readonly leftMultiplier: QuantizedMultiplier | null;
  readonly rightMultiplier: QuantizedMultiplier | null;
  readonly requantization: Requantization;
}

/** For each row of `depth` elements. `exponentials[-d]` is exp of the scaled difference d = element - largest, in Q0.31, for d from 0
 * down; below the table's end it is 0 and the output -128. */
export interface SoftmaxStep extends Step {
  readonly kind: "softmax";
  readonly rows: number;
  readonly depth: number;
  readonly exponentials: Int32Array;
}

/** output[o * inner + i] = first index a below `count` with the largest input[(o * count + a) * inner + i]; the output is int32. */
export interface ArgMaxStep extends Step {
  readonly kind: "arg-max";
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
}

/** float32 to int8: round(value / scale), half away from zero, in single precision; plus zero point, clamped. */
export interface QuantizeStep extends Step {
  readonly kind: "quantize";
  readonly count: number;
  readonly scale: number;
  readonly zeroPoint: number;
}

/** int8 to float32: scale * (element - zero point) in double precision, rounded once. */
export interface DequantizeStep extends Step {
  readonly kind: "dequantize";
  readonly count: number;
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The sums of one gate; each goes to int16 by its own multiplier, then both are added, saturating. */
export interface LstmGate {
  /** Units x features. */
  readonly inputWeights: Int8Array;
  readonly inputMultiplier: QuantizedMultiplier;
  /** Units x units. */
  readonly recurrentWeights: Int8Array;
  readonly recurrentMultiplier: QuantizedMultiplier;
  /** Goes with the input's sum. */
  readonly bias: Int32Array;
}

/** An LSTM over a sequence (tensorflow/lite/micro/kernels/lstm_eval.cc). `input` and `output` are walked with element strides. */
export interface LstmStep extends Step {
  readonly kind: "lstm";
  readonly batches: number;
  readonly steps: number;
  readonly features: number;
  readonly units: number;
  readonly timeMajor: boolean;
  readonly gates: Gates<LstmGate>;
  readonly inputZeroPoint: number;
  /** int8, batches x units; int16, batches x units. */
  readonly hiddenState: BufferId;
  readonly cellState: BufferId;
  readonly hiddenZeroPoint: number;
  /** forget gate * old cell state, 2^-15. */
  readonly forgetMultiplier: QuantizedMultiplier;
  /** input gate * cell gate, to the cell's scale. */
  readonly updateMultiplier: QuantizedMultiplier;
  /** tanh(cell) * output gate, to the hidden state's scale. */
  readonly hiddenMultiplier: QuantizedMultiplier;
  /** The cell's scale is 2 to this power. */
  readonly cellScalePower: number;
  /** Largest magnitude of the cell state; 32768 where it isn't clipped. */
  readonly cellClip: number;
}

export type ProgramStep =
  | FullyConnectedStep
  | ConvolutionStep
  | DepthwiseStep
  | PoolStep
  | MeanStep
  | CopyStep
  | FillStep
  | TableStep
  | ArithmeticStep
  | SoftmaxStep
  | ArgMaxStep
  | QuantizeStep
  | DequantizeStep
  | LstmStep;

/** Inputs and outputs are distinct buffers, each output written by some step. A raw input is the inputs' elements one after another,
 * little-endian; so the raw output. */
export interface IntegerProgram {
  readonly buffers: readonly ProgramBuffer[];
  readonly inputs: readonly BufferId[];
  readonly outputs: readonly BufferId[];
  readonly states: readonly StateBuffer[];
  readonly steps: readonly ProgramStep[];
}

const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = { int8: 1, int16: 2, int32: 4, float32: 4 };

export function bufferBytes({ type, elements }: ProgramBuffer): number {
  return ELEMENT_BYTES[type] * elements;
}

/** Bytes of a raw input and a raw output. */
export function rawSizes(program: IntegerProgram): { readonly inputBytes: number; readonly outputBytes: number } {
  const sum = (ids: readonly BufferId[]): number => ids.reduce((bytes, id) => bytes + bufferBytes(at(program.buffers, id)), 0);
  return { inputBytes: sum(program.inputs), outputBytes: sum(program.outputs) };
}

/** The buffers that a step reads; a step that only adds to a buffer others also wrote, such as a copy, does not read it. */
export function stepReads(step: ProgramStep): readonly BufferId[] {
  switch (step.kind) {
    case "fill":
      return [];
    case "add":
    case "sub":
    case "mul":
      return [step.left.source, step.right.source].filter((source) => typeof source === "number");
    case "lstm":
      return [step.input, step.hiddenState, step.cellState];
    default:
      return [step.input];
  }
}

/** Multiply-accumulates of a step; padded taps count. */
export function stepMacs(step: ProgramStep): number {
  switch (step.kind) {
    case "fully-connected":
      return step.batches * step.inputs * step.outputs;
    case "conv-2d":
      return step.batches * step.to.height * step.to.width * step.weights.length;
    case "depthwise-conv-2d":
      return step.batches * step.to.height * step.to.width * step.weights.length;
    case "lstm":
      return step.batches * step.steps * 4 * step.units * (step.features + step.units);
    default:
      return 0;
  }
}
