// Bytes of a .tflite file in, an int8 graph out, or everything that keeps it from being one. Any bytes are safe to hand in:
// reading is bounds-checked, bounded in time and memory, and a graph that comes out satisfies check-graph.ts.

import { at } from "../core/assert.ts";
import { DiagnosticError, errorDiagnostic, failure, success, type Diagnostic, type Outcome } from "../core/diagnostic.ts";
import type { Graph, TensorId } from "../artifacts/graph.ts";
import { ByteReader } from "./byte-reader.ts";
import { checkGraph, operatorLabel } from "./check-graph.ts";
import { tensorLabel } from "./operator-codec.ts";
import { operatorName } from "./operator-names.ts";
import { readerNamed, SUPPORTED_OPERATORS } from "./operators.ts";
import { checkOperands, keptOperands, readOperator, SettingReader, type KnownOperator } from "./read-operator.ts";
import { checkSignature, isFloat, readTensor, typeName } from "./read-tensor.ts";
import { FILE_IDENTIFIER, modelTable, SCHEMA_VERSION, type FileModel } from "./schema.ts";
import { decodeTable } from "./table.ts";

/** A broken file is broken in many places: the first few tell enough. */
const MOST_DIAGNOSTICS = 20;

/** Tensors that no operator uses are left out; operands that only runtimes look at (RESHAPE's shape), and those that the graph
 * holds inside operators (PAD's paddings) as well.
 * @param name of the file, for messages. */
export function readTflite(bytes: Uint8Array, name: string): Outcome<Graph> {
  try {
    return success(new ModelReader(bytes, name).read());
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return failure(...error.diagnostics.map((each) => ({ ...each, where: { file: name } })));
  }
}

class ModelReader {
  private readonly reader: ByteReader;
  private readonly model: FileModel;
  private readonly fileGraph: FileModel["subgraphs"][number];

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
    this.fileGraph = at(subgraphs, 0);
  }

  read(): Graph {
    const { inputs, outputs, tensors: fileTensors } = this.fileGraph;
    const known = this.knownOperators();
    for (const id of inputs) this.checkEnd("input", id);
    for (const id of outputs) this.checkEnd("output", id);
    collect(known, (each) => checkOperands(each, fileTensors));
    this.refuseFloat(known);
    collect([...new Set(inputs)], (id) => checkSignature(at(fileTensors, id)));

    const kept = known.flatMap((each) => keptOperands(each).map(({ id }) => id));
    const used = [...new Set([...inputs, ...outputs, ...kept])].sort((left, right) => left - right);
    const renumbered = new Map(used.map((id, index) => [id, index]));
    const renumber = (id: number): TensorId => renumbered.get(id) as TensorId;
    const tensors = collect(used, (id) => readTensor(at(fileTensors, id), this.model.buffers, this.reader));
    const settings = new SettingReader(this.reader, this.model);
    const operators = collect(known, (each) => readOperator(each, this.reader, settings, tensors, renumbered));
    const graph: Graph = { tensors, operators, inputs: inputs.map(renumber), outputs: outputs.map(renumber) };
    const names = known.map(({ name }) => name);
    refuse(checkGraph(graph, names));
    return graph;
  }

  private knownOperators(): readonly KnownOperator[] {
    const { operatorCodes } = this.model;
    const unsupported = new Map<string, number>();
    const known = this.fileGraph.operators.flatMap((operator, index) => {
      const code = operatorCodes[operator.opcodeIndex];
      if (code === undefined) this.reader.fail(`operator ${index} has kind ${operator.opcodeIndex} of ${operatorCodes.length}`);
      const name = operatorName(Math.max(code.deprecatedBuiltinCode, code.builtinCode), code.customCode);
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

  /** Refuses a model that computes in floating point; said once. */
  private refuseFloat(known: readonly KnownOperator[]): void {
    for (const each of known) {
      for (const { id, role } of keptOperands(each)) {
        const tensor = at(this.fileGraph.tensors, id);
        const types = role === null ? each.codec.outputTypes : role.types;
        if (!isFloat(tensor) || types?.includes("float32") === true) continue;
        const message = `${each.label}: ${tensorLabel(tensor)} is ${typeName(tensor)}: this is a float model`;
        const hint = "quantize the model to int8 first; only its input and output may be float32, before QUANTIZE and after DEQUANTIZE";
        refuse([errorDiagnostic("tflite-float-model", message, hint)]);
      }
    }
  }

  private checkEnd(role: "input" | "output", id: number): void {
    const { length } = this.fileGraph.tensors;
    if (id < 0 || id >= length) this.reader.fail(`the model's ${role} is tensor ${id} of ${length}`);
  }
}

/** @throws DiagnosticError unless there is nothing to refuse. */
function refuse(problems: readonly Diagnostic[]): void {
  if (problems.length > 0) throw new DiagnosticError(problems.slice(0, MOST_DIAGNOSTICS));
}

/** The values of all, or everything that is wrong with any of them. */
function collect<Element, Value>(list: readonly Element[], convert: (element: Element) => Outcome<Value>): Value[] {
  const outcomes = list.map(convert);
  refuse(outcomes.flatMap((outcome) => (outcome.ok ? [] : outcome.diagnostics)));
  return outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
}
