// A .tflite file's tables, as far as int8 and float models share them: read, and refused where they contradict themselves, hold what we
// don't run, or are more than one graph.

import { at } from "../core/assert.ts";
import { DiagnosticError, errorDiagnostic, failure, success, type Diagnostic, type Outcome } from "../core/diagnostic.ts";
import { ByteReader } from "./byte-reader.ts";
import { operatorLabel } from "./check-graph.ts";
import { operatorName } from "./operator-names.ts";
import { readerNamed, SUPPORTED_OPERATORS } from "./operators.ts";
import { roleAt } from "./operator-codec.ts";
import { checkOperands, type KnownOperator } from "./read-operator.ts";
import { checkSignature } from "./read-tensor.ts";
import { FILE_IDENTIFIER, modelTable, SCHEMA_VERSION, TENSOR_TYPES, type FileModel, type FileOperator } from "./schema.ts";
import { decodeTable } from "./table.ts";

/** A broken file is broken in many places: the first few tell enough. */
const MOST_DIAGNOSTICS = 20;

/** What `read` gives, or the diagnostics that it throws. @param name of the file. */
export function outcomeOfFile<Value>(name: string, read: () => Value): Outcome<Value> {
  try {
    return success(read());
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return failure(...error.diagnostics.map((each) => ({ ...each, where: { file: name } })));
  }
}

export class ModelFile {
  readonly reader: ByteReader;
  readonly model: FileModel;
  readonly graph: FileModel["subgraphs"][number];
  /** In the order of execution. */
  readonly operators: readonly KnownOperator[];

  /** @throws DiagnosticError */
  constructor(bytes: Uint8Array, name: string) {
    this.reader = new ByteReader(bytes, name);
    const identifier = new TextDecoder().decode(bytes.subarray(4, 8));
    if (identifier !== FILE_IDENTIFIER) this.reader.fail(`it does not have ${FILE_IDENTIFIER} at byte 4`);
    this.model = decodeTable(this.reader, this.reader.uint32(0), modelTable);
    const { version, subgraphs } = this.model;
    if (version !== SCHEMA_VERSION) {
      const hint = `convert it to version ${SCHEMA_VERSION}, TFLite's since 2017`;
      refuse([errorDiagnostic("tflite-version", `the model has schema version ${version}`, hint)]);
    }
    if (subgraphs.length !== 1) {
      const message = `the model has ${subgraphs.length} subgraphs`;
      refuse([errorDiagnostic("tflite-subgraphs", message, "export one graph, without control flow or signatures of their own")]);
    }
    this.graph = at(subgraphs, 0);
    this.operators = this.knownOperators();
    const { inputs, outputs, tensors } = this.graph;
    for (const id of inputs) this.checkEnd("input", id);
    for (const id of outputs) this.checkEnd("output", id);
    collect(this.operators, (each) => checkOperands(each, tensors));
  }

  /** @throws DiagnosticError when an input leaves more open than the batch. */
  checkSignatures(): void {
    collect([...new Set(this.graph.inputs)], (id) => checkSignature(at(this.graph.tensors, id)));
  }

  private knownOperators(): readonly KnownOperator[] {
    const unsupported = new Map<string, number>();
    const unneeded = this.shapeArithmetic();
    const known = this.graph.operators.flatMap((operator, index) => {
      if (unneeded.has(index)) return [];
      const name = this.nameOf(operator, index);
      const codec = readerNamed(name);
      if (codec !== undefined) return [{ name, label: operatorLabel(index, name), codec, operator }];
      if (!unsupported.has(name)) unsupported.set(name, index);
      return [];
    });
    const hint = `build the model from ${SUPPORTED_OPERATORS.join(", ")}`;
    refuse(
      Array.from(unsupported, ([name, index]) =>
        errorDiagnostic("tflite-operator-unsupported", `operator ${index}: ${name} is not supported`, hint),
      ),
    );
    return known;
  }

  private nameOf({ opcodeIndex }: FileOperator, index: number): string {
    const { operatorCodes } = this.model;
    const code = operatorCodes[opcodeIndex];
    if (code === undefined) this.reader.fail(`operator ${index} has kind ${opcodeIndex} of ${operatorCodes.length}`);
    return operatorName(Math.max(code.deprecatedBuiltinCode, code.builtinCode), code.customCode);
  }

  /** Operators that only work out a shape, for runtimes whose batch is open: whole numbers that no output depends on, but for operands that
   * we ignore. */
  private shapeArithmetic(): ReadonlySet<number> {
    const { operators, outputs, tensors } = this.graph;
    const needed = new Set(outputs);
    const unneeded = new Set<number>();
    for (const [index, operator] of [...operators.entries()].toReversed()) {
      const isWhole = operator.outputs.every((id) => ["INT32", "INT64"].includes(TENSOR_TYPES[tensors[id]?.type ?? -1] ?? ""));
      if (isWhole && operator.outputs.length > 0 && !operator.outputs.some((id) => needed.has(id))) {
        unneeded.add(index);
        continue;
      }
      const codec = readerNamed(this.nameOf(operator, index));
      operator.inputs.forEach((id, position) => {
        if (codec === undefined || roleAt(codec, position)?.kind !== "ignored") needed.add(id);
      });
    }
    return unneeded;
  }

  private checkEnd(role: "input" | "output", id: number): void {
    const { length } = this.graph.tensors;
    if (id < 0 || id >= length) this.reader.fail(`the model's ${role} is tensor ${id} of ${length}`);
  }
}

/** @throws DiagnosticError unless there is nothing to refuse. */
export function refuse(problems: readonly Diagnostic[]): void {
  if (problems.length > 0) throw new DiagnosticError(problems.slice(0, MOST_DIAGNOSTICS));
}

/** The values of all, or everything that is wrong with any of them. */
export function collect<Element, Value>(list: readonly Element[], convert: (element: Element) => Outcome<Value>): Value[] {
  const outcomes = list.map(convert);
  refuse(outcomes.flatMap((outcome) => (outcome.ok ? [] : outcome.diagnostics)));
  return outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
}
