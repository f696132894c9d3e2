// What each operator's file under operators/ provides: how it stands in a .tflite file, and what must hold for it in a graph.

import type { Builder } from "flatbuffers";
import { assert } from "../core/assert.ts";
import type { Diagnostic, Outcome } from "../core/diagnostic.ts";
import type { ConstantTensor, Graph, Operator, TensorId } from "../artifacts/graph.ts";
import { encodeTable, type Fields, type TableContent, type TableType, type TableValue } from "./table.ts";

/** What an operator reads at one position of its inputs. `ignored`: what runtimes want to see and nobody computes with. */
export interface InputRole {
  readonly name: string;
  readonly kind: "activation" | "int8-constant" | "int32-constant" | "ignored";
  readonly optional?: true;
}

/** A member of the schema's union BuiltinOptions. */
export interface OptionsType<F extends Fields> extends TableType<F> {
  readonly unionMember: number;
}

export function optionsType<F extends Fields>(unionMember: number, name: string, fields: F): OptionsType<F> {
  return { unionMember, name, fields };
}

/** Reads the operator's options. @throws DiagnosticError when the file has none, or others. */
export type OptionsReader = <F extends Fields>(type: OptionsType<F>) => TableValue<F>;

/** Fields of the schema's table Operator. */
export interface WrittenOptions {
  readonly builtinOptionsType: number;
  readonly builtinOptions: number;
}

export interface OperatorCodec<Op extends Operator = Operator> {
  /** In the schema: `CONV_2D`. */
  readonly name: string;
  /** The lowest that has int8 tensors (tensorflow/compiler/mlir/lite/tools/versioning/op_version.cc). */
  readonly version: number;
  /** All of them, in the file's order. */
  readonly inputs: readonly InputRole[];
  /** @param inputs by position in `inputs`; null where left out, which only optional and ignored ones are. */
  read(inputs: readonly (TensorId | null)[], output: TensorId, options: OptionsReader): Outcome<Op>;
  /** What stands at the positions of `inputs`; a constant that the graph doesn't hold comes as such. Called on unchecked graphs. */
  operands(operator: Op, graph: Graph): readonly (TensorId | ConstantTensor | null)[];
  writeOptions(operator: Op, graph: Graph, builder: Builder): WrittenOptions | null;
  /** What is wrong with shapes, scales and settings; kinds of operands and each tensor by itself were checked before. */
  check(operator: Op, graph: Graph): readonly Diagnostic[];
}

export function encodeOptions<F extends Fields>(builder: Builder, type: OptionsType<F>, content: TableContent<F>): WrittenOptions {
  return { builtinOptionsType: type.unionMember, builtinOptions: encodeTable(builder, type, content) };
}

/** An input that is not optional. */
export function requiredInput(inputs: readonly (TensorId | null)[], position: number): TensorId {
  const id = inputs[position];
  assert(typeof id === "number", `input ${position} is missing`);
  return id;
}

/** A tensor's shape, for messages. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
