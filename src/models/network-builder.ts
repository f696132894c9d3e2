// Operators one after another in, a verified float network out. Every call infers the shape of what it computes and refuses operands that
// do not fit, so that whoever reads a model only says what it computes.

import { assert, at } from "../core/assert.ts";
import { elementCount, operatorInputs, type FusedActivation, type Padding, type Plane, type TensorId } from "../artifacts/graph.ts";
import { verifyNetwork, type FloatElementwise, type FloatNetwork, type FloatOperator, type FloatTensor } from "../artifacts/network.ts";
import { EXPORT_AGAIN, modelProblem, shapeText } from "./problem.ts";

/** kMaxSmallSize in tensorflow/lite/kernels/internal/runtime_shape.h. */
const MOST_DIMENSIONS = 6;

/** Beyond the memory of any microcontroller that we know. */
const MOST_ELEMENTS = 2 ** 22;

const MOST_OPERATORS = 20_000;

export interface Sliding {
  readonly padding: Padding;
  readonly stride: Plane;
  readonly dilation: Plane;
}

export class NetworkBuilder {
  /** What is being built, for the names of tensors. */
  scope = "";
  private readonly tensors: FloatTensor[] = [];
  private readonly operators: FloatOperator[] = [];
  private readonly names = new Set<string>();
  private elements = 0;

  shape(id: TensorId): readonly number[] {
    return at(this.tensors, id).shape;
  }

  /** A tensor of the network that it is given. @param shape begins with 1. */
  input(name: string, shape: readonly number[]): TensorId {
    return this.activation(shape, name);
  }

  parameter(name: string, shape: readonly number[], data: Float32Array): TensorId {
    assert(data.length === elementCount(shape), `${name} does not fit its shape`);
    return (
      this.tensors.push({ kind: "parameter", name: this.uniqueName(this.scope === "" ? name : `${this.scope}/${name}`), shape, data }) - 1
    );
  }

  /** @param weights outputs x inputs. Rows are what lies along the input's last dimension. */
  fullyConnected(input: TensorId, weights: TensorId, bias: TensorId | null, activation: FusedActivation = "none"): TensorId {
    const from = this.shape(input);
    const [outputs, inputs] = this.sizes(weights, 2);
    this.checkBias(bias, outputs);
    if (from.length < 2 || from.at(-1) !== inputs) throw misfit(`it takes ${inputs} numbers, and gets ${shapeText(from)}`);
    const output = this.activation([...from.slice(0, -1), outputs]);
    return this.add({ kind: "fully-connected", input, weights, bias, output, activation });
  }

  /** @param weights outputs x height x width x (channels / groups). */
  convolution(input: TensorId, weights: TensorId, bias: TensorId | null, sliding: Sliding, activation: FusedActivation = "none"): TensorId {
    const [, , , channels] = this.sizes(input, 4);
    const [outputs, height, width, groupChannels] = this.sizes(weights, 4);
    const groups = channels / groupChannels;
    if (!Number.isInteger(groups) || outputs % groups !== 0) {
      throw misfit(`its weights are for ${groupChannels} channels in and ${outputs} out, and it gets ${shapeText(this.shape(input))}`);
    }
    this.checkBias(bias, outputs);
    const output = this.activation(this.slidingShape(input, { height, width }, sliding, outputs));
    return this.add({ kind: "conv-2d", input, weights, bias, output, activation, ...sliding });
  }

  /** @param weights 1 x height x width x (channels * multiplier). */
  depthwiseConvolution(
    input: TensorId,
    weights: TensorId,
    bias: TensorId | null,
    sliding: Sliding,
    activation: FusedActivation = "none",
  ): TensorId {
    const [, , , channels] = this.sizes(input, 4);
    const [one, height, width, outputs] = this.sizes(weights, 4);
    if (one !== 1 || outputs % channels !== 0) throw misfit(`its weights make ${outputs} channels of ${channels}`);
    this.checkBias(bias, outputs);
    const output = this.activation(this.slidingShape(input, { height, width }, sliding, outputs));
    return this.add({ kind: "depthwise-conv-2d", input, weights, bias, output, activation, ...sliding });
  }

  pool(
    kind: "average-pool-2d" | "max-pool-2d",
    input: TensorId,
    window: Plane,
    { padding, stride }: Omit<Sliding, "dilation">,
    activation: FusedActivation = "none",
  ): TensorId {
    const [, , , channels] = this.sizes(input, 4);
    const output = this.activation(this.slidingShape(input, window, { padding, stride, dilation: { height: 1, width: 1 } }, channels));
    return this.add({ kind, input, output, window, padding, stride, activation });
  }

  /** @param axes may be negative: counted from the end. */
  mean(input: TensorId, axes: readonly number[], keepDimensions: boolean): TensorId {
    const shape = this.shape(input);
    const reduced = [...new Set(axes.map((axis) => this.axis(axis, shape.length)))].sort((left, right) => left - right);
    if (reduced.includes(0)) throw misfit("it reduces the batch");
    const kept = shape.map((size, dimension) => (reduced.includes(dimension) ? 1 : size));
    const output = this.activation(keepDimensions ? kept : kept.filter((_, dimension) => !reduced.includes(dimension)));
    return this.add({ kind: "mean", input, output, axes: reduced });
  }

