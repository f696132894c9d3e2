import { Builder } from "flatbuffers";
import { describe, expect, test } from "vitest";
import { operatorCase } from "../../tests/golden/models.ts";
import { at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import { ByteReader } from "./byte-reader.ts";
import { readTflite } from "./read.ts";
import { FILE_IDENTIFIER, modelTable, TENSOR_TYPES, type ModelContent } from "./schema.ts";
import { decodeTable, encodeTable } from "./table.ts";

type SubgraphContent = NonNullable<ModelContent["subgraphs"]>[number];
type TensorContent = NonNullable<SubgraphContent["tensors"]>[number];

interface Content {
  readonly buffers: readonly { readonly data?: Uint8Array }[];
  readonly subgraphs: readonly SubgraphContent[];
}

/** A model of one TANH, whose file needs no options, to be changed and written again. */
const tanhModel = ((): ModelContent & Content => {
  const reader = new ByteReader(operatorCase("tanh_03").model, "tanh_03");
  const { version, operatorCodes, buffers, subgraphs } = decodeTable(reader, reader.uint32(0), modelTable);
  return {
    version,
    operatorCodes,
    buffers: buffers.map(({ data }) => ({ data })),
    subgraphs: subgraphs.map(({ tensors, inputs, outputs, operators }) => ({
      inputs,
      outputs,
      tensors: tensors.map(({ shape, type, buffer, name, quantization }) => ({
        shape,
        type,
        buffer,
        name,
        quantization: quantization ?? {},
      })),
      operators: operators.map((each) => ({ opcodeIndex: each.opcodeIndex, inputs: each.inputs, outputs: each.outputs })),
    })),
  };
})();

const graph = at(tanhModel.subgraphs, 0);

function fileOf(content: ModelContent): Uint8Array {
  const builder = new Builder();
  builder.finish(encodeTable(builder, modelTable, content), FILE_IDENTIFIER);
  return builder.asUint8Array();
}

function withSubgraph(change: Partial<SubgraphContent>): ModelContent {
  return { ...tanhModel, subgraphs: [{ ...graph, ...change }] };
}

/** Its input, tensor 0, changed. */
function withInput(change: TensorContent): ModelContent {
  return withSubgraph({ tensors: (graph.tensors ?? []).map((tensor, index) => (index === 0 ? { ...tensor, ...change } : tensor)) });
}

const type = (name: string): number => TENSOR_TYPES.indexOf(name);
const quantized = { scale: [0.5], zeroPoint: [0] };

describe("a model is refused for", () => {
  test.each<readonly [string, ModelContent, string]>([
    ["an open size", withInput({ shape: [1, -1] }), 'tensor "input0" has shape [1, -1], of which -1 is open'],
    ["an input that callers may resize", withInput({ shapeSignature: [-1, -1] }), 'tensor "input0" has the open shape [-1, -1]'],
    ["a half float", withInput({ type: type("FLOAT16") }), 'operator 0 (TANH): tensor "input0" is FLOAT16: this is a float model'],
    ["16-bit activations", withInput({ type: type("INT16") }), 'tensor "input0" is INT16'],
    ["4-bit activations", withInput({ type: type("INT4") }), 'tensor "input0" is INT4'],
    ["a type that nobody knows", withInput({ type: 99 }), "is of unknown type 99"],
    ["a resource", withInput({ type: type("RESOURCE") }), 'tensor "input0" is RESOURCE'],
    ["an input that keeps its value", withInput({ isVariable: true }), 'its input, tensor "input0", is an int8 variable'],
    ["a float that keeps its value", withInput({ isVariable: true, type: type("INT32") }), "is a variable of another kind"],
    ["a scale that is missing", withInput({ quantization: {} }), 'tensor "input0" has no scale'],
    ["another way of quantizing", withInput({ quantization: { ...quantized, detailsType: 1 } }), "is quantized by blocks"],
    ["zero points that differ", withInput({ quantization: { scale: [1, 1], zeroPoint: [0, 1] } }), "has several zero points"],
    ["zero points of another number", withInput({ quantization: { scale: [1, 1], zeroPoint: [0, 0, 0] } }), "2 scales, but 3 zero points"],
    ["data outside the file", withInput({ externalBuffer: 7 }), "has its data outside the flatbuffer"],
    ["several graphs", { ...tanhModel, subgraphs: [graph, graph] }, "the model has 2 subgraphs"],
    ["no graph", { ...tanhModel, subgraphs: [] }, "the model has 0 subgraphs"],
    ["no operators", withSubgraph({ operators: [] }), "the model has no operators"],
    ["no inputs", withSubgraph({ inputs: [] }), 'operator 0 (TANH) reads tensor "input0" before it is computed'],
    ["no outputs", withSubgraph({ outputs: [] }), "the model has no inputs or no outputs"],
    ["an input that is not there", withSubgraph({ inputs: [-1] }), "the model's input is tensor -1 of 2"],
    ["operators of no kind", withSubgraph({ operators: [{ opcodeIndex: 3, inputs: [0], outputs: [1] }] }), "operator 0 has kind 3 of 1"],
    ["two outputs", withSubgraph({ operators: [{ inputs: [0], outputs: [1, 1] }] }), "operator 0 (TANH) has 2 outputs"],
    ["no output", withSubgraph({ operators: [{ inputs: [0], outputs: [] }] }), "operator 0 (TANH) has 0 outputs"],
    [
      "an output that is left out",
      withSubgraph({ operators: [{ inputs: [0], outputs: [-1] }] }),
      "refers to tensor -1, but the model has 2",
    ],
    [
      "an operator of one's own",
      { ...tanhModel, operatorCodes: [{ deprecatedBuiltinCode: 32, customCode: "mine", builtinCode: 32 }] },
      'operator 0: custom operator "mine" is not supported',
    ],
  ])("%s", (_, content, message) => {
    const outcome = readTflite(fileOf(content), "changed.tflite");
    if (outcome.ok) expect.fail("it was accepted");
    expect(outcome.diagnostics.map((each) => each.message)).toContainEqual(expect.stringContaining(message));
  });
});

test("a model with very many mistakes is refused for the first few", () => {
  const outcome = readTflite(fileOf(withSubgraph({ inputs: new Array<number>(200_000).fill(0) })), "many.tflite");
  if (outcome.ok) expect.fail("it was accepted");
  expect(outcome.diagnostics).toHaveLength(20);
});

test("a file that is larger than any microcontroller's flash is not looked at", () => {
  const outcome = readTflite(new Uint8Array(2 ** 24 + 1), "large.tflite");
  expect(outcome).toMatchObject({ ok: false, diagnostics: [{ code: "tflite-size", where: { file: "large.tflite" } }] });
});

describe("a model is read in spite of", () => {
  test("nothing", () => {
    expect(readTflite(fileOf(tanhModel), "same").ok).toBe(true);
  });

  test("a batch size that callers may choose: what the shape says is run", () => {
    expect(readTflite(fileOf(withInput({ shapeSignature: [-1, 1] })), "batch").ok).toBe(true);
  });

  test("tensors that nobody uses, whatever they are", () => {
    const unused: TensorContent[] = [{ type: type("FLOAT32"), shape: [4] }, { type: type("STRING"), buffer: 99 }, { shape: [-1, 0] }];
    const { tensors } = valueOf(readTflite(fileOf(withSubgraph({ tensors: [...(graph.tensors ?? []), ...unused] })), "unused"));
    expect(tensors.map(({ name }) => name)).toEqual(["input0", "t1"]);
  });
});
