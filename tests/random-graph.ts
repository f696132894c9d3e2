// A seed in, a small valid int8 graph out: operators of every kind, branches, several inputs and outputs, state and float ends, with
// scales that keep most values within int8 but some far beyond. For properties of the file format and for comparing runtimes.

import { at } from "../src/core/assert.ts";
import { Random } from "../src/core/random.ts";
import {
  elementCount,
  operatorInputs,
  operatorOutputs,
  type ActivationTensor,
  type ElementType,
  type FusedActivation,
  type Gates,
  type Graph,
  type Operator,
  type Padding,
  type Plane,
  type Quantization,
  type Tensor,
  type TensorId,
} from "../src/artifacts/graph.ts";

const ACTIVATIONS: readonly FusedActivation[] = ["none", "none", "relu", "relu6", "relu-n1-to-1"];

export interface RandomGraphOptions {
  /** Only these kinds of operators; all of them when left out. */
  readonly kinds?: readonly Operator["kind"][];
  /** One int8 input and one int8 output, each operator reading the one before: what our own policies look like. */
  readonly chain?: boolean;
  /** How many times larger widths and images may be; 1 when left out. */
  readonly scale?: number;
}

export function randomGraph(seed: number, options: RandomGraphOptions = {}): Graph {
  return new GraphMaker(new Random(seed), options).make();
}

/** Raw input vectors, one after another: uniform bytes with the ends of the range among them; floats where the graph has such. */
export function randomInputs(graph: Graph, seed: number, vectors: number): Int8Array {
  const random = new Random(seed);
  const rows = Array.from({ length: vectors }, (_, vector) =>
    graph.inputs.flatMap((id) => {
      const { shape, type } = at(graph.tensors, id) as ActivationTensor;
      const count = elementCount(shape);
      if (type === "float32")
        return [...new Int8Array(Float32Array.from({ length: count }, () => Math.fround(random.normal() * 2)).buffer)];
      return Array.from({ length: count }, () => [-128, 127][vector] ?? random.integer(256) - 128);
    }),
  );
  return Int8Array.from(rows.flat());
}

interface SlidingWindow {
  readonly kernel: Plane;
  readonly to: Plane;
  readonly channels: number;
  readonly batches: number;
  readonly settings: {
    readonly padding: Padding;
    readonly stride: Plane;
    readonly dilation: Plane;
    readonly activation: FusedActivation;
  };
}

/** Appends one operator to `input` where its shape allows; undefined where not. */
type Append = (input: TensorId) => TensorId | undefined;

class GraphMaker {
  private readonly random: Random;
  private readonly options: RandomGraphOptions;
  private readonly tensors: Tensor[] = [];
  private readonly operators: Operator[] = [];
  private readonly inputs: TensorId[] = [];
  /** Tensors of int8 that an operator may read. */
  private readonly available: TensorId[] = [];

  constructor(random: Random, options: RandomGraphOptions) {
    this.random = random;
    this.options = options;
  }

  make(): Graph {
    const chain = this.options.chain === true;
    for (let count = chain ? 1 : this.from(1, 2); count > 0; count--) this.addInput(chain);
    const wanted = this.from(1, chain ? 5 : 7);
    for (let tries = 0; this.operators.length < wanted && tries < 60; tries++) this.appendSomething(chain);
    if (this.operators.length === 0) this.note(this.dense(at(this.available, 0)));
    const read = new Set(this.operators.flatMap(operatorInputs));
    const ends = this.operators.flatMap(operatorOutputs).filter((id) => !read.has(id));
    if (chain) return this.graph([at(ends, -1 + ends.length)]);
    return this.graph(ends.map((id) => (this.allows("dequantize") && this.isInt8(id) && this.chance(0.15) ? this.dequantize(id) : id)));
  }

  private graph(outputs: readonly TensorId[]): Graph {
    const read = new Set(this.operators.flatMap(operatorInputs));
    const inputs = this.inputs.filter((id) => read.has(id));
    return { tensors: this.tensors, operators: this.operators, inputs, outputs };
  }

