// A float network that can be changed: what the passes of simplify.ts and the fit to a robot work on.

import { at } from "../core/assert.ts";
import { canonicalJson, hash64 } from "../core/hash.ts";
import { operatorInputs, operatorOutputs, type TensorId } from "../artifacts/graph.ts";
import { parameterOf, withTensors, type FloatNetwork, type FloatOperator, type FloatTensor } from "../artifacts/network.ts";

export class NetworkEditor {
  readonly tensors: FloatTensor[];
  operators: FloatOperator[];
  inputs: TensorId[];
  outputs: TensorId[];

  constructor({ tensors, operators, inputs, outputs }: FloatNetwork) {
    this.tensors = [...tensors];
    this.operators = [...operators];
    this.inputs = [...inputs];
    this.outputs = [...outputs];
  }

  shape(id: TensorId): readonly number[] {
    return at(this.tensors, id).shape;
  }

  /** The values of a parameter, or null for what is computed. */
  constant(id: TensorId): Float32Array | null {
    const tensor = at(this.tensors, id);
    return tensor.kind === "parameter" ? tensor.data : null;
  }

  activation(name: string, shape: readonly number[]): TensorId {
    return this.tensors.push({ kind: "activation", name, shape }) - 1;
  }

  parameter(name: string, shape: readonly number[], data: ArrayLike<number>): TensorId {
    return this.tensors.push({ kind: "parameter", name, shape, data: Float32Array.from(data) }) - 1;
  }

  producer(id: TensorId): FloatOperator | undefined {
    return this.operators.find((operator) => operatorOutputs(operator).includes(id));
  }

  consumers(id: TensorId): readonly FloatOperator[] {
    return this.operators.filter((operator) => operatorInputs(operator).includes(id));
  }

  /** Whether one operator alone reads the tensor, and it is no output. */
  hasOneReader(id: TensorId): boolean {
    return !this.outputs.includes(id) && this.consumers(id).length === 1;
  }

  replace(operator: FloatOperator, others: readonly FloatOperator[]): void {
    this.operators.splice(this.operators.indexOf(operator), 1, ...others);
  }

  /** Everything that reads `id` reads `other` instead. */
  redirect(id: TensorId, other: TensorId): void {
    this.operators = this.operators.map((operator) => {
      if (!operatorInputs(operator).includes(id)) return operator;
      const outputs = operatorOutputs(operator);
      return withTensors(operator, (each) => (each === id && !outputs.includes(each) ? other : each));
    });
    this.outputs = this.outputs.map((each) => (each === id ? other : each));
  }

  /** The network, without what no output depends on, equal parameters as one. */
  finish(): FloatNetwork {
    const needed = new Set(this.outputs);
    const operators = this.operators.toReversed().filter((operator) => {
      if (!operatorOutputs(operator).some((id) => needed.has(id))) return false;
      for (const id of [...operatorInputs(operator), ...operatorOutputs(operator)]) needed.add(id);
      return true;
    });
    for (const id of this.inputs) needed.add(id);
    const kept: FloatTensor[] = [];
    const numbers = new Map<TensorId, TensorId>();
    const parameters = new Map<string, TensorId>();
    this.tensors.forEach((tensor, id) => {
      if (!needed.has(id)) return;
      const content = tensor.kind === "parameter" ? canonicalJson([tensor.shape, hash64(bytesOf(tensor.data))]) : null;
      const equal = content === null ? undefined : parameters.get(content);
      const number = equal ?? kept.push(tensor) - 1;
      if (content !== null) parameters.set(content, number);
      numbers.set(id, number);
    });
    const map = (id: TensorId): TensorId => numbers.get(id) as TensorId;
    return {
      tensors: kept,
      operators: operators.toReversed().map((operator) => withTensors(operator, map)),
      inputs: this.inputs.map(map),
      outputs: this.outputs.map(map),
    };
  }

  parameterData(id: TensorId): Float32Array {
    return parameterOf(this, id).data;
  }
}

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