  reshape(input: TensorId, shape: readonly number[]): TensorId {
    const from = this.shape(input);
    if (elementCount(from) !== elementCount(shape)) throw misfit(`it turns ${shapeText(from)} into ${shapeText(shape)}`);
    return this.add({ kind: "reshape", input, output: this.activation(shape) });
  }

  pad(input: TensorId, before: readonly number[], after: readonly number[]): TensorId {
    const shape = this.shape(input);
    const fits = [before, after].every(
      (sizes) => sizes.length === shape.length && sizes.every((size) => Number.isInteger(size) && size >= 0),
    );
    if (!fits) throw misfit(`it pads ${shapeText(shape)} by ${shapeText(before)} and ${shapeText(after)}`);
    const output = this.activation(shape.map((size, dimension) => size + at(before, dimension) + at(after, dimension)));
    return this.add({ kind: "pad", input, output, before, after });
  }

  /** Either side may be a parameter; shapes broadcast. */
  arithmetic(kind: "add" | "sub" | "mul", left: TensorId, right: TensorId, activation: FusedActivation = "none"): TensorId {
    const shapes = [this.shape(left), this.shape(right)] as const;
    const rank = Math.max(shapes[0].length, shapes[1].length);
    const shape = Array.from({ length: rank }, (_, dimension) => {
      const [one, other] = shapes.map((each) => each[dimension - rank + each.length] ?? 1) as [number, number];
      if (one !== other && one !== 1 && other !== 1) throw misfit(`${shapeText(shapes[0])} and ${shapeText(shapes[1])} do not go together`);
      return Math.max(one, other);
    });
    return this.add({ kind, left, right, output: this.activation(shape), activation });
  }

  /** `input * scale + offset`, one number for each channel (the last dimension), or one for all. */
  affine(input: TensorId, scale: ArrayLike<number>, offset: ArrayLike<number>): TensorId {
    const constant = (name: string, values: ArrayLike<number>): TensorId =>
      this.parameter(name, [values.length], Float32Array.from(values));
    const isAll = (values: ArrayLike<number>, value: number): boolean => Array.from(values).every((each) => each === value);
    const scaled = isAll(scale, 1) ? input : this.arithmetic("mul", input, constant("scale", scale));
    return isAll(offset, 0) ? scaled : this.arithmetic("add", scaled, constant("offset", offset));
  }

  concatenation(inputs: readonly TensorId[], axis: number): TensorId {
    const [first] = inputs;
    if (first === undefined) throw misfit("it has no inputs");
    if (inputs.length === 1) return first;
    const shape = this.shape(first);
    const along = this.axis(axis, shape.length);
    const total = inputs.reduce((sum, id) => sum + (this.shape(id)[along] ?? 0), 0);
    const alike = inputs.every((id) => {
      const other = this.shape(id);
      return other.length === shape.length && other.every((size, dimension) => dimension === along || size === shape[dimension]);
    });
    if (!alike || along === 0)
      throw misfit(`it joins ${inputs.map((id) => shapeText(this.shape(id))).join(", ")} along dimension ${along}`);
    return this.add({ kind: "concatenation", inputs, output: this.activation(shape.with(along, total)), axis: along });
  }

  /** `sizes[d]` elements from `begin[d]` on in each dimension, every `strides[d]`-th. */
  slice(input: TensorId, begin: readonly number[], sizes: readonly number[], strides: readonly number[] = sizes.map(() => 1)): TensorId {
    const shape = this.shape(input);
    const fits = [begin, sizes, strides].every((each) => each.length === shape.length && each.every(Number.isInteger));
    const inside = (position: number, dimension: number): boolean => position >= 0 && position < at(shape, dimension);
    const lies = (dimension: number): boolean =>
      inside(at(begin, dimension), dimension) &&
      inside(at(begin, dimension) + (at(sizes, dimension) - 1) * at(strides, dimension), dimension);
    if (!fits || !shape.every((_, dimension) => lies(dimension))) {
      throw misfit(`it takes ${shapeText(sizes)} from ${shapeText(begin)} on, of ${shapeText(shape)}`);
    }
    return this.add({ kind: "strided-slice", input, output: this.activation(sizes), begin, strides, sizes });
  }

  /** Equal parts along a dimension. */
  split(input: TensorId, axis: number, parts: number): readonly TensorId[] {
    const shape = this.shape(input);
    const along = this.axis(axis, shape.length);
    const size = at(shape, along) / parts;
    if (!Number.isInteger(size)) throw misfit(`it splits ${shapeText(shape)} into ${parts} parts`);
    return Array.from({ length: parts }, (_, part) => {
      const begin = shape.map((_each, dimension) => (dimension === along ? part * size : 0));
      return this.slice(input, begin, shape.with(along, size));
    });
  }