  private addInput(chain: boolean): void {
    const shape = this.pick([
      [1, this.size(20)],
      [1, this.size(20)],
      [1, this.size(6), this.size(6), this.size(4)],
      [1, this.size(6), this.size(6), this.size(4)],
      ...(chain
        ? []
        : [
            [1, this.from(1, 5), this.from(1, 6)],
            [2, this.from(1, 7)],
            [2, this.from(2, 4), this.from(1, 4), this.from(1, 3)],
          ]),
    ]);
    const scale = Math.fround(this.random.uniform(0.005, 0.1));
    if (!chain && this.allows("quantize") && this.chance(0.2)) {
      const float = this.add("observation", shape, "float32", { scales: [], zeroPoint: 0, axis: 0 });
      this.inputs.push(float);
      const input = this.activation("quantized", shape, scale);
      this.operators.push({ kind: "quantize", input: float, output: input });
      this.available.push(input);
      return;
    }
    const input = this.activation("input", shape, scale);
    this.inputs.push(input);
    this.available.push(input);
  }

  private appendSomething(chain: boolean): void {
    const kind = this.pick(this.options.kinds ?? KINDS);
    const from = chain ? at(this.available, this.available.length - 1) : this.pick(this.available);
    const append = this.appenders[kind];
    const output = append(from);
    if (output !== undefined) this.note(output);
  }

  private note(output: TensorId): void {
    if (this.isInt8(output)) this.available.push(output);
  }

  private readonly appenders: Readonly<Record<Operator["kind"], Append>> = {
    "fully-connected": (input) => this.dense(input),
    "conv-2d": (input) => this.convolution(input),
    "depthwise-conv-2d": (input) => this.depthwise(input),
    "average-pool-2d": (input) => this.pool(input, "average-pool-2d"),
    "max-pool-2d": (input) => this.pool(input, "max-pool-2d"),
    mean: (input) => this.mean(input),
    reshape: (input) => this.reshape(input),
    pad: (input) => this.pad(input),
    add: (input) => this.arithmetic(input, "add"),
    sub: (input) => this.arithmetic(input, "sub"),
    mul: (input) => this.arithmetic(input, "mul"),
    concatenation: (input) => this.concatenation(input),
    split: (input) => this.split(input),
    "strided-slice": (input) => this.slice(input),
    relu: (input) => this.elementwise(input, "relu", this.someQuantization()),
    relu6: (input) => this.elementwise(input, "relu6", this.quantizationOf(input)),
    "leaky-relu": (input) => this.leakyRelu(input),
    logistic: (input) => this.elementwise(input, "logistic", { scales: [1 / 256], zeroPoint: -128, axis: 0 }),
    tanh: (input) => this.elementwise(input, "tanh", { scales: [1 / 128], zeroPoint: 0, axis: 0 }),
    "hard-swish": (input) => this.hardSwish(input),
    quantize: (input) => this.elementwise(input, "quantize", this.someQuantization()),
    dequantize: () => undefined,
    softmax: (input) => this.softmax(input),
    "arg-max": (input) => this.argMax(input),
    lstm: (input) => this.lstm(input),
  };

  private dense(input: TensorId): TensorId {
    const shape = this.shapeOf(input);
    const batches = shape.length === 2 ? at(shape, 0) : 1;
    const outputs = this.size(12);
    const { weights, bias, outputScale } = this.weights(input, [outputs, elementCount(shape) / batches], 0, outputs);
    const output = this.activation("dense", [batches, outputs], outputScale);
    const activation = this.pick(ACTIVATIONS);
    this.operators.push({ kind: "fully-connected", input, weights, bias: this.chance(0.2) ? null : bias(), output, activation });
    return output;
  }

  private convolution(input: TensorId): TensorId | undefined {
    const window = this.window(input, true);
    if (window === undefined) return undefined;
    const { kernel, to, channels, batches, settings } = window;
    const groups = channels % 2 === 0 && this.chance(0.2) ? 2 : 1;
    const outputs = groups * this.size(5);
    const { weights, bias, outputScale } = this.weights(input, [outputs, kernel.height, kernel.width, channels / groups], 0, outputs);
    const biasId = this.chance(0.2) ? null : bias();
    const output = this.activation("convolution", [batches, to.height, to.width, outputs], outputScale);
    this.operators.push({ kind: "conv-2d", input, weights, bias: biasId, output, ...settings });
    return output;
  }

