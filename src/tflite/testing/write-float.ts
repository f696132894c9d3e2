// A float network in, a .tflite file that computes it in floating point out: for tests of what reads such files.

import { Builder } from "flatbuffers";
import { operatorOutputs, type ConstantTensor, type Graph, type Tensor } from "../../artifacts/graph.ts";
import type { FloatNetwork } from "../../artifacts/network.ts";
import { operatorCode } from "../operator-names.ts";
import { codecOf } from "../operators.ts";
import { FILE_IDENTIFIER, modelTable, SCHEMA_VERSION, TENSOR_TYPES, type ModelContent } from "../schema.ts";
import { encodeTable } from "../table.ts";

type BufferContent = NonNullable<ModelContent["buffers"]>[number];
type TensorContent = NonNullable<NonNullable<ModelContent["subgraphs"]>[number]["tensors"]>[number];

export function writeFloatTflite(network: FloatNetwork): Uint8Array {
  const builder = new Builder(4096);
  const buffers: BufferContent[] = [{}];
  const contents: TensorContent[] = [];
  const add = (name: string, shape: readonly number[], type: string, data: Float32Array | Int8Array | Int32Array | null): number => {
    const buffer = data === null ? 0 : buffers.push({ data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }) - 1;
    return contents.push({ name, shape, type: TENSOR_TYPES.indexOf(type), buffer }) - 1;
  };
  for (const tensor of network.tensors) add(tensor.name, tensor.shape, "FLOAT32", tensor.kind === "parameter" ? tensor.data : null);
  // Codecs look at nothing but names and shapes.
  const quantization = { scales: [1], zeroPoint: 0, axis: 0 };
  const tensors = network.tensors.map(({ name, shape }): Tensor => ({ kind: "activation", type: "int8", name, shape, quantization }));
  const graph: Graph = { ...network, tensors };
  const operand = (given: number | ConstantTensor | null): number =>
    typeof given === "number" ? given : given === null ? -1 : add(given.name, given.shape, "INT32", given.data);
  const codecs = [...new Set(network.operators.map(codecOf))];
  const operators = network.operators.map((operator) => ({
    opcodeIndex: codecs.indexOf(codecOf(operator)),
    inputs: codecOf(operator).operands(operator, graph).map(operand),
    outputs: operatorOutputs(operator),
    ...codecOf(operator).writeOptions(operator, graph, builder),
  }));
  const model = encodeTable(builder, modelTable, {
    version: SCHEMA_VERSION,
    operatorCodes: codecs.map(({ name }) => ({
      deprecatedBuiltinCode: Math.min(operatorCode(name), 127),
      builtinCode: operatorCode(name),
      version: 1,
    })),
    subgraphs: [{ tensors: contents, inputs: network.inputs, outputs: network.outputs, operators, name: "main" }],
    description: "float",
    buffers,
  });
  builder.finish(model, FILE_IDENTIFIER);
  return builder.asUint8Array().slice();
}
