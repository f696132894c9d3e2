// A seed in, a small valid float network out: operators of every kind, branches, images, rows and batches of rows, parameters on one side
// of arithmetic. For properties of what runs or quantizes any network.

import { at } from "../../core/assert.ts";
import { Random } from "../../core/random.ts";
import { elementCount, type FusedActivation, type Padding, type Plane, type TensorId } from "../../artifacts/graph.ts";
import type { FloatNetwork, FloatOperator, FloatTensor } from "../../artifacts/network.ts";

const ACTIVATIONS: readonly FusedActivation[] = ["none", "none", "relu", "relu6", "relu-n1-to-1"];

/** All there are. */
export const RANDOM_KINDS: readonly FloatOperator["kind"][] = [
  ...(["fully-connected", "conv-2d", "depthwise-conv-2d", "average-pool-2d", "max-pool-2d", "mean", "reshape", "pad"] as const),
  ...(["add", "sub", "mul", "concatenation", "split", "strided-slice", "relu", "relu6", "logistic", "tanh", "hard-swish"] as const),
  ...(["leaky-relu", "softmax"] as const),
];

/** One input, one output. @param kinds operators to choose from, each about as often. */
export function randomNetwork(seed: number, kinds: readonly FloatOperator["kind"][] = RANDOM_KINDS): FloatNetwork {
  return new NetworkMaker(new Random(seed)).make(kinds);
}

class NetworkMaker {
  private readonly random: Random;
  private readonly tensors: FloatTensor[] = [];
  private readonly operators: FloatOperator[] = [];
  /** Tensors that an operator may read. */
  private readonly available: TensorId[] = [];

  constructor(random: Random) {
    this.random = random;
  }

  make(kinds: readonly FloatOperator["kind"][]): FloatNetwork {
    const image = [1, this.from(1, 6), this.from(1, 6), this.from(1, 4)];
    const input = this.activation(this.pick([[1, this.from(1, 20)], image, image, [1, this.from(1, 5), this.from(1, 6)]]));
    const wanted = this.from(1, 8);
    for (let tries = 0; this.operators.length < wanted && tries < 60; tries++) {
      this.append(this.pick(kinds), this.random.next() < 0.6 ? at(this.available, this.available.length - 1) : this.pick(this.available));
    }
    if (this.operators.length === 0) this.dense(input);
    return { tensors: this.tensors, operators: this.operators, inputs: [input], outputs: [at(this.available, this.available.length - 1)] };
  }

  private append(kind: FloatOperator["kind"], input: TensorId): void {
    const shape = this.shape(input);
    const image = shape.length === 4;
    if (shape.length === 1) return;
    switch (kind) {
      case "fully-connected":
        this.dense(input);
        break;
      case "conv-2d":
        if (image) this.convolution(input);
        break;
      case "depthwise-conv-2d":
        if (image) this.depthwise(input);
        break;
      case "average-pool-2d":
      case "max-pool-2d":
        if (image) this.pool(input, kind);
        break;
      case "mean": {
        const axes = shape.flatMap((_, dimension) => (dimension > 0 && this.random.next() < 0.6 ? [dimension] : []));
        const keep = this.random.next() < 0.5;
        const to = shape.flatMap((size, dimension) => (axes.includes(dimension) ? (keep ? [1] : []) : [size]));
        if (axes.length > 0) this.operators.push({ kind, input, axes, output: this.activation(to) });
        break;
      }
      case "reshape":
        this.operators.push({
          kind,
          input,
          output: this.activation(
            this.pick(
              [[1, elementCount(shape)], [...shape, 1].slice(0, 4), [1, 1, elementCount(shape)]].filter(
                (to) => elementCount(to) === elementCount(shape),
              ),
            ),
          ),
        });
        break;
      case "pad": {
        const around = (): number[] => shape.map((_, dimension) => (dimension === 0 ? 0 : this.from(0, 2)));
        const [before, after] = [around(), around()];
        const to = shape.map((size, dimension) => at(before, dimension) + size + at(after, dimension));
        this.operators.push({ kind, input, before, after, output: this.activation(to) });
        break;
      }
      case "add":
      case "sub":
      case "mul":
        this.arithmetic(input, kind);
        break;
      case "concatenation": {
        const axis = this.from(1, shape.length - 1);
        const fits = (id: TensorId): boolean =>
          this.shape(id).length === shape.length &&
          this.shape(id).every((size, dimension) => dimension === axis || size === shape[dimension]);
        const inputs = [input, ...this.available.filter(fits).slice(0, this.from(0, 3))];
        const total = inputs.reduce((sum, id) => sum + at(this.shape(id), axis), 0);
        this.operators.push({ kind, inputs, axis, output: this.activation(shape.with(axis, total)) });
        break;
      }
      case "split": {
        const axis = this.from(1, shape.length - 1);
        const parts = this.pick([1, 2, 3, 4].filter((count) => at(shape, axis) % count === 0));
        const to = shape.with(axis, at(shape, axis) / parts);
        this.operators.push({ kind, input, axis, outputs: Array.from({ length: parts }, () => this.activation(to)) });
        break;
      }
      case "strided-slice": {
        const slices = shape.map((size, dimension) => {
          const stride = dimension === 0 ? 1 : this.pick([1, 1, 2, -1]);
          const first = this.from(0, size - 1);
          return { first, stride, count: this.from(1, stride > 0 ? Math.ceil((size - first) / stride) : first + 1) };
        });
        const sizes = slices.map(({ count }) => count);
        const drops = this.random.next() < 0.3 && shape.length > 2 && at(sizes, 1) === 1 && at(sizes, 2) !== 1;
        const output = this.activation(drops ? sizes.toSpliced(1, 1) : sizes);
        this.operators.push({
          kind,
          input,
          output,
          begin: slices.map(({ first }) => first),
          strides: slices.map(({ stride }) => stride),
          sizes,
        });
        break;
      }
      case "relu":
      case "relu6":
      case "logistic":
      case "tanh":
      case "hard-swish":
        this.operators.push({ kind, input, output: this.activation(shape) });
        break;
      case "leaky-relu":
        this.operators.push({ kind, input, output: this.activation(shape), alpha: Math.fround(this.random.uniform(-0.5, 1.5)) });
        break;
      case "softmax":
        this.operators.push({ kind, input, output: this.activation(shape), beta: this.pick([1, 1, 0.5]) });
        break;
    }
  }