  elementwise(kind: FloatElementwise["kind"], input: TensorId): TensorId {
    return this.add({ kind, input, output: this.activation(this.shape(input)) });
  }

  leakyRelu(input: TensorId, alpha: number): TensorId {
    return this.add({ kind: "leaky-relu", input, output: this.activation(this.shape(input)), alpha: Math.fround(alpha) });
  }

  /** Along the last dimension. */
  softmax(input: TensorId, beta = 1): TensorId {
    return this.add({ kind: "softmax", input, output: this.activation(this.shape(input)), beta });
  }

  /** @throws DiagnosticError when an output is no tensor that the network computes. */
  finish(inputs: readonly TensorId[], outputs: readonly TensorId[]): FloatNetwork {
    for (const id of outputs) {
      if (at(this.tensors, id).kind === "parameter") throw misfit("an output of the model is constant");
    }
    return { tensors: this.tensors, operators: this.operators, inputs, outputs };
  }

  /** A dimension, counted from the end when negative. */
  axis(axis: number, rank: number): number {
    const resolved = axis < 0 ? axis + rank : axis;
    if (Number.isInteger(resolved) && resolved >= 0 && resolved < rank) return resolved;
    throw misfit(`its axis is ${axis} of ${rank} dimensions`);
  }

  private add(operator: FloatOperator & { readonly output: TensorId }): TensorId {
    this.checkKinds(operator);
    this.operators.push(operator);
    if (this.operators.length > MOST_OPERATORS) {
      throw modelProblem(
        "model-size",
        `the model has more than ${MOST_OPERATORS} operations`,
        "make it smaller: it has to fit a microcontroller",
      );
    }
    return operator.output;
  }

  /** Weights are constant, and something of what an operator reads is not. */
  private checkKinds(operator: FloatOperator): void {
    const isConstant = (id: TensorId): boolean => at(this.tensors, id).kind === "parameter";
    const fixed = "weights" in operator ? operatorInputs(operator).slice(1) : [];
    if (!fixed.every(isConstant)) throw misfit("its weights are computed");
    const read = "weights" in operator ? [operator.input] : operatorInputs(operator);
    const mayBeConstant = operator.kind === "add" || operator.kind === "sub" || operator.kind === "mul";
    if (mayBeConstant ? read.every(isConstant) : read.some(isConstant)) throw misfit("it computes with constants alone");
  }

  private activation(shape: readonly number[], name = this.scope): TensorId {
    const valid = shape.length >= 1 && shape.length <= MOST_DIMENSIONS && shape.every((size) => Number.isInteger(size) && size >= 1);
    if (!valid || shape[0] !== 1) throw misfit(`a tensor gets the shape ${shapeText(shape)}`);
    this.elements += elementCount(shape);
    if (this.elements > MOST_ELEMENTS) {
      throw modelProblem(
        "model-size",
        `its tensors have more than ${MOST_ELEMENTS} elements`,
        "make the model smaller: it has to fit a microcontroller",
      );
    }
    return this.tensors.push({ kind: "activation", name: this.uniqueName(name), shape }) - 1;
  }

  private uniqueName(name: string): string {
    let unique = name;
    for (let number = 2; this.names.has(unique); number++) unique = `${name}_${number}`;
    this.names.add(unique);
    return unique;
  }

  private slidingShape(input: TensorId, window: Plane, { padding, stride, dilation }: Sliding, channels: number): number[] {
    const [batches, height, width] = this.sizes(input, 4);
    const steps = [window, stride, dilation].flatMap((each) => [each.height, each.width]);
    if (!steps.every((step) => Number.isInteger(step) && step >= 1 && step <= MOST_ELEMENTS))
      throw misfit("its window, strides or dilations are not positive");
    const positions = (size: number, along: keyof Plane): number =>
      padding === "same"
        ? Math.ceil(size / stride[along])
        : Math.floor((size + stride[along] - (window[along] - 1) * dilation[along] - 1) / stride[along]);
    return [batches, positions(height, "height"), positions(width, "width"), channels];
  }

  private checkBias(bias: TensorId | null, outputs: number): void {
    if (bias === null) return;
    const shape = this.shape(bias);
    if (shape.length !== 1 || shape[0] !== outputs) throw misfit(`it has ${outputs} outputs, and its bias the shape ${shapeText(shape)}`);
  }

  /** The sizes of a tensor that must have so many dimensions. */
  private sizes(id: TensorId, rank: 2): [number, number];
  private sizes(id: TensorId, rank: 4): [number, number, number, number];
  private sizes(id: TensorId, rank: number): number[] {
    const shape = this.shape(id);
    if (shape.length !== rank) throw misfit(`a tensor has shape ${shapeText(shape)} instead of ${rank} dimensions`);
    return [...shape];
  }
}

/** @throws AssertionError when a reader built nonsense. */
export function verified(network: FloatNetwork): FloatNetwork {
  verifyNetwork(network);
  return network;
}

function misfit(message: string): Error {
  return modelProblem("model-shape", message, EXPORT_AGAIN);
}
