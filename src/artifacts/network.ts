// A float network before quantization: the operators of the int8 graph over float tensors, so that quantizing it means choosing a
// quantization for each tensor, and nothing else. Training, quantization and imported models meet here.
//
// The first input is what the policy senses, the first output what it says (see policy-form.ts). A network that remembers has a further
// input for each piece of state, and a further output with that state's next value, in the same order; at first it is zero.

import { assert, at } from "../core/assert.ts";
import {
  elementCount,
  operatorInputs,
  operatorOutputs,
  type ArgMax,
  type Elementwise,
  type Lstm,
  type Operator,
  type TensorId,
} from "./graph.ts";

/** Computed, or an input. The first dimension is 1 and stands for the rows of a batch. */
export interface FloatActivation {
  readonly kind: "activation";
  readonly name: string;
  readonly shape: readonly number[];
}

/** Learnt: weights and biases, in TFLite's shapes and orders. Several operators may share one. */
export interface Parameter {
  readonly kind: "parameter";
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type FloatTensor = FloatActivation | Parameter;

export type FloatElementwise = Elementwise & { readonly kind: Exclude<Elementwise["kind"], "quantize" | "dequantize"> };

export type FloatOperator = Exclude<Operator, Elementwise | ArgMax | Lstm> | FloatElementwise;

/** Operators in the order of execution. */
export interface FloatNetwork {
  readonly tensors: readonly FloatTensor[];
  readonly operators: readonly FloatOperator[];
  readonly inputs: readonly TensorId[];
  readonly outputs: readonly TensorId[];
}

/** Elements of one row of the first input. */
export function networkInputs(network: FloatNetwork): number {
  return elementCount(at(network.tensors, at(network.inputs, 0)).shape);
}

/** Elements of one row of the first output. */
export function networkOutputs(network: FloatNetwork): number {
  return elementCount(at(network.tensors, at(network.outputs, 0)).shape);
}

/** Ids of the parameters that operators use, ascending, each once. */
export function parameterIds(network: FloatNetwork): readonly TensorId[] {
  const used = new Set(network.operators.flatMap(operatorInputs));
  return network.tensors.flatMap((tensor, id) => (tensor.kind === "parameter" && used.has(id) ? [id] : []));
}

/** Ids of the parameters that some operator adds as its bias. */
export function biasIds(network: FloatNetwork): ReadonlySet<TensorId> {
  return new Set(network.operators.flatMap((operator) => ("bias" in operator && operator.bias !== null ? [operator.bias] : [])));
}

/** The parameter with this id. */
export function parameterOf(network: FloatNetwork, id: TensorId): Parameter {
  const tensor = at(network.tensors, id);
  assert(tensor.kind === "parameter", `${tensor.name} is no parameter`);
  return tensor;
}

/** Weights and biases together. */
export function parameterCount(network: FloatNetwork): number {
  return parameterIds(network).reduce((sum, id) => sum + parameterOf(network, id).data.length, 0);
}

/** The same network with other values of some parameters. */
export function withParameters(network: FloatNetwork, values: ReadonlyMap<TensorId, Float32Array>): FloatNetwork {
  const tensors = network.tensors.map((tensor, id) => {
    const data = values.get(id);
    return tensor.kind === "parameter" && data !== undefined ? { ...tensor, data } : tensor;
  });
  return { ...network, tensors };
}

/** The same operator between other tensors. */
export function withTensors(operator: FloatOperator, rename: (id: TensorId) => TensorId): FloatOperator {
  switch (operator.kind) {
    case "fully-connected":
    case "conv-2d":
    case "depthwise-conv-2d": {
      const { input, weights, bias, output } = operator;
      return {
        ...operator,
        input: rename(input),
        weights: rename(weights),
        bias: bias === null ? null : rename(bias),
        output: rename(output),
      };
    }
    case "add":
    case "sub":
    case "mul":
      return { ...operator, left: rename(operator.left), right: rename(operator.right), output: rename(operator.output) };
    case "concatenation":
      return { ...operator, inputs: operator.inputs.map(rename), output: rename(operator.output) };
    case "split":
      return { ...operator, input: rename(operator.input), outputs: operator.outputs.map(rename) };
    default:
      return { ...operator, input: rename(operator.input), output: rename(operator.output) };
  }
}

/** @throws AssertionError when a tensor does not fit its data, is used before it is computed or is computed twice, or holds a number that
 * is not finite. */
export function verifyNetwork(network: FloatNetwork): void {
  const known = new Set<TensorId>(network.inputs);
  network.tensors.forEach((tensor, id) => {
    if (tensor.kind !== "parameter") return;
    known.add(id);
    assert(tensor.data.length === elementCount(tensor.shape), `${tensor.name}: its data does not fit its shape`);
    assert(tensor.data.every(Number.isFinite), `${tensor.name}: not finite`);
  });
  network.operators.forEach((operator) => {
    for (const id of operatorInputs(operator)) assert(known.has(id), `${at(network.tensors, id).name} is used before it is computed`);
    for (const id of operatorOutputs(operator)) {
      assert(!known.has(id), `${at(network.tensors, id).name} is computed twice`);
      known.add(id);
    }
  });
  for (const id of network.outputs) assert(known.has(id), `${at(network.tensors, id).name} is never computed`);
  assert(network.inputs.length === network.outputs.length, "each state goes in and comes out");
}