  private depthwise(input: TensorId): TensorId | undefined {
    const window = this.window(input, true);
    if (window === undefined) return undefined;
    const { kernel, to, channels, batches, settings } = window;
    const outputs = channels * this.from(1, 3);
    const { weights, bias, outputScale } = this.weights(input, [1, kernel.height, kernel.width, outputs], 3, outputs);
    const biasId = this.chance(0.2) ? null : bias();
    const output = this.activation("depthwise", [batches, to.height, to.width, outputs], outputScale);
    this.operators.push({ kind: "depthwise-conv-2d", input, weights, bias: biasId, output, ...settings });
    return output;
  }

  private pool(input: TensorId, kind: "average-pool-2d" | "max-pool-2d"): TensorId | undefined {
    const window = this.window(input, false);
    if (window === undefined) return undefined;
    const { kernel, to, channels, batches, settings } = window;
    const { activation, padding, stride } = settings;
    const output = this.add("pool", [batches, to.height, to.width, channels], "int8", this.quantizationOf(input));
    this.operators.push({ kind, input, output, window: kernel, activation, padding, stride });
    return output;
  }

  private window(input: TensorId, mayDilate: boolean): SlidingWindow | undefined {
    const shape = this.shapeOf(input);
    if (shape.length !== 4) return undefined;
    const [batches = 1, height = 1, width = 1, channels = 1] = shape;
    const padding = this.pick<Padding>(["same", "valid"]);
    const longest = (size: number): number => (padding === "same" ? 4 : Math.min(4, size));
    const kernel: Plane = { height: this.from(1, longest(height)), width: this.from(1, longest(width)) };
    const stride: Plane = { height: this.from(1, 3), width: this.from(1, 3) };
    const reaches = (window: number, size: number): boolean => mayDilate && (window - 1) * 2 + 1 <= size;
    const dilation: Plane = {
      height: reaches(kernel.height, height) ? this.from(1, 2) : 1,
      width: reaches(kernel.width, width) ? this.from(1, 2) : 1,
    };
    const size = (extent: number, window: number, step: number, gap: number): number =>
      padding === "same" ? Math.ceil(extent / step) : Math.ceil((extent - (window - 1) * gap) / step);
    const to: Plane = {
      height: size(height, kernel.height, stride.height, dilation.height),
      width: size(width, kernel.width, stride.width, dilation.width),
    };
    return { kernel, to, channels, batches, settings: { padding, stride, dilation, activation: this.pick(ACTIVATIONS) } };
  }

  private mean(input: TensorId): TensorId {
    const shape = this.shapeOf(input);
    const axes = shape.map((_, axis) => axis).filter((axis) => axis > 0 && this.chance(0.6));
    if (axes.length === 0) axes.push(shape.length - 1);
    const keep = this.chance(0.5);
    const kept = shape.flatMap((size, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [size]));
    const output = this.add(
      "mean",
      kept.length === 0 ? [1] : kept,
      "int8",
      this.chance(0.5) ? this.quantizationOf(input) : this.someQuantization(),
    );
    this.operators.push({ kind: "mean", input, output, axes });
    return output;
  }

  private reshape(input: TensorId): TensorId {
    const count = elementCount(this.shapeOf(input));
    const shape = this.pick([
      [1, count],
      [1, 1, count, 1],
      [1, 1, count],
      ...(count % 2 === 0
        ? [
            [1, 2, count / 2],
            [1, count / 2, 1, 2],
          ]
        : []),
    ]);
    const output = this.add("reshape", shape, "int8", this.quantizationOf(input));
    this.operators.push({ kind: "reshape", input, output });
    return output;
  }

