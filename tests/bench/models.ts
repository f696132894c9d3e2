// The policies that are measured: A to E, and the demo's. A and D are golden files; the others are made here, with weights from a
// seed, in both forms that weights have: a scale a channel, as reflexarc quantizes, and one scale a layer.

import { Random } from "../../src/core/random.ts";
import { valueOf } from "../../src/core/diagnostic.ts";
import type { ConstantTensor, FusedActivation, Graph, Operator, Plane, Quantization, Tensor, TensorId } from "../../src/artifacts/graph.ts";
import type { WeightGranularity } from "../../src/quantize/plan-quantization.ts";
import { denseNetwork, quantizedUniformly } from "../../src/quantize/testing.ts";
import { readTflite } from "../../src/tflite/read.ts";
import { goldenCase } from "../golden/models.ts";

export interface BenchModel {
  /** As the tables name it. */
  readonly name: string;
  readonly graph: Graph;
}

export function benchModels(): readonly BenchModel[] {
  const golden = (name: "mlpA" | "convD"): Graph => valueOf(readTflite(goldenCase(name).model, name));
  return [
    { name: "A: 8-16-16-2", graph: golden("mlpA") },
    { name: "demo: 24-32-16-4", graph: mlp([24, 32, 16, 4], "per-channel") },
    { name: "B: 24-64-64-4", graph: mlp([24, 64, 64, 4], "per-channel") },
    { name: "B, one scale a layer", graph: mlp([24, 64, 64, 4], "per-tensor") },
    { name: "C: 64-128-128-64-8", graph: mlp([64, 128, 128, 64, 8], "per-channel") },
    { name: "C, one scale a layer", graph: mlp([64, 128, 128, 64, 8], "per-tensor") },
    { name: "D: temporal conv", graph: golden("convD") },
    { name: "E: 48x48 vision", graph: vision() },
  ];
}

/** Dense layers with ReLU between them, weights as an initialiser makes them, calibrated on uniform inputs. */
export function mlp(widths: readonly number[], granularity: WeightGranularity, seed = 1): Graph {
  return quantizedUniformly(denseNetwork(widths, "relu", new Random(seed)), { granularity });
}

/** A small net for a 48 x 48 grey image: convolution, two depthwise separable blocks, global average, four outputs. */
function vision(): Graph {
  const maker = new VisionMaker();
  const image = maker.activation([1, 48, 48, 1], 2 / 255, 0);
  const first = maker.convolution(image, [1, 24, 24, 8], { height: 3, width: 3 }, 2, 1);
  const second = maker.depthwise(first, [1, 24, 24, 8], 1);
  const third = maker.convolution(second, [1, 24, 24, 16], { height: 1, width: 1 }, 1, 8);
  const fourth = maker.depthwise(third, [1, 12, 12, 16], 2);
  const fifth = maker.convolution(fourth, [1, 12, 12, 32], { height: 1, width: 1 }, 1, 16);
  const pooled = maker.globalAverage(fifth, 12, 32);
  const output = maker.dense(pooled, 32, 4);
  return { tensors: maker.tensors, operators: maker.operators, inputs: [image], outputs: [output] };
}

class VisionMaker {
  readonly tensors: Tensor[] = [];
  readonly operators: Operator[] = [];
  private readonly random = new Random(5);

  activation(shape: readonly number[], scale: number, zeroPoint = -128): TensorId {
    return this.add({ scales: [Math.fround(scale)], zeroPoint, axis: 0 }, shape);
  }

  convolution(input: TensorId, shape: readonly number[], kernel: Plane, stride: number, depth: number): TensorId {
    const outputs = shape[3] ?? 0;
    const { weights, bias, scale } = this.weights(input, [outputs, kernel.height, kernel.width, depth], 0, outputs);
    const output = this.activation(shape, scale);
    this.operators.push({ kind: "conv-2d", input, weights, bias, output, ...same(stride) });
    return output;
  }

  depthwise(input: TensorId, shape: readonly number[], stride: number): TensorId {
    const outputs = shape[3] ?? 0;
    const { weights, bias, scale } = this.weights(input, [1, 3, 3, outputs], 3, outputs);
    const output = this.activation(shape, scale);
    this.operators.push({ kind: "depthwise-conv-2d", input, weights, bias, output, ...same(stride) });
    return output;
  }

  globalAverage(input: TensorId, size: number, channels: number): TensorId {
    const pooled = this.add(this.quantizationOf(input), [1, 1, 1, channels]);
    const window = { height: size, width: size };
    this.operators.push({ kind: "average-pool-2d", input, output: pooled, window, padding: "valid", stride: window, activation: "none" });
    const flat = this.add(this.quantizationOf(input), [1, channels]);
    this.operators.push({ kind: "reshape", input: pooled, output: flat });
    return flat;
  }

  dense(input: TensorId, inputs: number, outputs: number): TensorId {
    const { weights, bias, scale } = this.weights(input, [outputs, inputs], 0, outputs);
    const output = this.activation([1, outputs], scale, 5);
    this.operators.push({ kind: "fully-connected", input, weights, bias, output, activation: "none" });
    return output;
  }

  /** Weights with a scale a channel, a bias, and an output scale that few outputs exceed. */
  private weights(
    input: TensorId,
    shape: readonly number[],
    axis: number,
    outputs: number,
  ): { weights: TensorId; bias: TensorId; scale: number } {
    const count = shape.reduce((product, size) => product * size, 1);
    const inputScale = this.quantizationOf(input).scales[0] ?? 1;
    const scales = Array.from({ length: outputs }, () => Math.fround(this.random.uniform(0.003, 0.01)));
    const weights = this.constant({ scales, zeroPoint: 0, axis }, shape, this.integers(Int8Array, count, 127));
    const biasScales = scales.map((scale) => Math.fround(inputScale * scale));
    const bias = this.constant({ scales: biasScales, zeroPoint: 0, axis: 0 }, [outputs], this.integers(Int32Array, outputs, 4000));
    return { weights, bias, scale: inputScale * 0.0065 * Math.sqrt(count / outputs) * 64 };
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

  private add(quantization: Quantization, shape: readonly number[]): TensorId {
    return this.tensors.push({ kind: "activation", type: "int8", name: `layer${this.tensors.length}`, shape, quantization }) - 1;
  }

  private quantizationOf(id: TensorId): Quantization {
    return this.tensors[id]?.quantization ?? { scales: [1], zeroPoint: 0, axis: 0 };
  }
}

interface SameSettings {
  readonly padding: "same";
  readonly stride: Plane;
  readonly dilation: Plane;
  readonly activation: FusedActivation;
}

function same(stride: number): SameSettings {
  return { padding: "same", stride: { height: stride, width: stride }, dilation: { height: 1, width: 1 }, activation: "relu" };
}
