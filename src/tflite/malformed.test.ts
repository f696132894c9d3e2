import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { Builder } from "flatbuffers";
import { describe, expect, test, vi } from "vitest";
import { goldenCase, MALFORMED_CASES, malformedModel, OPERATOR_CASES, operatorCase } from "../../tests/golden/models.ts";
import { at } from "../core/assert.ts";
import { lowerGraph } from "../lower/lower-graph.ts";
import { ByteReader } from "./byte-reader.ts";
import { readTflite } from "./read.ts";
import { writeTflite } from "./write.ts";

/** Runs of each property for each model; FUZZ_RUNS asks for more. */
const RUNS = Number(process.env["FUZZ_RUNS"] ?? 6);

/** Any bytes give a graph that can be written and read again, or diagnostics; anything thrown fails the test. */
function expectSafe(bytes: Uint8Array): void {
  const outcome = readTflite(bytes, "fuzz.tflite");
  if (outcome.ok) {
    const again = readTflite(writeTflite(outcome.value, { description: "" }), "again.tflite");
    expect(isDeepStrictEqual(again, outcome)).toBe(true);
    // It can be trusted: lowering gives a program or a diagnostic, no assertion.
    lowerGraph(outcome.value);
    return;
  }
  expect(outcome.diagnostics.length).toBeGreaterThan(0);
  for (const { code, message, hint, where } of outcome.diagnostics) {
    expect(code).toMatch(/^tflite-/);
    expect(message).not.toMatch(/undefined|NaN of/);
    expect(message.length).toBeLessThan(2000);
    expect(hint).not.toBe("");
    expect(where).toEqual({ file: "fuzz.tflite" });
  }
}

/** A number of the file that reading it looks at. */
interface ReadNumber {
  readonly place: number;
  readonly type: "int8" | "uint8" | "uint16" | "int32" | "uint32" | "int64" | "float32";
}

function numbersOf(model: Uint8Array): readonly ReadNumber[] {
  const spies = (["int8", "uint8", "uint16", "int32", "uint32", "int64", "float32"] as const).map((type) => ({
    type,
    spy: vi.spyOn(ByteReader.prototype, type),
  }));
  readTflite(model, "numbers");
  const numbers = spies.flatMap(({ type, spy }) => spy.mock.calls.map(([place]) => ({ place, type })));
  for (const { spy } of spies) spy.mockRestore();
  return [...new Map(numbers.map((number) => [number.place, number])).values()];
}

const WHOLE = fc.oneof(
  fc.constantFrom(0, -1, 1, 2, 4, 127, -128, 255, 0x7fffffff, -0x80000000, 0x10000, 4096),
  fc.integer({ min: -30, max: 300 }),
);
const REAL = fc.oneof(fc.constantFrom(0, -0, NaN, Infinity, 1e-45, 1e-38, 3e38, 2 ** -12, 1 / 256, 1), fc.float());

/** One or a few of the model's numbers replaced by others that are likely to matter. */
function withNumbersChanged(model: Uint8Array, numbers: readonly ReadNumber[]): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(numbers.length - 1), WHOLE, REAL);
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const bytes = model.slice();
    const view = new DataView(bytes.buffer);
    for (const [index, whole, real] of changes) {
      const { place, type } = at(numbers, index);
      if (type === "float32") view.setFloat32(place, real, true);
      else if (type === "int64") view.setBigInt64(place, BigInt(whole), true);
      else if (type === "uint16") view.setUint16(place, whole, true);
      else if (type === "int8" || type === "uint8") view.setUint8(place, whole);
      else view.setInt32(place, whole, true);
    }
    return bytes;
  });
}

function withBytesChanged(model: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(model.length - 1), fc.nat(255));
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    const bytes = model.slice();
    for (const [place, value] of changes) bytes[place] = value;
    return bytes;
  });
}