  private pad(input: TensorId): TensorId {
    const shape = this.shapeOf(input);
    const before = shape.map((_, axis) => (axis === 0 ? 0 : this.from(0, 2)));
    const after = shape.map((_, axis) => (axis === 0 ? 0 : this.from(0, 2)));
    const padded = shape.map((size, axis) => size + at(before, axis) + at(after, axis));
    const output = this.add("pad", padded, "int8", this.quantizationOf(input));
    this.operators.push({ kind: "pad", input, output, before, after });
    return output;
  }

  private arithmetic(input: TensorId, kind: "add" | "sub" | "mul"): TensorId {
    const shape = this.shapeOf(input);
    const same = this.available.filter((id) => id !== input && String(this.shapeOf(id)) === String(shape));
    const other = same.length > 0 && this.chance(0.7) ? this.pick(same) : this.chance(0.2) ? input : this.constantOperand(shape);
    const scales = [input, other].map((id) => at(this.quantizationOf(id).scales, 0));
    const natural = kind === "mul" ? at(scales, 0) * at(scales, 1) * 64 : Math.max(...scales);
    const output = this.activation(kind, shape, Math.fround(natural * this.random.uniform(0.3, 2)));
    const [left, right] = this.chance(0.5) ? [input, other] : [other, input];
    this.operators.push({ kind, left, right, output, activation: this.pick(ACTIVATIONS) });
    return output;
  }

  /** A scalar, a value a channel, or values for every element. */
  private constantOperand(shape: readonly number[]): TensorId {
    const own = this.pick<readonly number[]>([[], [1], shape.slice(-1), shape]);
    const data = Int8Array.from({ length: elementCount(own) }, () => this.random.integer(256) - 128);
    return this.tensors.push({ kind: "constant", name: this.name("operand"), shape: own, quantization: this.someQuantization(), data }) - 1;
  }

  private concatenation(input: TensorId): TensorId {
    const shape = this.shapeOf(input);
    const axis = this.random.integer(shape.length);
    const fits = (id: TensorId): boolean =>
      this.quantizationOf(id) === this.quantizationOf(input) &&
      this.shapeOf(id).length === shape.length &&
      this.shapeOf(id).every((size, each) => each === axis || size === shape[each]);
    const parts = Array.from({ length: this.from(1, 3) }, () => this.pick(this.available.filter(fits)));
    const joined = shape.with(
      axis,
      parts.reduce((sum, id) => sum + at(this.shapeOf(id), axis), 0),
    );
    const output = this.add("concatenation", joined, "int8", this.quantizationOf(input));
    this.operators.push({ kind: "concatenation", inputs: parts, output, axis });
    return output;
  }

  private split(input: TensorId): TensorId | undefined {
    const shape = this.shapeOf(input);
    const axis = this.random.integer(shape.length);
    const count = [4, 3, 2].find((parts) => at(shape, axis) % parts === 0);
    if (count === undefined) return undefined;
    const part = shape.with(axis, at(shape, axis) / count);
    const outputs = Array.from({ length: count }, () => this.add("split", part, "int8", this.quantizationOf(input)));
    this.operators.push({ kind: "split", input, outputs, axis });
    this.available.push(...outputs.slice(1));
    return at(outputs, 0);
  }

  private slice(input: TensorId): TensorId {
    const shape = this.shapeOf(input);
    const strides = shape.map((size) => this.pick([1, 1, 2, ...(size > 1 ? [-1] : [])]));
    const begin = shape.map((size, axis) => (at(strides, axis) < 0 ? size - 1 : this.random.integer(size)));
    const sizes = shape.map((size, axis) => {
      const stride = at(strides, axis);
      const most = stride < 0 ? Math.ceil((at(begin, axis) + 1) / -stride) : Math.ceil((size - at(begin, axis)) / stride);
      return this.from(1, most);
    });
    const output = this.add("slice", sizes, "int8", this.quantizationOf(input));
    this.operators.push({ kind: "strided-slice", input, output, begin, strides, sizes });
    return output;
  }

  private elementwise(
    input: TensorId,
    kind: "relu" | "relu6" | "logistic" | "tanh" | "hard-swish" | "quantize",
    quantization: Quantization,
  ): TensorId {
    const output = this.add(kind, this.shapeOf(input), "int8", quantization);
    this.operators.push({ kind, input, output });
    return output;
  }

