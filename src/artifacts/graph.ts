// The int8 graph: TFLite's 8-bit scheme as data. quantize/ makes it, tflite/ reads and writes it, lower/ turns it into what a
// processor does. Scales are float32 values, as the file holds them.

import { assert, at } from "../core/assert.ts";

/** How integers stand for reals: real = scale * (q - zeroPoint). */
export interface Quantization {
  /** One for the whole tensor, or one a slice along `axis`; none where the values stand for themselves (float32, int32 indices). */
  readonly scales: readonly number[];
  readonly zeroPoint: number;
  /** The dimension that `scales` runs along, when there are several. */
  readonly axis: number;
}

/** int8 inside; float32 at the ends, around QUANTIZE and DEQUANTIZE; int32 for what ARG_MAX gives; int16 for an LSTM's cell state. */
export type ElementType = "int8" | "int16" | "int32" | "float32";

interface TensorBase {
  readonly name: string;
  readonly shape: readonly number[];
  readonly quantization: Quantization;
}

/** A tensor that inference computes, or an input. */
export interface ActivationTensor extends TensorBase {
  readonly kind: "activation";
  readonly type: "int8" | "int32" | "float32";
}

/** State that one inference leaves for the next; a reset sets every element to the zero point. */
export interface VariableTensor extends TensorBase {
  readonly kind: "variable";
  readonly type: "int8" | "int16";
}

/** Weights (int8) or biases (int32), stored with the model. */
export interface ConstantTensor extends TensorBase {
  readonly kind: "constant";
  readonly data: Int8Array | Int32Array;
}

export type Tensor = ActivationTensor | VariableTensor | ConstantTensor;

/** Index into Graph.tensors. */
export type TensorId = number;

export type FusedActivation = "none" | "relu" | "relu6" | "relu-n1-to-1";
export type Padding = "same" | "valid";

/** A number for each direction of an image. */
export interface Plane {
  readonly height: number;
  readonly width: number;
}

/** output[o] = sum over i of weights[o][i] * input[i] + bias[o]. Weights: outputs x inputs. */
export interface FullyConnected {
  readonly kind: "fully-connected";
  readonly input: TensorId;
  readonly weights: TensorId;
  readonly bias: TensorId | null;
  readonly output: TensorId;
  readonly activation: FusedActivation;
}

interface Window {
  readonly input: TensorId;
  readonly output: TensorId;
  readonly activation: FusedActivation;
  readonly padding: Padding;
  readonly stride: Plane;
}

/** Input batches x height x width x channels; weights outputs x height x width x (channels / groups), per-channel scales along axis 0. */
export interface Convolution2d extends Window {
  readonly kind: "conv-2d";
  readonly weights: TensorId;
  readonly bias: TensorId | null;
  readonly dilation: Plane;
}

/** Weights 1 x height x width x (channels * multiplier), per-channel scales along axis 3; output channel c * multiplier + m. */
export interface DepthwiseConvolution2d extends Window {
  readonly kind: "depthwise-conv-2d";
  readonly weights: TensorId;
  readonly bias: TensorId | null;
  readonly dilation: Plane;
}

/** Average or largest of a window, channel by channel. */
export interface Pool2d extends Window {
  readonly kind: "average-pool-2d" | "max-pool-2d";
  readonly window: Plane;
}

/** Mean over some dimensions. */
export interface Mean {
  readonly kind: "mean";
  readonly input: TensorId;
  readonly output: TensorId;
  /** Ascending, each once, none negative. */
  readonly axes: readonly number[];
}

/** The same bytes under another shape: RESHAPE, SQUEEZE, EXPAND_DIMS. */
export interface Reshape {
  readonly kind: "reshape";
  readonly input: TensorId;
  readonly output: TensorId;
}

