// The int8 graph: TFLite's 8-bit scheme as data. quantize/ makes it, tflite/ reads and writes it, emit/ prints it as code.
// Scales are float32 values, as the file holds them; arithmetic: see quantize/interpreter.ts.

import { assert, at } from "../core/assert.ts";

/** How integers stand for reals: real = scale * (q - zeroPoint). */
export interface Quantization {
  /** One for the whole tensor, or one a slice along `axis`. */
  readonly scales: readonly number[];
  readonly zeroPoint: number;
  /** The dimension that `scales` runs along, when there are several. */
  readonly axis: number;
}

/** A tensor that inference computes, or an input. */
export interface ActivationTensor {
  readonly kind: "activation";
  readonly name: string;
  readonly shape: readonly number[];
  readonly quantization: Quantization;
}

/** Weights (int8) or biases and shapes (int32), stored with the model. */
export interface ConstantTensor {
  readonly kind: "constant";
  readonly name: string;
  readonly shape: readonly number[];
  readonly quantization: Quantization;
  readonly data: Int8Array | Int32Array;
}

export type Tensor = ActivationTensor | ConstantTensor;

/** Index into Graph.tensors. */
export type TensorId = number;

export type FusedActivation = "none" | "relu" | "relu6" | "relu-n1-to-1";
export type Padding = "same" | "valid";

/** output[o] = sum over i of weights[o][i] * input[i] + bias[o]. Weights: outputs x inputs. */
export interface FullyConnected {
  readonly kind: "fully-connected";
  readonly input: TensorId;
  readonly weights: TensorId;
  readonly bias: TensorId | null;
  readonly output: TensorId;
  readonly activation: FusedActivation;
}

/** Input 1 x height x width x channels, weights outputs x height x width x channels, per-channel scales along axis 0. */
export interface Convolution2d {
  readonly kind: "conv-2d";
  readonly input: TensorId;
  readonly weights: TensorId;
  readonly bias: TensorId | null;
  readonly output: TensorId;
  readonly activation: FusedActivation;
  readonly padding: Padding;
  readonly stride: { readonly height: number; readonly width: number };
  readonly dilation: { readonly height: number; readonly width: number };
}

/** The same bytes under another shape. */
export interface Reshape {
  readonly kind: "reshape";
  readonly input: TensorId;
  readonly output: TensorId;
}

/** A function of one byte; the output's quantization is 1/128, 0. */
export interface Tanh {
  readonly kind: "tanh";
  readonly input: TensorId;
  readonly output: TensorId;
}

export type Operator = FullyConnected | Convolution2d | Reshape | Tanh;

/** One int8 input, one int8 output; operators in the order of execution. */
export interface Graph {
  readonly tensors: readonly Tensor[];
  readonly operators: readonly Operator[];
  readonly input: TensorId;
  readonly output: TensorId;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The activation tensor with this id. */
export function activationTensor(graph: Graph, id: TensorId): ActivationTensor {
  const tensor = at(graph.tensors, id);
  assert(tensor.kind === "activation", `tensor ${tensor.name} is a constant`);
  return tensor;
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
  switch (operator.kind) {
    case "fully-connected":
    case "conv-2d": {
      const weights = at(graph.tensors, operator.weights);
      return (elementCount(at(graph.tensors, operator.output).shape) * elementCount(weights.shape)) / at(weights.shape, 0);
    }
    case "reshape":
    case "tanh":
      return 0;
  }
}

/** Weights and biases together. */
export function graphParameters(graph: Graph): number {
  const used = new Set(graph.operators.flatMap((each) => ("weights" in each ? [each.weights, each.bias] : [])));
  return graph.tensors.reduce((sum, tensor, id) => (used.has(id) && tensor.kind === "constant" ? sum + tensor.data.length : sum), 0);
}