  private leakyRelu(input: TensorId): TensorId {
    const output = this.add("leaky", this.shapeOf(input), "int8", this.someQuantization());
    const alpha = Math.fround(this.pick([0.01, 0.1, 0.3, 1.5, -0.2]));
    this.operators.push({ kind: "leaky-relu", input, output, alpha });
    return output;
  }

  /** Its output multiplier must not exceed 1. */
  private hardSwish(input: TensorId): TensorId {
    const scale = at(this.quantizationOf(input).scales, 0);
    const output = this.activation("swish", this.shapeOf(input), Math.fround(scale * this.random.uniform(0.6, 1.5)));
    this.operators.push({ kind: "hard-swish", input, output });
    return output;
  }

  private softmax(input: TensorId): TensorId {
    const output = this.add("softmax", this.shapeOf(input), "int8", { scales: [1 / 256], zeroPoint: -128, axis: 0 });
    this.operators.push({ kind: "softmax", input, output, beta: Math.fround(this.pick([1, 1, 0.5, 4])) });
    return output;
  }

  private argMax(input: TensorId): TensorId {
    const shape = this.shapeOf(input);
    const axis = this.random.integer(shape.length);
    const kept = shape.filter((_, each) => each !== axis);
    const output = this.add("index", kept.length === 0 ? [1] : kept, "int32", { scales: [], zeroPoint: 0, axis: 0 });
    this.operators.push({ kind: "arg-max", input, output, axis });
    return output;
  }

  private dequantize(input: TensorId): TensorId {
    const output = this.add("action", this.shapeOf(input), "float32", { scales: [], zeroPoint: 0, axis: 0 });
    this.operators.push({ kind: "dequantize", input, output });
    return output;
  }

  private lstm(input: TensorId): TensorId | undefined {
    const shape = this.shapeOf(input);
    if (shape.length !== 3) return undefined;
    const timeMajor = this.chance(0.3);
    const [first = 1, second = 1, features = 1] = shape;
    const batches = timeMajor ? second : first;
    const units = this.size(6);
    const gates = <Value>(make: () => Value): Gates<Value> => ({ input: make(), forget: make(), cell: make(), output: make() });
    const matrix = (width: number): TensorId => {
      const data = Int8Array.from({ length: units * width }, () => this.random.integer(255) - 127);
      const quantization = { scales: [Math.fround(this.random.uniform(0.002, 0.02))], zeroPoint: 0, axis: 0 };
      return this.tensors.push({ kind: "constant", name: this.name("weights"), shape: [units, width], quantization, data }) - 1;
    };
    const inputWeights = gates(() => matrix(features));
    const recurrentWeights = gates(() => matrix(units));
    const inputScale = at(this.quantizationOf(input).scales, 0);
    const biasFor = (weights: TensorId): TensorId => {
      const scale = Math.fround(inputScale * at(this.quantizationOf(weights).scales, 0));
      const data = Int32Array.from({ length: units }, () => Math.round((this.random.normal() * 0.5) / scale));
      const quantization = { scales: [scale], zeroPoint: 0, axis: 0 };
      return this.tensors.push({ kind: "constant", name: this.name("bias"), shape: [units], quantization, data }) - 1;
    };
    const bias = {
      input: biasFor(inputWeights.input),
      forget: biasFor(inputWeights.forget),
      cell: biasFor(inputWeights.cell),
      output: biasFor(inputWeights.output),
    };
    const hidden: Quantization = { scales: [Math.fround(this.random.uniform(0.005, 0.01))], zeroPoint: this.from(-20, 20), axis: 0 };
    const cell: Quantization = { scales: [2 ** this.pick([-12, -11, -10])], zeroPoint: 0, axis: 0 };
    const hiddenState =
      this.tensors.push({ kind: "variable", type: "int8", name: this.name("hidden"), shape: [batches, units], quantization: hidden }) - 1;
    const cellState =
      this.tensors.push({ kind: "variable", type: "int16", name: this.name("cell"), shape: [batches, units], quantization: cell }) - 1;
    const output = this.add("lstm", [first, second, units], "int8", hidden);
    const cellClip = this.chance(0.3) ? 1 : 0;
    this.operators.push({ kind: "lstm", input, inputWeights, recurrentWeights, bias, hiddenState, cellState, output, timeMajor, cellClip });
    return output;
  }

