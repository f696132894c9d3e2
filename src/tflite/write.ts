// An int8 graph in, the bytes of a .tflite file out, which TFLM and LiteRT run. Equal graphs give equal bytes.

import { Builder } from "flatbuffers";
import { assert } from "../core/assert.ts";
import { operatorOutputs, type ConstantTensor, type Graph, type Tensor } from "../artifacts/graph.ts";
import { checkGraph } from "./check-graph.ts";
import { typeOf } from "./check-tensor.ts";
import { operatorCode } from "./operator-names.ts";
import { codecOf } from "./operators.ts";
import { FILE_IDENTIFIER, modelTable, SCHEMA_VERSION, TENSOR_TYPES, type ModelContent } from "./schema.ts";
import { encodeTable } from "./table.ts";

/** Codes up to here fit the byte where old readers look for them. */
const LARGEST_BYTE_CODE = 127;

export interface WriteOptions {
  /** For people: stored in the file, looked at by nobody. */
  readonly description: string;
}

/** @throws AssertionError for a graph that readTflite would refuse. */
export function writeTflite(graph: Graph, options: WriteOptions): Uint8Array {
  const problems = checkGraph(graph);
  assert(problems.length === 0, `no valid graph: ${problems.map((each) => each.message).join("; ")}`);
  const builder = new Builder(4096);
  const tensors = new TensorList(graph.tensors);
  const codecs = [...new Set(graph.operators.map(codecOf))];
  const operators = graph.operators.map((operator) => ({
    opcodeIndex: codecs.indexOf(codecOf(operator)),
    inputs: codecOf(operator)
      .operands(operator, graph)
      .map((operand) => tensors.indexOf(operand)),
    outputs: operatorOutputs(operator),
    ...codecOf(operator).writeOptions(operator, graph, builder),
  }));
  const model = encodeTable(builder, modelTable, {
    version: SCHEMA_VERSION,
    operatorCodes: codecs.map(({ name, version }) => ({
      deprecatedBuiltinCode: Math.min(operatorCode(name), LARGEST_BYTE_CODE),
      builtinCode: operatorCode(name),
      version,
    })),
    subgraphs: [{ tensors: tensors.contents, inputs: graph.inputs, outputs: graph.outputs, operators, name: "main" }],
    description: options.description,
    buffers: tensors.buffers,
  });
  builder.finish(model, FILE_IDENTIFIER);
  return builder.asUint8Array().slice();
}

type BufferContent = NonNullable<ModelContent["buffers"]>[number];
type TensorContent = NonNullable<NonNullable<ModelContent["subgraphs"]>[number]["tensors"]>[number];

/** The file's tensors: the graph's, at the same indices, and constants that only operators of the file have. */
class TensorList {
  readonly contents: TensorContent[] = [];
  /** The first is empty: it stands for "no data". */
  readonly buffers: BufferContent[] = [{}];

  constructor(tensors: readonly Tensor[]) {
    for (const tensor of tensors) this.add(tensor);
  }

  /** The index of an operand; -1 for one that is left out. */
  indexOf(operand: number | ConstantTensor | null): number {
    if (operand === null) return -1;
    return typeof operand === "number" ? operand : this.add(operand);
  }

  private add(tensor: Tensor): number {
    const { scales, zeroPoint, axis } = tensor.quantization;
    const quantization = { scale: scales, zeroPoint: scales.map(() => zeroPoint), quantizedDimension: axis };
    this.contents.push({
      name: tensor.name,
      shape: tensor.shape,
      type: TENSOR_TYPES.indexOf(typeOf(tensor).toUpperCase()),
      buffer: tensor.kind === "constant" ? this.buffers.push({ data: bytesOf(tensor.data) }) - 1 : 0,
      ...(scales.length > 0 && { quantization }),
      isVariable: tensor.kind === "variable",
    });
    return this.contents.length - 1;
  }
}

/** Little-endian, as every machine that this runs on. */
function bytesOf(data: Int8Array | Int32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
