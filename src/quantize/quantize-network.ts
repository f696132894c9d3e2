// A float network and a plan in, the int8 graph out that TFLite's kernels run: the same operators over quantized tensors, weights as
// int8, biases as int32 in steps of input times weight.

import { assert, at } from "../core/assert.ts";
import { clamp, roundHalfAway } from "../core/fixed-point.ts";
import type {
  Arithmetic,
  Convolution2d,
  DepthwiseConvolution2d,
  FullyConnected,
  Graph,
  Operator,
  Quantization,
  Tensor,
  TensorId,
} from "../artifacts/graph.ts";
import { parameterOf, type FloatNetwork, type FloatOperator } from "../artifacts/network.ts";
import type { QuantizationPlan } from "./plan-quantization.ts";
import { sliceOf, weightScales } from "./weight-scales.ts";

export interface QuantizedNetwork {
  /** Its inputs and outputs are the network's, in the same order. */
  readonly graph: Graph;
  /** Where each tensor of the network is in the graph; null for parameters. */
  readonly tensors: readonly (TensorId | null)[];
}

export function quantizeNetwork(network: FloatNetwork, plan: QuantizationPlan): Graph {
  return quantizeTensors(network, plan).graph;
}

/** The same, and which tensor became which. */
export function quantizeTensors(network: FloatNetwork, plan: QuantizationPlan): QuantizedNetwork {
  const builder = new GraphBuilder(network, plan);
  const inputs = network.inputs.map((id) => builder.activation(id));
  network.operators.forEach((operator, index) => {
    builder.operator(operator, index);
  });
  const outputs = network.outputs.map((id, position) => {
    const rescaled = plan.requantizations.find((each) => each.kind === "output" && each.position === position);
    return rescaled === undefined ? builder.activation(id) : builder.rescaled(id, rescaled.quantization);
  });
  return { graph: { tensors: builder.tensors, operators: builder.operators, inputs, outputs }, tensors: builder.places };
}

type Weighted = FullyConnected | Convolution2d | DepthwiseConvolution2d;

/** A bias in steps so fine that it needs more bits leaves no room for the sum. */
const LARGEST_BIAS = 2 ** 29;

class GraphBuilder {
  readonly tensors: Tensor[] = [];
  readonly operators: Operator[] = [];
  readonly places: (TensorId | null)[];
  private readonly network: FloatNetwork;
  private readonly plan: QuantizationPlan;
  /** Constants and rescaled tensors that are there already, by what they were made from. */
  private readonly made = new Map<string, TensorId>();

  constructor(network: FloatNetwork, plan: QuantizationPlan) {
    this.network = network;
    this.plan = plan;
    this.places = network.tensors.map(() => null);
  }

  /** The place of an activation in the graph. */
  activation(id: TensorId): TensorId {
    const { kind, name, shape } = at(this.network.tensors, id);
    assert(kind === "activation", `${name} is a parameter, and only weights, biases and one side of arithmetic may be`);
    return (this.places[id] ??= this.add({ kind, type: "int8", name, shape, quantization: this.quantization(id) }));
  }

  /** The same values in other steps. */
  rescaled(id: TensorId, quantization: Quantization): TensorId {
    return this.once(`${id} in ${quantization.scales.join()} from ${quantization.zeroPoint}`, () => {
      const input = this.activation(id);
      const { name, shape } = at(this.network.tensors, id);
      const output = this.add({ kind: "activation", type: "int8", name: `${name}/rescaled`, shape, quantization });
      this.operators.push({ kind: "quantize", input, output });
      return output;
    });
  }

  operator(operator: FloatOperator, index: number): void {
    const read = (id: TensorId): TensorId => {
      const change = this.plan.requantizations.find((each) => each.kind === "operand" && each.operator === index && each.tensor === id);
      return change === undefined ? this.activation(id) : this.rescaled(id, change.quantization);
    };
    switch (operator.kind) {
      case "fully-connected":
      case "conv-2d":
      case "depthwise-conv-2d":
        this.weighted(operator);
        break;
      case "add":
      case "sub":
      case "mul":
        this.arithmetic(operator);
        break;
      case "concatenation": {
        const inputs = operator.inputs.map(read);
        this.operators.push({ ...operator, inputs, output: this.activation(operator.output) });
        break;
      }
      case "split": {
        const input = read(operator.input);
        this.operators.push({ ...operator, input, outputs: operator.outputs.map((id) => this.activation(id)) });
        break;
      }
      default: {
        const input = read(operator.input);
        this.operators.push({ ...operator, input, output: this.activation(operator.output) });
      }
    }
  }

  private weighted(operator: Weighted): void {
    const axis = operator.kind === "depthwise-conv-2d" ? 3 : 0;
    const parameter = parameterOf(this.network, operator.weights);
    const inputScale = at(this.quantization(operator.input).scales, 0);
    const bias = operator.bias === null ? null : parameterOf(this.network, operator.bias);
    const slices = this.plan.weightGranularity === "per-tensor" ? 1 : at(parameter.shape, axis);
    const slice = (output: number): number => (slices === 1 ? 0 : output);
    const scales = weightScales(parameter, axis, this.plan.weightGranularity);
    bias?.data.forEach((value, output) => {
      const smallest = Math.abs(value) / (inputScale * LARGEST_BIAS);
      if (at(scales, slice(output)) < smallest) scales[slice(output)] = Math.fround(smallest);
    });
    const input = this.activation(operator.input);
    const weights = this.weights(operator.weights, scales, axis);
    const biasId =
      operator.bias === null
        ? null
        : this.bias(
            operator.bias,
            scales.map((scale) => Math.fround(inputScale * scale)),
          );
    this.operators.push({ ...operator, input, weights, bias: biasId, output: this.activation(operator.output) });
  }

  private arithmetic(operator: Arithmetic): void {
    const side = (id: TensorId): TensorId => {
      const tensor = at(this.network.tensors, id);
      return tensor.kind === "activation" ? this.activation(id) : this.weights(id, weightScales(tensor, 0, "per-tensor"), 0);
    };
    const [left, right] = [side(operator.left), side(operator.right)];
    this.operators.push({ ...operator, left, right, output: this.activation(operator.output) });
  }

  private weights(id: TensorId, scales: readonly number[], axis: number): TensorId {
    const { name, shape, data } = parameterOf(this.network, id);
    const slice = sliceOf(shape, axis, scales.length);
    return this.once(`${id} along ${axis} in ${scales.join()}`, () => {
      const integers = Int8Array.from(data, (weight, index) => clamp(roundHalfAway(weight / at(scales, slice(index))), -127, 127));
      return this.add({ kind: "constant", name, shape, quantization: { scales, zeroPoint: 0, axis }, data: integers });
    });
  }

  private bias(id: TensorId, scales: readonly number[]): TensorId {
    const { name, shape, data } = parameterOf(this.network, id);
    return this.once(`${id} in ${scales.join()}`, () => {
      const integers = Int32Array.from(data, (value, output) => roundHalfAway(value / at(scales, scales.length === 1 ? 0 : output)));
      return this.add({ kind: "constant", name, shape, quantization: { scales, zeroPoint: 0, axis: 0 }, data: integers });
    });
  }

  private quantization(id: TensorId): Quantization {
    const quantization = this.plan.activations[id];
    assert(quantization !== null && quantization !== undefined, `the plan leaves out ${at(this.network.tensors, id).name}`);
    return quantization;
  }

  private once(key: string, make: () => TensorId): TensorId {
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const id = make();
    this.made.set(key, id);
    return id;
  }

  private add(tensor: Tensor): TensorId {
    return this.tensors.push(tensor) - 1;
  }
}