  /** Weights, a way to add their bias, and an output scale under which few outputs saturate, or, at times, many. */
  private weights(
    input: TensorId,
    shape: readonly number[],
    axis: number,
    outputs: number,
  ): { weights: TensorId; bias: () => TensorId; outputScale: number } {
    const depth = elementCount(shape) / outputs;
    const inputScale = at(this.quantizationOf(input).scales, 0);
    const scales = Array.from({ length: this.chance(0.5) ? 1 : outputs }, () => Math.fround(this.random.uniform(0.001, 0.02)));
    const data = Int8Array.from({ length: elementCount(shape) }, () => this.random.integer(255) - 127);
    const weights =
      this.tensors.push({ kind: "constant", name: this.name("weights"), shape, quantization: { scales, zeroPoint: 0, axis }, data }) - 1;
    const bias = (): TensorId => {
      const values = Int32Array.from({ length: outputs }, () => Math.round(this.random.normal() * 3000 * Math.sqrt(depth)));
      const quantization = { scales: scales.map((scale) => Math.fround(inputScale * scale)), zeroPoint: 0, axis: 0 };
      return this.tensors.push({ kind: "constant", name: this.name("bias"), shape: [outputs], quantization, data: values }) - 1;
    };
    const spread = this.pick([80, 80, 80, 10, 0.5]);
    return { weights, bias, outputScale: Math.fround(inputScale * Math.max(...scales) * Math.sqrt(depth) * spread) };
  }

  private activation(name: string, shape: readonly number[], scale: number): TensorId {
    return this.add(name, shape, "int8", { scales: [scale], zeroPoint: this.pick([-128, this.random.integer(256) - 128]), axis: 0 });
  }

  private add(name: string, shape: readonly number[], type: Exclude<ElementType, "int16">, quantization: Quantization): TensorId {
    return this.tensors.push({ kind: "activation", type, name: this.name(name), shape, quantization }) - 1;
  }

  private someQuantization(): Quantization {
    return { scales: [Math.fround(this.random.uniform(0.005, 0.1))], zeroPoint: this.random.integer(256) - 128, axis: 0 };
  }

  private shapeOf(id: TensorId): readonly number[] {
    return at(this.tensors, id).shape;
  }

  private quantizationOf(id: TensorId): Quantization {
    return at(this.tensors, id).quantization;
  }

  private isInt8(id: TensorId): boolean {
    const tensor = at(this.tensors, id);
    return tensor.kind === "activation" && tensor.type === "int8";
  }

  private allows(kind: Operator["kind"]): boolean {
    return (this.options.kinds ?? KINDS).includes(kind);
  }

  private name(kind: string): string {
    return `${kind}${this.tensors.length}`;
  }

  private chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  /** A size of something, `most` at the usual scale. */
  private size(most: number): number {
    return this.from(1, Math.round(most * (this.options.scale ?? 1)));
  }

  /** An integer, ends included. */
  private from(minimum: number, maximum: number): number {
    return minimum + this.random.integer(maximum - minimum + 1);
  }

  private pick<Element>(list: readonly Element[]): Element {
    return at(list, this.random.integer(list.length));
  }
}

/** Layers with weights more often than the rest. */
const KINDS: readonly Operator["kind"][] = [
  ...[
    "fully-connected",
    "fully-connected",
    "conv-2d",
    "conv-2d",
    "depthwise-conv-2d",
    "depthwise-conv-2d",
    "average-pool-2d",
    "max-pool-2d",
  ],
  ...["mean", "reshape", "pad", "add", "sub", "mul", "concatenation", "split", "strided-slice", "relu", "relu6", "leaky-relu", "logistic"],
  ...["tanh", "hard-swish", "quantize", "dequantize", "softmax", "arg-max", "lstm"],
] as readonly Operator["kind"][];
