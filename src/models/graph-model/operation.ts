// What a kind of TensorFlow operation provides: how it is built, and what it may be given.

import { assert, at } from "../../core/assert.ts";
import type { TensorId } from "../../artifacts/graph.ts";
import type { NetworkBuilder } from "../network-builder.ts";
import { modelProblem } from "../problem.ts";
import type { Weight } from "../weights.ts";
import type { GraphNode } from "./nodes.ts";

/** What a node gives: something computed, or numbers that are known. */
export type GraphValue = { readonly kind: "tensor"; readonly id: TensorId } | { readonly kind: "constant"; readonly weight: Weight };

export class Operands {
  readonly builder: NetworkBuilder;
  readonly node: GraphNode;
  readonly values: readonly GraphValue[];

  constructor(builder: NetworkBuilder, node: GraphNode, values: readonly GraphValue[]) {
    this.builder = builder;
    this.node = node;
    this.values = values;
  }

  /** An operand that is computed. */
  tensor(position: number): TensorId {
    const value = this.value(position);
    if (value.kind === "tensor") return value.id;
    throw modelProblem("model-constant", `its operand ${position} is a constant`, "let the converter fold constants");
  }

  /** An operand that is known. */
  constant(position: number): Weight {
    const value = this.value(position);
    if (value.kind === "constant") return value.weight;
    throw modelProblem("model-constant", `its operand ${position} is computed`, "use constant weights and settings, and fixed sizes");
  }

  /** An operand either way; a constant becomes a parameter. */
  operand(position: number): TensorId {
    const value = this.value(position);
    if (value.kind === "tensor") return value.id;
    const { shape, data } = value.weight;
    return this.builder.parameter(`constant${position}`, shape.length === 0 ? [1] : shape, data);
  }

  /** The whole numbers of a constant operand. */
  settings(position: number): readonly number[] {
    return [...this.constant(position).data];
  }

  private value(position: number): GraphValue {
    const value = this.values[position];
    if (value !== undefined) return value;
    throw modelProblem("model-malformed", `its operand ${position} is missing`, "convert the model again");
  }
}

/** Gives the node's outputs. @throws DiagnosticError */
export type BuildOperation = (operands: Operands) => readonly GraphValue[];

export function tensor(id: TensorId): readonly GraphValue[] {
  return [{ kind: "tensor", id }];
}

/** From a tensor to a tensor. */
export function unary(build: (builder: NetworkBuilder, input: TensorId, operands: Operands) => TensorId): BuildOperation {
  return (operands) => tensor(build(operands.builder, operands.tensor(0), operands));
}

/** One number of a setting. */
export function onlySetting(operands: Operands, position: number): number {
  const values = operands.settings(position);
  if (values.length === 1) return at(values, 0);
  throw modelProblem("model-setting", `its operand ${position} has ${values.length} numbers instead of one`, "convert the model again");
}

export function constantOf(name: string, shape: readonly number[], values: readonly number[]): readonly GraphValue[] {
  assert(shape.reduce((product, size) => product * size, 1) === values.length, `${name} does not fit its shape`);
  return [{ kind: "constant", weight: { name, shape, data: Float32Array.from(values) } }];
}
