// Bytes of a .tflite file in, an int8 graph out, or everything that keeps it from being one. Any bytes are safe to hand in:
// reading is bounds-checked, bounded in time and memory, and a graph that comes out satisfies check-graph.ts.

import { at } from "../core/assert.ts";
import { DiagnosticError, errorDiagnostic, failure, success, type Diagnostic, type Outcome } from "../core/diagnostic.ts";
import type { Graph, Operator, Tensor, TensorId } from "../artifacts/graph.ts";
import { ByteReader } from "./byte-reader.ts";
import { checkGraph, operatorLabel } from "./check-graph.ts";
import type { OperatorCodec, OptionsReader } from "./operator-codec.ts";
import { operatorName } from "./operator-names.ts";
import { codecNamed, SUPPORTED_OPERATORS } from "./operators.ts";
import { checkFloat, readTensor } from "./read-tensor.ts";
import { FILE_IDENTIFIER, modelTable, SCHEMA_VERSION, type FileModel, type FileOperator } from "./schema.ts";
import { decodeTable } from "./table.ts";

/** A broken file is broken in many places: the first few tell enough. */
const MOST_DIAGNOSTICS = 20;

/** Tensors that no operator uses are left out; operands that only runtimes look at (RESHAPE's shape) as well.
 * @param name of the file, for messages. */
export function readTflite(bytes: Uint8Array, name: string): Outcome<Graph> {
  try {
    return success(new ModelReader(bytes, name).read());
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return failure(...error.diagnostics.slice(0, MOST_DIAGNOSTICS).map((each) => ({ ...each, where: { file: name } })));
  }
}

type FileGraph = FileModel["subgraphs"][number];

/** An operator of the file whose kind is supported. */
interface KnownOperator {
  readonly label: string;
  readonly codec: OperatorCodec;
  readonly operator: FileOperator;
}

class ModelReader {
  private readonly reader: ByteReader;
  private readonly model: FileModel;
  private readonly fileGraph: FileGraph;

  constructor(bytes: Uint8Array, name: string) {
    this.reader = new ByteReader(bytes, name);
    const identifier = new TextDecoder().decode(bytes.subarray(4, 8));
    if (identifier !== FILE_IDENTIFIER) this.reader.fail(`it does not have ${FILE_IDENTIFIER} at byte 4`);
    this.model = decodeTable(this.reader, this.reader.uint32(0), modelTable);
    const { version, subgraphs } = this.model;
    if (version !== SCHEMA_VERSION) {
      refuse(
        errorDiagnostic(
          "tflite-version",
          `the model has schema version ${version}`,
          `convert it to version ${SCHEMA_VERSION}, TFLite's since 2017`,
        ),
      );
    }
    if (subgraphs.length !== 1) {
      const message = `the model has ${subgraphs.length} subgraphs`;
      refuse(errorDiagnostic("tflite-subgraphs", message, "export one graph, without control flow or signatures of their own"));
    }
    this.fileGraph = at(subgraphs, 0);
  }

  read(): Graph {
    const { inputs, outputs, tensors: fileTensors } = this.fileGraph;
    refuse(...checkFloat(inputs.flatMap((id) => fileTensors[id] ?? [])));
    const known = this.knownOperators();
    const input = this.onlyTensor("input", inputs);
    const output = this.onlyTensor("output", outputs);
    const operands = collect(known, (each) => this.operands(each));

    const used = [...new Set([input, output, ...operands.flatMap((each) => [...each.inputs, each.output])])]
      .filter((id): id is number => id !== null)
      .sort((left, right) => left - right);
    const usedTensors = used.map((id) => at(fileTensors, id));
    refuse(...checkFloat(usedTensors));
    const renumbered = new Map(used.map((id, index) => [id, index]));
    const renumber = (id: number): TensorId => renumbered.get(id) as TensorId;
    const tensors: Tensor[] = collect(usedTensors, (tensor) => readTensor(tensor, this.model.buffers, this.reader));
    const operators: Operator[] = collect(known, ({ codec, operator, label }, index) => {
      const { inputs, output } = at(operands, index);
      const ids = inputs.map((id) => (id === null ? null : renumber(id)));
      return labelled(label, codec.read(ids, renumber(output), this.optionsReader(operator, label)));
    });
    const graph: Graph = { tensors, operators, input: renumber(input), output: renumber(output) };
    refuse(...checkGraph(graph));
    return graph;
  }

