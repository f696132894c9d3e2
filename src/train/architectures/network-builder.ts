// What every architecture is built with: layers in, tensors and operators with names that read well in a viewer of .tflite files out.
// Weights are seeded, drawn in the order of building.

import { elementCount, type FusedActivation, type Plane, type TensorId } from "../../artifacts/graph.ts";
import { verifyNetwork, type FloatNetwork, type FloatOperator, type FloatTensor } from "../../artifacts/network.ts";
import type { HiddenActivation } from "../../artifacts/robot-spec.ts";
import { at } from "../../core/assert.ts";
import type { Random } from "../../core/random.ts";

export type LayerActivation = HiddenActivation | "linear";

export class NetworkBuilder {
  private readonly random: Random;
  private readonly tensors: FloatTensor[] = [];
  private readonly operators: FloatOperator[] = [];

  constructor(random: Random) {
    this.random = random;
  }

  shape(id: TensorId): readonly number[] {
    return at(this.tensors, id).shape;
  }

  /** An input, or what an operator is about to compute. */
  activation(name: string, shape: readonly number[]): TensorId {
    return this.tensors.push({ kind: "activation", name, shape }) - 1;
  }

  add(operator: FloatOperator): void {
    this.operators.push(operator);
  }

  /** outputs = activation(weights * inputs + bias). A tanh is an operator of its own, as TensorFlow Lite has it.
   * @param bias where it begins; 0 when not given. */
  fullyConnected(name: string, input: TensorId, outputs: number, activation: LayerActivation, bias?: Float32Array): TensorId {
    const inputs = elementCount(this.shape(input));
    const sums = this.activation(activation === "tanh" ? `${name}/sum` : name, [1, outputs]);
    this.add({
      kind: "fully-connected",
      input,
      weights: this.weights(`${name}/weights`, [outputs, inputs], inputs, outputs, activation),
      bias: this.bias(name, outputs, bias),
      output: sums,
      activation: fused(activation),
    });
    return activation === "tanh" ? this.elementwise("tanh", name, sums) : sums;
  }

  /** Over an image 1 x height x width x channels, with relu. */
  convolution(name: string, input: TensorId, filters: number, kernel: Plane, stride: Plane, padding: "same" | "valid"): TensorId {
    const [, height, width, channels] = this.shape(input) as [number, number, number, number];
    const size = (length: number, reach: number, step: number): number =>
      Math.floor(((padding === "same" ? length : length - reach + 1) + step - 1) / step);
    const output = this.activation(name, [1, size(height, kernel.height, stride.height), size(width, kernel.width, stride.width), filters]);
    const taps = kernel.height * kernel.width;
    this.add({
      kind: "conv-2d",
      input,
      weights: this.weights(`${name}/weights`, [filters, kernel.height, kernel.width, channels], taps * channels, taps * filters, "relu"),
      bias: this.bias(name, filters),
      output,
      activation: "relu",
      padding,
      stride,
      dilation: { height: 1, width: 1 },
    });
    return output;
  }

  elementwise(kind: "tanh" | "logistic", name: string, input: TensorId): TensorId {
    const output = this.activation(name, this.shape(input));
    this.add({ kind, input, output });
    return output;
  }

  arithmetic(kind: "add" | "sub" | "mul", name: string, left: TensorId, right: TensorId): TensorId {
    const output = this.activation(name, this.shape(left));
    this.add({ kind, left, right, output, activation: "none" });
    return output;
  }

  reshape(name: string, input: TensorId, shape: readonly number[]): TensorId {
    const output = this.activation(name, shape);
    this.add({ kind: "reshape", input, output });
    return output;
  }

  /** Elements `begin` .. `begin + count - 1` of a row. */
  slice(name: string, input: TensorId, begin: number, count: number): TensorId {
    const output = this.activation(name, [1, count]);
    this.add({ kind: "strided-slice", input, output, begin: [0, begin], strides: [1, 1], sizes: [1, count] });
    return output;
  }

  /** Rows one behind another; a single one is itself. */
  concatenate(name: string, inputs: readonly TensorId[]): TensorId {
    if (inputs.length === 1) return at(inputs, 0);
    const output = this.activation(name, [1, inputs.reduce((sum, id) => sum + elementCount(this.shape(id)), 0)]);
    this.add({ kind: "concatenation", inputs, output, axis: 1 });
    return output;
  }

  finish(inputs: readonly TensorId[], outputs: readonly TensorId[]): FloatNetwork {
    const network = { tensors: this.tensors, operators: this.operators, inputs, outputs };
    verifyNetwork(network);
    return network;
  }

  /** Uniform: He et al. 2015 in front of relu, Glorot & Bengio 2010 elsewhere. */
  private weights(name: string, shape: readonly number[], fanIn: number, fanOut: number, activation: LayerActivation): TensorId {
    const limit = Math.sqrt(6 / (activation === "relu" ? fanIn : fanIn + fanOut));
    const data = Float32Array.from({ length: elementCount(shape) }, () => this.random.uniform(-limit, limit));
    return this.tensors.push({ kind: "parameter", name, shape, data }) - 1;
  }

  private bias(layer: string, outputs: number, data: Float32Array = new Float32Array(outputs)): TensorId {
    return this.tensors.push({ kind: "parameter", name: `${layer}/bias`, shape: [outputs], data }) - 1;
  }
}

function fused(activation: LayerActivation): FusedActivation {
  return activation === "relu" ? "relu" : "none";
}