/** Surrounds the input with the output's zero point. */
export interface Pad {
  readonly kind: "pad";
  readonly input: TensorId;
  readonly output: TensorId;
  /** Elements before and after, a number a dimension. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Element by element, shapes broadcast by numpy's rules. Either side may be a constant. */
export interface Arithmetic {
  readonly kind: "add" | "sub" | "mul";
  readonly left: TensorId;
  readonly right: TensorId;
  readonly output: TensorId;
  readonly activation: FusedActivation;
}

export interface Concatenation {
  readonly kind: "concatenation";
  readonly inputs: readonly TensorId[];
  readonly output: TensorId;
  /** Not negative. */
  readonly axis: number;
}

/** Equal parts along one dimension. */
export interface Split {
  readonly kind: "split";
  readonly input: TensorId;
  readonly outputs: readonly TensorId[];
  /** Not negative. */
  readonly axis: number;
}

/** Every `strides[d]`-th element from `begin[d]` on, `sizes[d]` of them, in each dimension of the input; masks are resolved. */
export interface StridedSlice {
  readonly kind: "strided-slice";
  readonly input: TensorId;
  readonly output: TensorId;
  readonly begin: readonly number[];
  /** Not zero; negative: backwards. */
  readonly strides: readonly number[];
  readonly sizes: readonly number[];
}

/** A function of each element by itself. QUANTIZE also takes float32; DEQUANTIZE gives it. */
export interface Elementwise {
  readonly kind: "relu" | "relu6" | "logistic" | "tanh" | "hard-swish" | "quantize" | "dequantize";
  readonly input: TensorId;
  readonly output: TensorId;
}

export interface LeakyRelu {
  readonly kind: "leaky-relu";
  readonly input: TensorId;
  readonly output: TensorId;
  /** Slope below zero: a float32 value of either sign. */
  readonly alpha: number;
}

/** Along the last dimension; the output's quantization is 1/256, -128. */
export interface Softmax {
  readonly kind: "softmax";
  readonly input: TensorId;
  readonly output: TensorId;
  /** A float32 value. */
  readonly beta: number;
}

/** Index of the first largest element along one dimension; the output is int32. */
export interface ArgMax {
  readonly kind: "arg-max";
  readonly input: TensorId;
  readonly output: TensorId;
  /** Not negative. */
  readonly axis: number;
}

/** One value for each gate of an LSTM, in the file's order. */
export interface Gates<Value> {
  readonly input: Value;
  readonly forget: Value;
  readonly cell: Value;
  readonly output: Value;
}

/** UNIDIRECTIONAL_SEQUENCE_LSTM without peephole, projection and layer normalisation. */
export interface Lstm {
  readonly kind: "lstm";
  /** Batches x steps x features, or steps x batches x features when `timeMajor`. */
  readonly input: TensorId;
  /** Units x features. */
  readonly inputWeights: Gates<TensorId>;
  /** Units x units. */
  readonly recurrentWeights: Gates<TensorId>;
  readonly bias: Gates<TensorId | null>;
  /** int8 variable, batches x units. */
  readonly hiddenState: TensorId;
  /** int16 variable, batches x units. */
  readonly cellState: TensorId;
  readonly output: TensorId;
  readonly timeMajor: boolean;
  /** Real limit of the cell state; 0: none. */
  readonly cellClip: number;
}

export type Operator =
  | FullyConnected
  | Convolution2d
  | DepthwiseConvolution2d
  | Pool2d
  | Mean
  | Reshape
  | Pad
  | Arithmetic
  | Concatenation
  | Split
  | StridedSlice
  | Elementwise
  | LeakyRelu
  | Softmax
  | ArgMax
  | Lstm;

/** Operators in the order of execution. A raw input is the inputs' elements one after another, little-endian; so the output. */
export interface Graph {
  readonly tensors: readonly Tensor[];
  readonly operators: readonly Operator[];
  readonly inputs: readonly TensorId[];
  readonly outputs: readonly TensorId[];
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The tensors that an operator writes, variables aside. */
export function operatorOutputs(operator: Operator): readonly TensorId[] {
  return operator.kind === "split" ? operator.outputs : [operator.output];
}

/** The tensors that an operator computes with, constants and variables included. */
export function operatorInputs(operator: Operator): readonly TensorId[] {
  switch (operator.kind) {
    case "fully-connected":
    case "conv-2d":
    case "depthwise-conv-2d":
      return [operator.input, operator.weights, ...(operator.bias === null ? [] : [operator.bias])];
    case "add":
    case "sub":
    case "mul":
      return [operator.left, operator.right];
    case "concatenation":
      return operator.inputs;
    case "lstm": {
      const { input, inputWeights, recurrentWeights, bias, hiddenState, cellState } = operator;
      const gates = [inputWeights, recurrentWeights, bias].flatMap((each) => [each.input, each.forget, each.cell, each.output]);
      return [input, ...gates.filter((id) => id !== null), hiddenState, cellState];
    }
    default:
      return [operator.input];
  }
}

/** The activation tensor with this id. */
export function activationTensor(graph: Graph, id: TensorId): ActivationTensor {
  const tensor = at(graph.tensors, id);
  assert(tensor.kind === "activation", `tensor ${tensor.name} is a ${tensor.kind}`);
  return tensor;
}

/** The only input of a graph that has one, as our own policies have. */
export function onlyInput(graph: Graph): ActivationTensor {
  assert(graph.inputs.length === 1, `the graph has ${graph.inputs.length} inputs`);
  return activationTensor(graph, at(graph.inputs, 0));
}

/** The only output of a graph that has one. */
export function onlyOutput(graph: Graph): ActivationTensor {
  assert(graph.outputs.length === 1, `the graph has ${graph.outputs.length} outputs`);
  return activationTensor(graph, at(graph.outputs, 0));
}

/** The int8 weights with this id. */
export function weightTensor(graph: Graph, id: TensorId): ConstantTensor & { readonly data: Int8Array } {
  const tensor = at(graph.tensors, id);
  assert(tensor.kind === "constant" && tensor.data instanceof Int8Array, `tensor ${tensor.name} holds no weights`);
  return { ...tensor, data: tensor.data };
}

/** The int32 bias with this id; zeros where an operator has none. */
export function biasValues(graph: Graph, id: TensorId | null, outputs: number): Int32Array {
  if (id === null) return new Int32Array(outputs);
  const tensor = at(graph.tensors, id);
  assert(tensor.kind === "constant" && tensor.data instanceof Int32Array, `tensor ${tensor.name} holds no bias`);
  return tensor.data;
}

/** Multiply-accumulates of one inference; padded taps count. */
export function multiplyAccumulates(graph: Graph): number {
  return graph.operators.reduce((sum, operator) => sum + operatorMacs(graph, operator), 0);
}

function operatorMacs(graph: Graph, operator: Operator): number {
  const count = (id: TensorId): number => elementCount(at(graph.tensors, id).shape);
  switch (operator.kind) {
    case "fully-connected":
    case "conv-2d":
      return (count(operator.output) * count(operator.weights)) / at(at(graph.tensors, operator.weights).shape, 0);
    case "depthwise-conv-2d":
      return (count(operator.output) * count(operator.weights)) / at(at(graph.tensors, operator.weights).shape, 3);
    case "lstm": {
      const weights = [operator.inputWeights, operator.recurrentWeights].flatMap((each) => [
        each.input,
        each.forget,
        each.cell,
        each.output,
      ]);
      const units = at(at(graph.tensors, operator.output).shape, 2);
      return (count(operator.output) / units) * weights.reduce((sum, id) => sum + count(id), 0);
    }
    default:
      return 0;
  }
}

/** Weights and biases together. */
export function graphParameters(graph: Graph): number {
  const used = new Set(graph.operators.flatMap(operatorInputs));
  return graph.tensors.reduce((sum, tensor, id) => (used.has(id) && tensor.kind === "constant" ? sum + tensor.data.length : sum), 0);
}
