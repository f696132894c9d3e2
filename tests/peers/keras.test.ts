// What Keras, TensorFlow.js's converter and TFLite's converter write, imported: it computes what Keras says.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assert, at } from "../../src/core/assert.ts";
import { DiagnosticError } from "../../src/core/diagnostic.ts";
import { elementCount, type Graph } from "../../src/artifacts/graph.ts";
import type { FloatNetwork } from "../../src/artifacts/network.ts";
import { lowerGraph } from "../../src/lower/lower-graph.ts";
import { readModel } from "../../src/pipeline/import-model.ts";
import { createFloatInterpreter } from "../../src/quantize/float-interpreter.ts";
import { createInterpreter } from "../../src/quantize/interpreter.ts";
import { valueOf } from "../../src/core/diagnostic.ts";
import { peersAreMissing, runModels, runPeer } from "./peers.ts";

/** Ten models are trained by nobody, but saved, converted and run: half a minute on a quiet machine. */
const EXPORT_MS = 600_000;

const ROWS = 16;

/** Float32 sums in another order. */
const ROUNDING = 1e-5;

/** Weights of 11 bits, through a network. */
const HALF_PRECISION = 3e-3;

const LAYERS = ["h5", "keras"];
const EVERYTHING = [...LAYERS, "saved", "float", "dynamic"];

/** By model, the forms that compute what Keras says. */
const IMPORTED: Readonly<Record<string, readonly string[]>> = {
  mlp: EVERYTHING,
  normalised: [...LAYERS, "saved"],
  temporal: EVERYTHING,
  causal: LAYERS,
  vision: EVERYTHING,
  branches: [...LAYERS, "saved"],
  gru: LAYERS,
  lstm: LAYERS,
  looping: LAYERS,
  remembering: LAYERS,
};

/** Forms of models that can't be imported, and what they must be refused for. */
const REFUSED: readonly (readonly [model: string, form: string, reasons: readonly RegExp[]])[] = [
  ["causal", "saved", [/SpaceToBatchND is not supported/, /BatchToSpaceND is not supported/]],
  ["causal", "float", [/SPACE_TO_BATCH_ND is not supported/, /BATCH_TO_SPACE_ND is not supported/]],
  ["looping", "saved", [/runs in a loop/]],
];

const INT8 = ["mlp", "temporal", "vision"];

let folder = "";

async function model(name: string, form: string): Promise<ReturnType<typeof readModel>> {
  const place = path.join(folder, name, form);
  if (["h5", "keras", "saved"].includes(form)) {
    const shards = (await readdir(place)).filter((file) => file.endsWith(".bin"));
    const contents = await Promise.all(shards.map(async (file) => [file, new Uint8Array(await readFile(path.join(place, file)))] as const));
    return readModel({ name: "model.json", bytes: await readFile(path.join(place, "model.json")), shards: new Map(contents) });
  }
  return readModel({ name: `${form}.tflite`, bytes: new Uint8Array(await readFile(`${place}.tflite`)), shards: new Map() });
}

async function networkOf(name: string, form: string): Promise<FloatNetwork> {
  const read = await model(name, form);
  assert("network" in read, `${name} ${form} is no float model`);
  return read.network;
}

async function floats(name: string, file: string): Promise<Float32Array> {
  const bytes = new Uint8Array(await readFile(path.join(folder, name, file)));
  return new Float32Array(bytes.buffer);
}

/** Rows of a network's inputs, which the file holds one after another. */
function splitRow(row: Float32Array, { inputs, tensors }: FloatNetwork): Float32Array[] {
  let place = 0;
  return inputs.map((id) => {
    const size = elementCount(at(tensors, id).shape);
    place += size;
    return row.slice(place - size, place);
  });
}

/** The largest error, relative to the larger of 1 and the right value. */
async function largestError(name: string, network: FloatNetwork): Promise<number> {
  const [given, right] = [await floats(name, "in.bin"), await floats(name, "out.bin")];
  const interpreter = createFloatInterpreter(network);
  const [width, outputs] = [given.length / ROWS, right.length / ROWS];
  const errors = Array.from({ length: ROWS }, (_, row) => {
    const made = interpreter.infer(splitRow(given.slice(row * width, (row + 1) * width), network)).flatMap((each) => [...each]);
    expect(made).toHaveLength(outputs);
    return made.map((value, index) => {
      const expected = at(right, row * outputs + index);
      return Math.abs(value - expected) / Math.max(1, Math.abs(expected));
    });
  });
  return Math.max(...errors.flat());
}

function interpret(graph: Graph, inputs: Int8Array): Int8Array {
  const interpreter = createInterpreter(valueOf(lowerGraph(graph)));
  const width = inputs.length / ROWS;
  const outputs = Array.from({ length: ROWS }, (_, row) => {
    interpreter.reset();
    return interpreter.infer(inputs.subarray(row * width, (row + 1) * width));
  });
  return Int8Array.from(outputs.flatMap((each) => [...each]));
}

describe.skipIf(peersAreMissing())("a model of Keras", () => {
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "reflexarc-keras-"));
    await runPeer("keras_models.py", folder);
  }, EXPORT_MS);

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test.each(Object.entries(IMPORTED).flatMap(([name, forms]) => forms.map((form) => [name, form] as const)))(
    "%s, as %s, computes the same",
    async (name, form) => {
      expect(await largestError(name, await networkOf(name, form))).toBeLessThan(ROUNDING);
    },
  );

  test.each(INT8)("%s, with weights in half precision, computes nearly the same", async (name) => {
    const error = await largestError(name, await networkOf(name, "half"));
    expect(error).toBeLessThan(HALF_PRECISION);
    expect(error).toBeGreaterThan(0);
  });

  test.each(REFUSED)("%s, as %s, is refused, with all reasons", async (name, form, reasons) => {
    const refusal = await model(name, form).catch((error: unknown) => error);
    assert(refusal instanceof DiagnosticError, `${name} ${form} was not refused`);
    for (const reason of reasons) expect(refusal.message).toMatch(reason);
  });

  test.each(INT8)("%s, quantized to int8 by TFLite's converter, gives TFLM's outputs, bit for bit, and TFLite's within 1", async (name) => {
    const graph = await model(name, "int8");
    assert("operators" in graph, `${name} is no int8 model`);
    const [given, lite, bytes] = await Promise.all(
      ["int8.in.bin", "int8.out.bin", "int8.tflite"].map((file) => readFile(path.join(folder, name, file))),
    );
    const inputs = new Int8Array(given ?? []);
    const outputs = interpret(graph, inputs);
    expect(await runModels("tflm", [{ model: new Uint8Array(bytes ?? []), inputs }])).toEqual([outputs]);
    const differences = outputs.map((value, index) => Math.abs(value - (((lite?.[index] ?? 0) << 24) >> 24)));
    // MEAN alone: TFLite's kernel rounds otherwise than TFLM's.
    expect(Math.max(...differences)).toBeLessThanOrEqual(name === "vision" ? 1 : 0);
    expect(new Set(outputs).size).toBeGreaterThan(5);
  });
});