  private dense(input: TensorId): void {
    const shape = this.shape(input);
    const inputs = this.pick([at(shape, shape.length - 1), elementCount(shape)]);
    const outputs = this.from(1, 12);
    const batches = elementCount(shape) / inputs;
    const to = inputs === elementCount(shape) ? [1, outputs] : batches === at(shape, 0) ? [batches, outputs] : shape.with(-1, outputs);
    const weights = this.parameter([outputs, inputs], inputs);
    this.operators.push({
      kind: "fully-connected",
      input,
      weights,
      bias: this.bias(outputs),
      output: this.activation(to),
      activation: this.pick(ACTIVATIONS),
    });
  }

  private convolution(input: TensorId): void {
    const channels = at(this.shape(input), 3);
    const groups = this.pick([1, 2, 3, 4].filter((count) => channels % count === 0));
    const outputs = groups * this.from(1, 3);
    const window = this.window(input, outputs);
    if (window === null) return;
    const { kernel, ...settings } = window;
    const depth = channels / groups;
    const weights = this.parameter([outputs, kernel.height, kernel.width, depth], kernel.height * kernel.width * depth);
    this.operators.push({ kind: "conv-2d", input, weights, bias: this.bias(outputs), ...settings });
  }

  private depthwise(input: TensorId): void {
    const outputs = at(this.shape(input), 3) * this.from(1, 2);
    const window = this.window(input, outputs);
    if (window === null) return;
    const { kernel, ...settings } = window;
    const weights = this.parameter([1, kernel.height, kernel.width, outputs], kernel.height * kernel.width);
    this.operators.push({ kind: "depthwise-conv-2d", input, weights, bias: this.bias(outputs), ...settings });
  }

  private pool(input: TensorId, kind: "average-pool-2d" | "max-pool-2d"): void {
    const window = this.window(input, at(this.shape(input), 3), true);
    if (window === null) return;
    const { kernel, output, activation, padding, stride } = window;
    this.operators.push({ kind, input, output, activation, padding, stride, window: kernel });
  }

  private arithmetic(input: TensorId, kind: "add" | "sub" | "mul"): void {
    const shape = this.shape(input);
    const other = this.pick<() => TensorId>([
      () => this.parameter([at(shape, shape.length - 1)], 1),
      () => this.parameter([1], 1),
      () => this.pick(this.available.filter((id) => this.shape(id).join() === shape.join())),
      () => this.pick(this.available.filter((id) => this.shape(id).join() === shape.join())),
    ])();
    const [left, right] = this.pick([
      [input, other],
      [other, input],
    ] as const);
    this.operators.push({ kind, left, right, output: this.activation(shape), activation: this.pick(ACTIVATIONS) });
  }

  private window(
    input: TensorId,
    channels: number,
    undilated = false,
  ): { kernel: Plane; dilation: Plane; stride: Plane; padding: Padding; activation: FusedActivation; output: TensorId } | null {
    const plane = (most: number): Plane => ({ height: this.from(1, most), width: this.from(1, most) });
    const [kernel, stride, dilation] = [plane(3), plane(2), undilated ? { height: 1, width: 1 } : plane(2)];
    const padding = this.pick<Padding>(["same", "valid"]);
    const [, height = 0, width = 0] = this.shape(input);
    const size = (from: number, side: keyof Plane): number =>
      padding === "same" ? Math.ceil(from / stride[side]) : Math.ceil((from - (kernel[side] - 1) * dilation[side]) / stride[side]);
    const [toHeight, toWidth] = [size(height, "height"), size(width, "width")];
    if (toHeight < 1 || toWidth < 1) return null;
    const output = this.activation([1, toHeight, toWidth, channels]);
    return { kernel, dilation, stride, padding, activation: this.pick(ACTIVATIONS), output };
  }

  private bias(outputs: number): TensorId | null {
    return this.random.next() < 0.2 ? null : this.parameter([outputs], 4);
  }

  /** Rows of very different size: what a scale a layer serves badly. */
  private parameter(shape: readonly number[], inputs: number): TensorId {
    const deviation = Math.sqrt(2 / inputs);
    const data = Float32Array.from({ length: elementCount(shape) }, () => this.random.normal() * deviation * this.pick([1, 1, 0.3]));
    return this.tensors.push({ kind: "parameter", name: `parameter${this.tensors.length}`, shape, data }) - 1;
  }

  private activation(shape: readonly number[]): TensorId {
    const id = this.tensors.push({ kind: "activation", name: `tensor${this.tensors.length}`, shape }) - 1;
    this.available.push(id);
    return id;
  }

  private shape(id: TensorId): readonly number[] {
    return at(this.tensors, id).shape;
  }

  private from(least: number, most: number): number {
    return least + this.random.integer(most - least + 1);
  }

  private pick<Value>(list: readonly Value[]): Value {
    return at(list, this.random.integer(list.length));
  }
}