describe("any bytes are safe to read:", () => {
  test("random ones", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), expectSafe), { numRuns: 500 });
  });

  test("random ones behind a right identifier", () => {
    const bytes = fc.uint8Array({ minLength: 8, maxLength: 400 }).map((tail) => Uint8Array.of(8, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33, ...tail));
    fc.assert(fc.property(bytes, expectSafe), { numRuns: 500 });
  });

  const models = [
    ...(["mlpA", "convD"] as const).map((name) => ({ name, model: goldenCase(name).model })),
    ...OPERATOR_CASES.map(({ name }) => ({ name, model: operatorCase(name).model })),
  ];

  test.each(models)("$name changed, or cut anywhere", ({ model }) => {
    const bytes = fc.oneof(
      { weight: 1, arbitrary: fc.nat(model.length - 1).map((length) => model.subarray(0, length)) },
      { weight: 3, arbitrary: withBytesChanged(model) },
      { weight: 6, arbitrary: withNumbersChanged(model, numbersOf(model)) },
    );
    fc.assert(fc.property(bytes, expectSafe), { numRuns: RUNS });
  });

  test("a small file that refers to the same tables over and over", () => {
    const builder = new Builder();
    const repeated = (content: number, count: number): number => {
      builder.startVector(4, count, 4);
      for (let index = 0; index < count; index++) builder.addOffset(content);
      return builder.endVector();
    };
    const tableWith = (slot: number, content: number | null): number => {
      builder.startObject(slot + 1);
      if (content !== null) builder.addFieldOffset(slot, content, 0);
      return builder.endObject();
    };
    const operator = tableWith(0, null);
    const subgraph = tableWith(3, repeated(operator, 5_000));
    builder.finish(tableWith(2, repeated(subgraph, 5_000)), "TFL3");
    const outcome = readTflite(builder.asUint8Array(), "bomb.tflite");
    expect(outcome).toMatchObject({
      ok: false,
      diagnostics: [{ code: "tflite-malformed", message: expect.stringContaining("overlap") as string }],
    });
  });
});

/** What each must be refused for. */
const REASONS: Readonly<Record<string, RegExp>> = {
  bad_trunc_tail: /byte \d+\.\.\d+ of a file of 1120 bytes/,
  bad_empty: /does not have TFL3 at byte 4/,
  bad_wrong_version: /schema version 2/,
  bad_op_conv_3d: /operator 0: CONV_3D is not supported/,
  bad_int16_activations: /tensor "input0" is INT16/,
  bad_weights_without_data: /operator 0 \(FULLY_CONNECTED\): its weights, tensor "t1", has no data/,
  bad_buffer_index_out: /tensor "t1" has its data in buffer 99, but the file has 5/,
  bad_short_buffer: /tensor "t1" .* data for 10 elements instead of 48/,
  bad_tensor_index_out: /operator 0 \(FULLY_CONNECTED\) refers to tensor 77, but the model has 7/,
  bad_output_index_out: /the model's output is tensor 55 of 7/,
  bad_per_channel_count: /tensor "t1" has 2 scales along dimension 0 instead of 1 or 3/,
  bad_scale_zero: /tensor "input0" has scale 0/,
  bad_zero_point_300: /tensor "input0" has zero point 300/,
  bad_zero_size_input: /tensor "input0" has shape \[1, 0\]/,
  bad_stride_zero: /operator 0 \(CONV_2D\): its strides are 1 x 0/,
  bad_missing_operand: /operator 0 \(CONV_2D\) lacks its weights/,
  bad_add_output_scale_tiny: /operator 0 \(ADD\): its scales, .* are out of all proportion/,
  bad_softmax_scale_tiny: /operator 0 \(SOFTMAX\): its beta is 1 and its input's scale 9\.99/,
  bad_logistic_output_zero_point: /operator 0 \(LOGISTIC\): its output has scale 0\.00390625 and zero point 0/,
  bad_float_model: /operator 0 \(FULLY_CONNECTED\): tensor "input0" is FLOAT32: this is a float model/,
};

describe("malformed models, several of which crash TFLM:", () => {
  test.each(Object.entries(REASONS))("%s", (name, reason) => {
    const outcome = readTflite(malformedModel(name), name);
    if (outcome.ok) expect.fail("it was accepted");
    expect(outcome.diagnostics).toHaveLength(name === "bad_int16_activations" ? 5 : 1);
    expect(at(outcome.diagnostics, 0).message).toMatch(reason);
  });

  test("none is left out", () => {
    expect(Object.keys(REASONS).sort()).toEqual(MALFORMED_CASES.map(({ name }) => name).sort());
  });
});
