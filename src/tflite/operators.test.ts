import { describe, expect, test, vi } from "vitest";
import { OPERATOR_CASES, operatorCase } from "../../tests/golden/models.ts";
import { at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import type { Graph, TensorId } from "../artifacts/graph.ts";
import { ByteReader } from "./byte-reader.ts";
import { encodeOptions, optionsType, settingTensor } from "./operator-codec.ts";
import { operatorCode, operatorName } from "./operator-names.ts";
import { codecOf, SUPPORTED_OPERATORS } from "./operators.ts";
import { readTflite } from "./read.ts";
import { modelTable } from "./schema.ts";
import { bool, decodeTable, int32, int8, type Fields, type TableContent } from "./table.ts";
import { writeTflite } from "./write.ts";

function golden(name: string): Graph {
  return valueOf(readTflite(operatorCase(name).model, name));
}

/** Why a case's graph can't be read when its first operator is written with other options. */
function refusal<F extends Fields>(name: string, unionMember: number, fields: F, content: TableContent<F>): string {
  const graph = golden(name);
  const codec = codecOf(at(graph.operators, 0));
  const spy = vi
    .spyOn(codec, "writeOptions")
    .mockImplementation((_operator, _graph, builder) => encodeOptions(builder, optionsType(unionMember, "Changed", fields), content));
  return messageOf(graph, spy);
}

/** Why a case's graph can't be read when its first operator is written with other operands. */
function refusalOfOperands(name: string, change: (operands: (TensorId | object | null)[]) => unknown): string {
  const graph = golden(name);
  const codec = codecOf(at(graph.operators, 0));
  const operands = [...codec.operands(at(graph.operators, 0), graph)];
  const spy = vi.spyOn(codec, "operands");
  change(operands);
  // The first call is the check before writing, of the operands as they should be.
  spy.mockImplementationOnce(() => []).mockImplementationOnce(() => operands);
  return messageOf(graph, spy);
}

function messageOf(graph: Graph, spy: { mockRestore(): void }): string {
  const bytes = writeTflite(graph, { description: "" });
  spy.mockRestore();
  const outcome = readTflite(bytes, "changed.tflite");
  if (outcome.ok) expect.fail("it was accepted");
  return outcome.diagnostics.map(({ message }) => message).join("; ");
}

describe("options that are refused", () => {
  test.each<readonly [string, number, Fields, object, string]>([
    ["fully_connected_00", 8, { format: int8(1) }, { format: 1 }, "its weights are shuffled"],
    ["fully_connected_00", 8, { activation: int8(0) }, { activation: 4 }, "fused activation 4 is not supported"],
    ["fully_connected_00", 1, {}, {}, "operator 0 (FULLY_CONNECTED) does not have FullyConnectedOptions"],
    ["conv_2d_00", 1, { padding: int8(0) }, { padding: 2 }, "padding 2 is unknown"],
    ["depthwise_conv_2d_01", 2, { multiplier: int32(3) }, { multiplier: 3 }, "its depth multiplier is 3, but its shapes make it 2"],
    ["concatenation_00", 10, { axis: int32(0), activation: int8(1) }, { axis: 1, activation: 1 }, "it has a fused activation"],
    ["concatenation_00", 10, { axis: int32(0) }, { axis: -3 }, "its axis is -3 of 2 dimensions"],
    ["split_02", 35, { parts: int32(0) }, { parts: 2 }, "it splits into 2 parts, but has 3 outputs"],
    ["strided_slice_00", 32, { ellipsis: int32(2) }, { ellipsis: 1 }, "it uses an ellipsis"],
    ["strided_slice_00", 32, { newAxis: int32(3) }, { newAxis: 1 }, "it uses an ellipsis, a new axis"],
    ["strided_slice_00", 32, { offset: bool(5) }, { offset: true }, "it uses an ellipsis, a new axis or offsets"],
    ["unidirectional_sequence_lstm_00", 71, { activation: int8(0) }, { activation: 1 }, "its activation is not TANH"],
    ["unidirectional_sequence_lstm_00", 71, { activation: int8(0), diagonal: bool(5) }, { activation: 4, diagonal: true }, "diagonal"],
  ])("%s with %i %o %o", (name, unionMember, fields, content, message) => {
    expect(refusal(name, unionMember, fields, content)).toContain(message);
  });
});

describe("operands that are refused", () => {
  test.each<readonly [string, (operands: unknown[]) => unknown, string]>([
    ["pad_03", (operands) => (operands[1] = settingTensor("p", [1, 1])), "it has 2 paddings for 2 dimensions"],
    ["pad_03", (operands) => (operands[1] = settingTensor("p", [0, 0, -1, 6])), "its paddings are [0, -1] before"],
    ["pad_03", (operands) => (operands[1] = 0), 'its paddings, tensor "input0", has no data'],
    ["pad_03", (operands) => operands.push(0), "has 3 inputs instead of 2"],
    ["mean_07", (operands) => (operands[1] = settingTensor("a", [1, -1, -3])), "its axis is -3 of 2 dimensions"],
    ["arg_max_05", (operands) => (operands[1] = settingTensor("a", [4])), "its axis is 4 of 4 dimensions"],
    ["strided_slice_00", (operands) => (operands[3] = settingTensor("s", [1, 0])), "by [1, 0]"],
    ["strided_slice_00", (operands) => (operands[2] = settingTensor("e", [1, 2])), "it slices [1, 10] from [0, 2] to [1, 2]"],
    ["strided_slice_00", (operands) => (operands[1] = settingTensor("b", [2])), "it slices [1, 10] from [2]"],
    ["unidirectional_sequence_lstm_00", (operands) => (operands[9] = 1), "has peephole weights"],
    ["unidirectional_sequence_lstm_00", (operands) => (operands[12] = null), "lacks its input bias"],
  ])("%s", (name, change, message) => {
    expect(refusalOfOperands(name, change)).toContain(message);
  });
});

describe("names of operators", () => {
  test("give their numbers, and back", () => {
    for (const name of SUPPORTED_OPERATORS) expect(operatorName(operatorCode(name), "")).toBe(name);
    expect(operatorName(32, "x".repeat(500))).toBe(`custom operator "${"x".repeat(80)}"`);
    expect(operatorName(5000, "")).toBe("operator number 5000");
  });

  test("are written with the versions that the golden files have, or with the one that brought int8", () => {
    const later: Record<string, number> = { ARG_MAX: 2, DEQUANTIZE: 2, LEAKY_RELU: 2, RELU: 2, RELU6: 2, SPLIT: 2 };
    for (const { name, ops } of OPERATOR_CASES.filter(({ ops }) => ops.length === 1)) {
      const [version, found] = [operatorCase(name).model, writeTflite(golden(name), { description: "" })].map((bytes) => {
        const reader = new ByteReader(bytes, name);
        return decodeTable(reader, reader.uint32(0), modelTable).operatorCodes[0]?.version;
      });
      expect(found, name).toBe(later[ops[0] ?? ""] ?? version);
    }
  });
});
