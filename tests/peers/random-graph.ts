// A seed in, a small valid int8 graph out: a chain of every operator that a graph may hold, with scales that keep most
// outputs within int8. For properties of the file format and for comparing runtimes.

import { at } from "../../src/core/assert.ts";
import { Random } from "../../src/core/random.ts";
import {
  elementCount,
  type ActivationTensor,
  type FusedActivation,
  type Graph,
  type Operator,
  type Padding,
  type Tensor,
  type TensorId,
} from "../../src/artifacts/graph.ts";

const ACTIVATIONS: readonly FusedActivation[] = ["none", "relu", "relu6", "relu-n1-to-1"];

export function randomGraph(seed: number): Graph {
  const maker = new GraphMaker(new Random(seed));
  return maker.make();
}

/** Vectors for the graph's input, one after another: uniform, with the ends of the range among them. */
export function randomInputs(graph: Graph, seed: number, vectors: number): Int8Array {
  const random = new Random(seed);
  const width = elementCount(at(graph.tensors, graph.input).shape);
  return Int8Array.from({ length: width * vectors }, (_, index) => [-128, 127][Math.floor(index / width)] ?? random.integer(256) - 128);
}

class GraphMaker {
  private readonly random: Random;
  private readonly tensors: Tensor[] = [];
  private readonly operators: Operator[] = [];

  constructor(random: Random) {
    this.random = random;
  }

  make(): Graph {
    const isImage = this.random.next() < 0.5;
    const shape = isImage ? [1, this.from(1, 6), this.from(1, 6), this.from(1, 4)] : [1, this.from(1, 20)];
    const input = this.addActivation("input", shape, Math.fround(this.random.uniform(0.005, 0.1)));
    let last = input;
    for (let count = this.from(1, 5); count > 0; count--) last = this.appendOperator(last);
    return { tensors: this.tensors, operators: this.operators, input, output: last };
  }

  private appendOperator(input: TensorId): TensorId {
    const { shape } = this.activation(input);
    const choice = this.random.integer(4);
    if (choice === 0) return this.appendTanh(input);
    if (choice === 1) return this.appendReshape(input);
    return shape.length === 4 && choice === 2 ? this.appendConvolution(input) : this.appendFullyConnected(input);
  }

  private appendTanh(input: TensorId): TensorId {
    const { shape } = this.activation(input);
    this.tensors.push({ kind: "activation", name: this.name("tanh"), shape, quantization: { scales: [1 / 128], zeroPoint: 0, axis: 0 } });
    const output = this.tensors.length - 1;
    this.operators.push({ kind: "tanh", input, output });
    return output;
  }

  private appendReshape(input: TensorId): TensorId {
    const { shape, quantization } = this.activation(input);
    const count = elementCount(shape);
    this.tensors.push({
      kind: "activation",
      name: this.name("reshape"),
      shape: this.pick([
        [1, count],
        [1, 1, count, 1],
        [1, 1, count],
      ]),
      quantization,
    });
    const output = this.tensors.length - 1;
    this.operators.push({ kind: "reshape", input, output });
    return output;
  }

  private appendFullyConnected(input: TensorId): TensorId {
    const inputs = elementCount(this.activation(input).shape);
    const outputs = this.from(1, 12);
    const { weights, bias, outputScale } = this.addWeights(input, [outputs, inputs]);
    const output = this.addActivation("dense", [1, outputs], outputScale);
    this.operators.push({
      kind: "fully-connected",
      input,
      weights,
      bias: this.random.next() < 0.2 ? null : bias(),
      output,
      activation: this.pick(ACTIVATIONS),
    });
    return output;
  }

  private appendConvolution(input: TensorId): TensorId {
    const [, height = 1, width = 1, channels = 1] = this.activation(input).shape;
    const kernel = { height: this.from(1, Math.min(3, height)), width: this.from(1, Math.min(3, width)) };
    const stride = { height: this.from(1, 3), width: this.from(1, 3) };
    const padding = this.pick<Padding>(["same", "valid"]);
    const reaches = (window: number, size: number): boolean => (window - 1) * 2 + 1 <= size;
    const dilation = {
      height: reaches(kernel.height, height) ? this.from(1, 2) : 1,
      width: reaches(kernel.width, width) ? this.from(1, 2) : 1,
    };
    const size = (extent: number, window: number, step: number, gap: number): number =>
      padding === "same" ? Math.ceil(extent / step) : Math.ceil((extent - (window - 1) * gap) / step);
    const outputs = this.from(1, 5);
    const { weights, bias, outputScale } = this.addWeights(input, [outputs, kernel.height, kernel.width, channels]);
    const shape = [
      1,
      size(height, kernel.height, stride.height, dilation.height),
      size(width, kernel.width, stride.width, dilation.width),
      outputs,
    ];
    const biasId = bias();
    const output = this.addActivation("convolution", shape, outputScale);
    this.operators.push({
      kind: "conv-2d",
      input,
      weights,
      bias: biasId,
      output,
      activation: this.pick(ACTIVATIONS),
      padding,
      stride,
      dilation,
    });
    return output;
  }

  /** Weights, a way to add their bias, and an output scale under which few outputs saturate. */
  private addWeights(input: TensorId, shape: readonly number[]): { weights: TensorId; bias: () => TensorId; outputScale: number } {
    const outputs = at(shape, 0);
    const depth = elementCount(shape) / outputs;
    const inputScale = at(this.activation(input).quantization.scales, 0);
    const scales = Array.from({ length: this.random.next() < 0.5 ? 1 : outputs }, () => Math.fround(this.random.uniform(0.001, 0.02)));
    const data = Int8Array.from({ length: elementCount(shape) }, () => this.random.integer(255) - 127);
    this.tensors.push({ kind: "constant", name: this.name("weights"), shape, quantization: { scales, zeroPoint: 0, axis: 0 }, data });
    const weights = this.tensors.length - 1;
    const bias = (): TensorId => {
      const values = Int32Array.from({ length: outputs }, () => Math.round(this.random.normal() * 3000 * Math.sqrt(depth)));
      const biasScales = scales.map((scale) => Math.fround(inputScale * scale));
      this.tensors.push({
        kind: "constant",
        name: this.name("bias"),
        shape: [outputs],
        quantization: { scales: biasScales, zeroPoint: 0, axis: 0 },
        data: values,
      });
      return this.tensors.length - 1;
    };
    return { weights, bias, outputScale: Math.fround(inputScale * Math.max(...scales) * Math.sqrt(depth) * 80) };
  }

  private addActivation(name: string, shape: readonly number[], scale: number): TensorId {
    const quantization = { scales: [scale], zeroPoint: this.random.integer(256) - 128, axis: 0 };
    this.tensors.push({ kind: "activation", name: this.name(name), shape, quantization });
    return this.tensors.length - 1;
  }

  private activation(id: TensorId): ActivationTensor {
    return at(this.tensors, id) as ActivationTensor;
  }

  private name(kind: string): string {
    return `${kind}${this.tensors.length}`;
  }

  /** An integer, ends included. */
  private from(minimum: number, maximum: number): number {
    return minimum + this.random.integer(maximum - minimum + 1);
  }

  private pick<Element>(list: readonly Element[]): Element {
    return at(list, this.random.integer(list.length));
  }
}
