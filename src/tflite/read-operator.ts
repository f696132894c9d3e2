// An operator of the file in, what its codec reads it from out: which tensors it refers to, its settings and its options.

import { assert, at } from "../core/assert.ts";
import { DiagnosticError, errorDiagnostic, failure, success, valueOf, type Outcome } from "../core/diagnostic.ts";
import type { Operator, Tensor, TensorId } from "../artifacts/graph.ts";
import type { ByteReader } from "./byte-reader.ts";
import { checkTensor } from "./check-tensor.ts";
import { roleAt, tensorLabel, type InputRole, type OperatorReader, type OperatorSource } from "./operator-codec.ts";
import { readTensor } from "./read-tensor.ts";
import type { FileModel, FileOperator, FileTensor } from "./schema.ts";
import { decodeTable } from "./table.ts";

/** An operator of the file whose kind is supported. */
export interface KnownOperator {
  /** In the schema. */
  readonly name: string;
  /** For messages. */
  readonly label: string;
  readonly codec: OperatorReader;
  readonly operator: FileOperator;
}

/** Roles whose tensors a graph does not hold. */
const NOT_KEPT: readonly InputRole["kind"][] = ["setting", "ignored", "absent"];

/** Whether it has the inputs and outputs that it must have, and all of them are tensors of the file. */
export function checkOperands({ label, codec, operator }: KnownOperator, tensors: readonly FileTensor[]): Outcome<null> {
  const broken = (message: string, hint = "export the model again"): Outcome<never> =>
    failure(errorDiagnostic("tflite-operand", `${label} ${message}`, hint));
  const { inputs, outputs } = operator;
  const outside = [...inputs.filter((id) => id !== -1), ...outputs].find((id) => id < 0 || id >= tensors.length);
  if (outside !== undefined) return broken(`refers to tensor ${outside}, but the model has ${tensors.length}`);
  if (outputs.length !== 1 && !(codec.severalOutputs === true && outputs.length > 0)) return broken(`has ${outputs.length} outputs`);
  for (let position = 0; position < Math.max(inputs.length, codec.inputs.length); position++) {
    const role = roleAt(codec, position);
    if (role === undefined) return broken(`has ${inputs.length} inputs instead of ${codec.inputs.length}`);
    const present = (inputs[position] ?? -1) !== -1;
    if (present && role.kind === "absent") return broken(`has ${role.name}`, "use the plain variant, without it");
    if (!present && role.kind !== "absent" && role.optional === undefined) return broken(`lacks its ${role.name}`);
  }
  return success(null);
}

/** Indices of the file's tensors that the graph keeps; with what each is there for, unless it is an output. */
export function keptOperands({ codec, operator }: KnownOperator): readonly { readonly id: number; readonly role: InputRole | null }[] {
  const inputs = operator.inputs.flatMap((id, position) => {
    const role = roleAt(codec, position);
    return id === -1 || role === undefined || NOT_KEPT.includes(role.kind) ? [] : [{ id, role }];
  });
  return [...inputs, ...operator.outputs.map((id) => ({ id, role: null }))];
}

/** Numbers of one setting: paddings take two a dimension, axes may repeat. */
const LONGEST_SETTING = 16;

/** Reads settings, each once however many operators share it. */
export class SettingReader {
  private readonly known = new Map<number, readonly number[]>();
  private readonly reader: ByteReader;
  private readonly model: FileModel;

  constructor(reader: ByteReader, model: FileModel) {
    this.reader = reader;
    this.model = model;
  }

  /** @param id of the file's tensor. @throws DiagnosticError unless it is a short constant of int32. */
  read(id: number, label: string, name: string): readonly number[] {
    const known = this.known.get(id);
    if (known !== undefined) return known;
    const tensor = valueOf(readTensor(at(at(this.model.subgraphs, 0).tensors, id), this.model.buffers, this.reader));
    const problems = checkTensor(tensor);
    if (problems.length > 0) throw new DiagnosticError(problems);
    const isInt32 = tensor.kind === "constant" && tensor.data instanceof Int32Array;
    if (!isInt32 || tensor.data.length > LONGEST_SETTING) {
      const problem = tensor.kind !== "constant" ? "has no data" : isInt32 ? "is too long" : "is not int32";
      const hint = `export the model with constant ${name}, int32, of at most ${LONGEST_SETTING} numbers`;
      throw new DiagnosticError([errorDiagnostic("tflite-operand", `${label}: its ${name}, ${tensorLabel(tensor)}, ${problem}`, hint)]);
    }
    const values = [...tensor.data];
    this.known.set(id, values);
    return values;
  }
}

/** @param tensors of the graph, of which the shapes count. @param renumbered the graph's ids of the file's tensors. @throws DiagnosticError */
export function readOperator(
  { label, codec, operator }: KnownOperator,
  reader: ByteReader,
  settings: SettingReader,
  tensors: readonly Pick<Tensor, "shape">[],
  renumbered: ReadonlyMap<number, TensorId>,
): Outcome<Operator> {
  const inputs = operator.inputs.map((id) => renumbered.get(id) ?? null);
  const outputs = operator.outputs.map((id) => renumbered.get(id) as TensorId);
  const source: OperatorSource = {
    inputs,
    outputs,
    input(position) {
      const id = inputs[position];
      assert(typeof id === "number", `input ${position} is missing`);
      return id;
    },
    output: () => at(outputs, 0),
    shapeOf: (id) => at(tensors, id).shape,
    setting: (position) => settings.read(at(operator.inputs, position), label, roleAt(codec, position)?.name ?? ""),
    options(type) {
      const { builtinOptionsType, builtinOptions } = operator;
      if (builtinOptions !== null && builtinOptionsType === type.unionMember) return decodeTable(reader, builtinOptions, type);
      return reader.fail(`${label} does not have ${type.name}`);
    },
  };
  const outcome = codec.read(source);
  return outcome.ok ? outcome : failure(...outcome.diagnostics.map((each) => ({ ...each, message: `${label}: ${each.message}` })));
}
