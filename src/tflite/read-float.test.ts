import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import { elementCount } from "../artifacts/graph.ts";
import { goldenCase } from "../../tests/golden/models.ts";
import { checkedNetwork } from "../models/checked-network.ts";
import { createFloatInterpreter } from "../quantize/float-interpreter.ts";
import { denseNetwork, uniformRows } from "../quantize/testing.ts";
import { randomNetwork } from "../quantize/testing/random-network.ts";
import { readFloatTflite } from "./read-float.ts";
import { readTflite } from "./read.ts";
import { writeFloatTflite } from "./testing/write-float.ts";

describe("a float model", () => {
  test("of any operators is read as it was written", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (seed) => {
        const network = randomNetwork(seed);
        const read = valueOf(readFloatTflite(writeFloatTflite(network), "model.tflite"));
        const [expected, actual] = [createFloatInterpreter(network), createFloatInterpreter(read)];
        for (const row of uniformRows(network, new Random(seed), 2)) expect(actual.infer([row])).toEqual(expected.infer([row]));
      }),
      { numRuns: 100 },
    );
  });

  test("is none for the reader of int8 models, which says so", () => {
    const bytes = writeFloatTflite(denseNetwork([4, 8, 3], "relu", new Random(1)));
    expect(readTflite(bytes, "model.tflite")).toMatchObject({ ok: false, diagnostics: [{ code: "tflite-float-model" }] });
  });

  test("is not what an int8 model is", () => {
    const outcome = readFloatTflite(goldenCase("mlpA").model, "int8.tflite");
    expect(outcome).toMatchObject({ ok: false });
    expect(outcome.ok ? [] : outcome.diagnostics.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/is INT8 in a float model/),
    );
  });

  test("with a number that is not finite is refused by the tensor's name", () => {
    const network = denseNetwork([2, 2], "relu", new Random(1));
    const tensors = network.tensors.map((tensor) =>
      tensor.kind === "parameter" ? { ...tensor, data: tensor.data.map(() => NaN) } : tensor,
    );
    const outcome = readFloatTflite(writeFloatTflite({ ...network, tensors }), "model.tflite");
    expect(outcome).toMatchObject({ ok: false });
    expect(outcome.ok ? [] : outcome.diagnostics.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^tensor ".*" holds a number that is not finite/),
    );
  });
});

test("any bytes give a network that computes, or diagnostics", () => {
  const models = [11, 12, 13, 14, 15, 16].map((seed) => writeFloatTflite(randomNetwork(seed)));
  const changed = fc.constantFrom(...models).chain((model) => {
    const change = fc.tuple(fc.nat(model.length - 1), fc.nat(255));
    return fc.oneof(
      fc.nat(model.length).map((length) => model.slice(0, length)),
      fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
        const bytes = model.slice();
        for (const [place, value] of changes) bytes[place] = value;
        return bytes;
      }),
    );
  });
  let read = 0;
  fc.assert(
    fc.property(changed, (bytes) => {
      const outcome = readFloatTflite(bytes, "fuzz.tflite");
      const network = outcome.ok ? checkedNetwork(outcome.value, "fuzz.tflite") : outcome;
      if (!network.ok) {
        expect(network.diagnostics.length).toBeGreaterThan(0);
        for (const { hint, where } of network.diagnostics)
          expect({ hint, where }).toEqual({ hint: expect.stringMatching(/./) as string, where: { file: "fuzz.tflite" } });
        return;
      }
      read += 1;
      const { tensors, inputs } = network.value.network;
      createFloatInterpreter(network.value.network).infer(inputs.map((id) => new Float32Array(elementCount(at(tensors, id).shape))));
    }),
    { numRuns: Number(process.env["FUZZ_RUNS"] ?? 600) },
  );
  expect(read).toBeGreaterThan(5);
});
