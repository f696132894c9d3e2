// What each operator's file under operators/ provides: how it stands in a .tflite file, and what must hold for it in a graph.

import type { Builder } from "flatbuffers";
import type { Diagnostic, Outcome } from "../core/diagnostic.ts";
import type { ActivationTensor, ConstantTensor, ElementType, Graph, Operator, Tensor, TensorId } from "../artifacts/graph.ts";
import { encodeTable, type Fields, type TableContent, type TableType, type TableValue } from "./table.ts";

/** What an operator reads at one position of its inputs. */
export interface InputRole {
  readonly name: string;
  /** `operand`: an activation or an int8 constant. `setting`: int32 numbers that the graph holds inside the operator. `ignored`:
   * what runtimes want to see and nobody computes with. `absent`: what only variants have that we don't run. */
  readonly kind: "activation" | "operand" | "int8-constant" | "int32-constant" | "variable" | "setting" | "ignored" | "absent";
  /** Of an activation or a variable; int8 where nothing is said. */
  readonly types?: readonly ElementType[];
  readonly optional?: true;
  /** The last role only: it stands for all further inputs as well. */
  readonly repeated?: true;
}

/** A member of the schema's union BuiltinOptions. */
export interface OptionsType<F extends Fields> extends TableType<F> {
  readonly unionMember: number;
}

export function optionsType<F extends Fields>(unionMember: number, name: string, fields: F): OptionsType<F> {
  return { unionMember, name, fields };
}

/** An operator of the file: its operands were found to be there, of the kinds that the codec names, and nothing more is known. */
export interface OperatorSource {
  /** By position; null where left out, or for what the graph holds otherwise. */
  readonly inputs: readonly (TensorId | null)[];
  readonly outputs: readonly TensorId[];
  /** An input that is not optional. */
  input(position: number): TensorId;
  /** The only output. */
  output(): TensorId;
  shapeOf(id: TensorId): readonly number[];
  /** The numbers of a setting. */
  setting(position: number): readonly number[];
  /** @throws DiagnosticError when the file has none, or others. */
  options<F extends Fields>(type: OptionsType<F>): TableValue<F>;
}

/** Fields of the schema's table Operator. */
export interface WrittenOptions {
  readonly builtinOptionsType: number;
  readonly builtinOptions: number;
}

export interface OperatorReader<Op extends Operator = Operator> {
  /** In the schema: `CONV_2D`. */
  readonly name: string;
  /** All of them, in the file's order. */
  readonly inputs: readonly InputRole[];
  readonly severalOutputs?: true;
  /** int8 where nothing is said. */
  readonly outputTypes?: readonly ActivationTensor["type"][];
  read(source: OperatorSource): Outcome<Op>;
}

export interface OperatorCodec<Op extends Operator = Operator> extends OperatorReader<Op> {
  /** The lowest that has int8 tensors (tensorflow/compiler/mlir/lite/tools/versioning/op_version.cc). */
  readonly version: number;
  /** What stands at the positions of `inputs`; a constant that the graph doesn't hold comes as such. Called on unchecked graphs. */
  operands(operator: Op, graph: Graph): readonly (TensorId | ConstantTensor | null)[];
  writeOptions(operator: Op, graph: Graph, builder: Builder): WrittenOptions | null;
  /** What is wrong with shapes, scales and settings; kinds of operands and each tensor by itself were checked before. */
  check(operator: Op, graph: Graph): readonly Diagnostic[];
}

/** The role of the input at a position, if an operator may have one there. */
export function roleAt({ inputs }: OperatorReader, position: number): InputRole | undefined {
  const last = inputs.at(-1);
  return inputs[position] ?? (last?.repeated === undefined ? undefined : last);
}

export function encodeOptions<F extends Fields>(builder: Builder, type: OptionsType<F>, content: TableContent<F>): WrittenOptions {
  return { builtinOptionsType: type.unionMember, builtinOptions: encodeTable(builder, type, content) };
}

/** A setting as the file's constant tensor. */
export function settingTensor(name: string, values: readonly number[], shape: readonly number[] = [values.length]): ConstantTensor {
  return { kind: "constant", name, shape, quantization: { scales: [], zeroPoint: 0, axis: 0 }, data: Int32Array.from(values) };
}

/** A tensor's shape, for messages; a hostile file may hold a long one. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.slice(0, 12).join(", ")}${shape.length > 12 ? ", …" : ""}]`;
}

/** A tensor's name for messages; a hostile file may hold a long one. */
export function tensorLabel({ name }: Pick<Tensor, "name">): string {
  return `tensor ${JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name)}`;
}
