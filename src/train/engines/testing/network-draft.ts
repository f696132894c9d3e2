// Puts small networks together for tests of engines, operator by operator, with random parameters.

import { elementCount, type FusedActivation, type Padding, type TensorId } from "../../../artifacts/graph.ts";
import { verifyNetwork, type FloatNetwork, type FloatOperator, type FloatTensor } from "../../../artifacts/network.ts";
import { at } from "../../../core/assert.ts";
import { Random } from "../../../core/random.ts";

type WithoutOutput<Operator> = Operator extends { readonly output: TensorId } ? Omit<Operator, "output"> : never;

export class NetworkDraft {
  readonly random: Random;
  private readonly tensors: FloatTensor[] = [];
  private readonly operators: FloatOperator[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  activation(shape: readonly number[]): TensorId {
    return this.tensors.push({ kind: "activation", name: `tensor${this.tensors.length}`, shape }) - 1;
  }

  /** Uniform in -limit..limit. */
  parameter(shape: readonly number[], limit: number): TensorId {
    const data = Float32Array.from({ length: elementCount(shape) }, () => this.random.uniform(-limit, limit));
    return this.tensors.push({ kind: "parameter", name: `tensor${this.tensors.length}`, shape, data }) - 1;
  }

  /** Adds an operator with an output of this shape. */
  add(operator: WithoutOutput<FloatOperator>, shape: readonly number[]): TensorId {
    const output = this.activation(shape);
    this.operators.push({ ...operator, output });
    return output;
  }

  split(input: TensorId, axis: number, parts: number): readonly TensorId[] {
    const shape = this.shapeOf(input).map((size, dimension) => (dimension === axis ? size / parts : size));
    const outputs = Array.from({ length: parts }, () => this.activation(shape));
    this.operators.push({ kind: "split", input, outputs, axis });
    return outputs;
  }

  dense(input: TensorId, outputs: number, activation: FusedActivation = "none"): TensorId {
    const inputs = elementCount(this.shapeOf(input));
    const weights = this.parameter([outputs, inputs], Math.sqrt(3 / inputs));
    return this.add({ kind: "fully-connected", input, weights, bias: this.parameter([outputs], 0.5), activation }, [1, outputs]);
  }

  reshape(input: TensorId, shape: readonly number[]): TensorId {
    return this.add({ kind: "reshape", input }, shape);
  }

  shapeOf(id: TensorId): readonly number[] {
    return at(this.tensors, id).shape;
  }

  network(inputs: readonly TensorId[], outputs: readonly TensorId[]): FloatNetwork {
    const network = { tensors: this.tensors, operators: this.operators, inputs, outputs };
    verifyNetwork(network);
    return network;
  }
}

function outputLength(length: number, window: number, stride: number, dilation: number, padding: Padding): number {
  return padding === "same" ? Math.ceil(length / stride) : Math.floor((length - (window - 1) * dilation - 1) / stride) + 1;
}

interface WindowShape {
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly padding: Padding;
  readonly activation?: FusedActivation;
}

/** Of an image and any operator that slides a window over it. @param channels of the output. */
export function slide(
  draft: NetworkDraft,
  kind: "conv-2d" | "depthwise-conv-2d" | "average-pool-2d" | "max-pool-2d",
  input: TensorId,
  channels: number,
  { window: [height, width], stride: [down, across], dilation: [rows, columns] = [1, 1], padding, activation = "none" }: WindowShape,
): TensorId {
  const [, imageHeight, imageWidth, depth] = draft.shapeOf(input) as [number, number, number, number];
  const shape = [
    1,
    outputLength(imageHeight, height, down, rows, padding),
    outputLength(imageWidth, width, across, columns, padding),
    channels,
  ];
  const common = { input, stride: { height: down, width: across }, padding, activation };
  if (kind === "average-pool-2d" || kind === "max-pool-2d") return draft.add({ ...common, kind, window: { height, width } }, shape);
  const dilation = { height: rows, width: columns };
  const weights =
    kind === "conv-2d"
      ? draft.parameter([channels, height, width, depth], Math.sqrt(3 / (height * width * depth)))
      : draft.parameter([1, height, width, channels], Math.sqrt(3 / (height * width)));
  return draft.add({ ...common, kind, weights, bias: draft.parameter([channels], 0.5), dilation }, shape);
}