  private knownOperators(): readonly KnownOperator[] {
    const { operatorCodes } = this.model;
    const unsupported = new Map<string, number>();
    const known = this.fileGraph.operators.flatMap((operator, index) => {
      const code = operatorCodes[operator.opcodeIndex];
      if (code === undefined) this.reader.fail(`operator ${index} has kind ${operator.opcodeIndex} of ${operatorCodes.length}`);
      const name = operatorName(Math.max(code.deprecatedBuiltinCode, code.builtinCode), code.customCode);
      const codec = codecNamed(name);
      if (codec !== undefined) return [{ label: operatorLabel(index, name), codec, operator }];
      if (!unsupported.has(name)) unsupported.set(name, index);
      return [];
    });
    refuse(
      ...Array.from(unsupported, ([name, index]) =>
        errorDiagnostic(
          "tflite-operator-unsupported",
          `operator ${index}: ${name} is not supported`,
          `build the model from ${SUPPORTED_OPERATORS.join(", ")}`,
        ),
      ),
    );
    return known;
  }

  /** Indices of the file's tensors that the graph keeps: by position of the codec's inputs, null where there is none. */
  private operands({ label, codec, operator }: KnownOperator): Outcome<{ inputs: readonly (number | null)[]; output: number }> {
    const broken = (message: string): Outcome<never> =>
      failure(errorDiagnostic("tflite-operand", `${label} ${message}`, "export the model again"));
    const { tensors } = this.fileGraph;
    const outside = [...operator.inputs, ...operator.outputs].find((id) => id < -1 || id >= tensors.length);
    if (outside !== undefined) return broken(`refers to tensor ${outside}, but the model has ${tensors.length}`);
    const [output] = operator.outputs;
    if (operator.inputs.length > codec.inputs.length)
      return broken(`has ${operator.inputs.length} inputs instead of ${codec.inputs.length}`);
    if (operator.outputs.length !== 1 || output === undefined || output < 0)
      return broken(`has ${operator.outputs.length} outputs instead of one`);
    const present = codec.inputs.map((_, position) => operator.inputs[position] ?? -1);
    const missing = codec.inputs.find((role, position) => present[position] === -1 && role.optional === undefined);
    if (missing !== undefined) return broken(`lacks its ${missing.name}`);
    return success({
      inputs: present.map((id, position) => (id === -1 || at(codec.inputs, position).kind === "ignored" ? null : id)),
      output,
    });
  }

  private onlyTensor(role: "input" | "output", ids: readonly number[]): number {
    const [id] = ids;
    if (ids.length !== 1 || id === undefined) {
      refuse(errorDiagnostic("tflite-operand", `the model has ${ids.length} ${role}s`, `export a model with one ${role}, an int8 tensor`));
    } else if (id >= 0 && id < this.fileGraph.tensors.length) {
      return id;
    }
    return this.reader.fail(`the model's ${role} is tensor ${id} of ${this.fileGraph.tensors.length}`);
  }

  private optionsReader({ builtinOptionsType, builtinOptions }: FileOperator, label: string): OptionsReader {
    return (type) => {
      if (builtinOptions !== null && builtinOptionsType === type.unionMember) return decodeTable(this.reader, builtinOptions, type);
      return this.reader.fail(`${label} does not have ${type.name}`);
    };
  }
}

/** @throws DiagnosticError unless there is nothing to refuse. */
function refuse(...problems: readonly Diagnostic[]): void {
  if (problems.length > 0) throw new DiagnosticError(problems);
}

/** The values of all, or everything that is wrong with any of them. */
function collect<Element, Value>(list: readonly Element[], convert: (element: Element, index: number) => Outcome<Value>): Value[] {
  const outcomes = list.map(convert);
  refuse(...outcomes.flatMap((outcome) => (outcome.ok ? [] : outcome.diagnostics)));
  return outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
}

function labelled<Value>(label: string, outcome: Outcome<Value>): Outcome<Value> {
  return outcome.ok ? outcome : failure(...outcome.diagnostics.map((each) => ({ ...each, message: `${label}: ${each.message}` })));
}
