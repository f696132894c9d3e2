// A seed in, a graph of layers that multiply with stored weights out, as wide as vector kernels are made for and wider, each layer an
// output: blocks of four rows, eight channels and sixteen columns that do and do not come out even, multipliers far below and above 1.

import { at } from "../src/core/assert.ts";
import { Random } from "../src/core/random.ts";
import type { ConstantTensor, FusedActivation, Graph, Operator, Plane, Quantization, Tensor, TensorId } from "../src/artifacts/graph.ts";

const WIDTHS = [1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 24, 31, 33, 64];
const CHANNELS = [1, 2, 3, 7, 8, 9, 12, 15, 16, 17, 20, 24];
const ACTIVATIONS: readonly FusedActivation[] = ["none", "relu", "relu6", "relu-n1-to-1"];

export function wideLayers(seed: number): Graph {
  return new LayerMaker(new Random(seed)).make();
}

class LayerMaker {
  private readonly random: Random;
  private readonly tensors: Tensor[] = [];
  private readonly operators: Operator[] = [];
  private readonly outputs: TensorId[] = [];

  constructor(random: Random) {
    this.random = random;
  }

  make(): Graph {
    const image = this.activation([1, this.from(1, 6), this.from(1, 7), this.pick(CHANNELS)], 0.05);
    const depthwise = this.depthwise(this.convolution(image));
    const last = this.convolution(this.convolution(depthwise));
    this.dense(this.dense(this.dense(last)));
    return { tensors: this.tensors, operators: this.operators, inputs: [image], outputs: this.outputs };
  }

  private convolution(input: TensorId): TensorId {
    const [, height = 1, width = 1, channels = 1] = at(this.tensors, input).shape;
    const kernel = { height: this.from(1, 3), width: this.from(1, 3) };
    const outputs = this.pick(CHANNELS);
    const { settings, to } = this.sliding({ height, width });
    const taps = [kernel.height, kernel.width, channels];
    const { weights, bias, outputScale } = this.weights(input, [outputs, ...taps], 0, outputs);
    const output = this.layer([1, to.height, to.width, outputs], outputScale);
    this.operators.push({ kind: "conv-2d", input, weights, bias, output, ...settings });
    return output;
  }

  private depthwise(input: TensorId): TensorId {
    const [, height = 1, width = 1, channels = 1] = at(this.tensors, input).shape;
    const { settings, to } = this.sliding({ height, width });
    const { weights, bias, outputScale } = this.weights(input, [1, this.from(1, 3), this.from(1, 3), channels], 3, channels);
    const output = this.layer([1, to.height, to.width, channels], outputScale);
    this.operators.push({ kind: "depthwise-conv-2d", input, weights, bias, output, ...settings });
    return output;
  }

  private dense(input: TensorId): TensorId {
    const inputs = at(this.tensors, input).shape.reduce((product, size) => product * size, 1);
    const outputs = this.pick(WIDTHS);
    const { weights, bias, outputScale } = this.weights(input, [outputs, inputs], 0, outputs);
    const output = this.layer([1, outputs], outputScale);
    this.operators.push({ kind: "fully-connected", input, weights, bias, output, activation: this.pick(ACTIVATIONS) });
    return output;
  }

  /** Strides of 1 or 2; windows that reach into the padding, or 1 x 1 ones that lie side by side. */
  private sliding(from: Plane): {
    settings: { padding: "same"; stride: Plane; dilation: Plane; activation: FusedActivation };
    to: Plane;
  } {
    const stride = { height: this.from(1, 2), width: this.from(1, 2) };
    const dilation = { height: this.from(1, 2), width: this.from(1, 2) };
    const to = { height: Math.ceil(from.height / stride.height), width: Math.ceil(from.width / stride.width) };
    return { settings: { padding: "same", stride, dilation, activation: this.pick(ACTIVATIONS) }, to };
  }

  /** One scale, or one a row that differ by a factor of up to two, or a thousand; multipliers of up to 4. */
  private weights(
    input: TensorId,
    shape: readonly number[],
    axis: number,
    rows: number,
  ): { weights: TensorId; bias: TensorId; outputScale: number } {
    const count = shape.reduce((product, size) => product * size, 1);
    const inputScale = at(at(this.tensors, input).quantization.scales, 0);
    const perRow = this.random.next() < 0.8;
    const outputScale = Math.fround(this.random.uniform(0.02, 0.1));
    const power = this.random.uniform(-12, 2);
    // So that few outputs lie at the ends of the range.
    const most = power < -4 ? 127 : 1;
    const largest = (2 ** power * outputScale) / inputScale;
    const spread = this.pick([1, 10]);
    const scales = Array.from({ length: perRow ? rows : 1 }, () => Math.fround(largest * 2 ** -this.random.uniform(0, spread)));
    const weights = this.constant({ scales, zeroPoint: 0, axis }, shape, this.integers(Int8Array, count, most));
    const biasScales = scales.map((scale) => Math.fround(inputScale * scale));
    const bias = this.constant({ scales: biasScales, zeroPoint: 0, axis: 0 }, [rows], this.integers(Int32Array, rows, 24 * most));
    return { weights, bias, outputScale };
  }

  private integers<List extends Int8Array | Int32Array>(
    type: { from(source: ArrayLike<number>, make: () => number): List },
    length: number,
    most: number,
  ): List {
    return type.from({ length }, () => this.random.integer(2 * most + 1) - most);
  }

  private constant(quantization: Quantization, shape: readonly number[], data: ConstantTensor["data"]): TensorId {
    return this.tensors.push({ kind: "constant", name: `constant${this.tensors.length}`, shape, quantization, data }) - 1;
  }

  private layer(shape: readonly number[], scale: number): TensorId {
    const output = this.activation(shape, scale);
    this.outputs.push(output);
    return output;
  }

  private activation(shape: readonly number[], scale: number): TensorId {
    const zeroPoint = this.pick([-128, 127, 0, this.from(-128, 127)]);
    const quantization = { scales: [Math.fround(scale)], zeroPoint, axis: 0 };
    return this.tensors.push({ kind: "activation", type: "int8", name: `layer${this.tensors.length}`, shape, quantization }) - 1;
  }

  private from(least: number, most: number): number {
    return least + this.random.integer(most - least + 1);
  }

  private pick<Choice>(choices: readonly Choice[]): Choice {
    return at(choices, this.random.integer(choices.length));
  }
}
