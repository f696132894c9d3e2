// Whatever a model.json and its shards hold: a network that computes, or diagnostics with a remedy.

import * as tf from "@tensorflow/tfjs-layers";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { at } from "../core/assert.ts";
import { elementCount } from "../artifacts/graph.ts";
import { createFloatInterpreter } from "../quantize/float-interpreter.ts";
import { readTensorFlowJs, weightFiles } from "./read-model.ts";
import { modelOf } from "./testing/json-model.ts";
import { savedModel, type SavedModel } from "./testing/tfjs-model.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 300);

/** @returns whether it was read. */
function expectSafe({ text, shards }: SavedModel): boolean {
  const outcome = readTensorFlowJs(text, shards, "model.json");
  if (!outcome.ok) {
    expect(outcome.diagnostics.length).toBeGreaterThan(0);
    for (const { code, message, hint, where } of outcome.diagnostics) {
      expect(code).toMatch(/^model-/);
      expect(message.length).toBeLessThan(2000);
      expect(hint).not.toBe("");
      expect(where).toEqual({ file: "model.json" });
    }
    return false;
  }
  const { network } = outcome.value;
  createFloatInterpreter(network).infer(network.inputs.map((id) => new Float32Array(elementCount(at(network.tensors, id).shape))));
  return true;
}

/** Every place in a JSON document, as keys from the top. */
function placesIn(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner).map((place) => [key, ...place]))];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) };
  return Object.assign(copy, { [key]: replaced((value as Record<string, unknown>)[key], rest, by) });
}

const VALUES = fc.constantFrom<unknown>(
  null,
  -1,
  0,
  1,
  2,
  3,
  1e9,
  0.5,
  "",
  "same",
  "relu",
  "Dense",
  "GRU",
  [],
  [1],
  [0, 0],
  [[]],
  {},
  true,
  { class_name: "Dense", config: {} },
);

function mutations({ text, shards }: SavedModel): fc.Arbitrary<SavedModel> {
  const model: unknown = JSON.parse(text);
  const places = placesIn(model);
  const change = fc.tuple(fc.nat(places.length - 1), VALUES);
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.array(change, { minLength: 1, maxLength: 2 }).map((changes) => ({
        text: JSON.stringify(
          changes.reduce(
            (now, [place, value]) => (placeExists(now, at(places, place)) ? replaced(now, at(places, place), value) : now),
            model,
          ),
        ),
        shards,
      })),
    },
    {
      weight: 1,
      arbitrary: fc
        .nat(64)
        .map((length) => ({ text, shards: new Map([...shards].map(([path, bytes]) => [path, bytes.slice(0, length)])) })),
    },
    { weight: 1, arbitrary: fc.nat(text.length).map((length) => ({ text: text.slice(0, length), shards })) },
  );
}

function placeExists(value: unknown, place: readonly string[]): boolean {
  return place.every((key) => {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return false;
    value = (value as Record<string, unknown>)[key];
    return true;
  });
}

const node = (name: string, op: string, input: readonly string[], attr: object = {}): object => ({ name, op, input, attr });

const graphModel: SavedModel = modelOf(
  {
    format: "graph-model",
    signature: {
      inputs: { x: { name: "x:0", tensorShape: { dim: [{ size: "-1" }, { size: "4" }, { size: "4" }, { size: "1" }] } } },
      outputs: { y: { name: "y" } },
    },
    modelTopology: {
      node: [
        node("x", "Placeholder", []),
        ...["w", "b", "shape", "v"].map((name) => node(name, "Const", [])),
        node("c", "_FusedConv2D", ["x", "w", "b"], {
          strides: { list: { i: ["1", "2", "2", "1"] } },
          padding: { s: "U0FNRQ==" },
          fused_ops: { list: { s: ["Qmlhc0FkZA==", "UmVsdQ=="] } },
        }),
        node("r", "Reshape", ["c", "shape"]),
        node("y", "MatMul", ["r", "v"], { transpose_b: { b: false } }),
      ],
    },
  },
  [
    { name: "w", shape: [2, 2, 1, 2], values: [1, 2, 3, 4, 5, 6, 7, 8] },
    { name: "b", shape: [2], values: [1, 2] },
    { name: "shape", shape: [2], values: [-1, 8], dtype: "int32" },
    { name: "v", shape: [8, 1], values: [1, 2, 3, 4, 5, 6, 7, 8] },
  ],
);

describe("any change of a model is read, or refused:", () => {
  let layersModel: SavedModel;
  beforeAll(async () => {
    const { layers } = tf;
    layersModel = await savedModel(
      tf.sequential({
        layers: [
          layers.conv1d({ filters: 3, kernelSize: 2, inputShape: [6, 2], activation: "relu" }),
          layers.batchNormalization(),
          layers.maxPooling1d({ poolSize: 2 }),
          layers.gru({ units: 2, recurrentInitializer: "glorotUniform", returnSequences: true }),
          layers.flatten(),
          layers.dense({ units: 3, activation: "softmax" }),
        ],
      }),
    );
  });

  test("of a layers model", () => {
    expect(expectSafe(layersModel)).toBe(true);
    fc.assert(
      fc.property(mutations(layersModel), (model) => void expectSafe(model)),
      { numRuns: RUNS },
    );
  });

  test("of a graph model", () => {
    expect(expectSafe(graphModel)).toBe(true);
    fc.assert(
      fc.property(mutations(graphModel), (model) => void expectSafe(model)),
      { numRuns: RUNS },
    );
  });
});

describe("weights", () => {
  const withWeights = (weights: readonly object[], bytes: Uint8Array): SavedModel => {
    const layer = (class_name: string, config: object): object => ({ class_name, config });
    const config = {
      name: "s",
      layers: [layer("InputLayer", { name: "x", batch_shape: [null, 2] }), layer("Dense", { name: "d", units: 1, use_bias: false })],
    };
    const modelTopology = { keras_version: "3.0.0", model_config: { class_name: "Sequential", config } };
    return {
      text: JSON.stringify({ format: "layers-model", modelTopology, weightsManifest: [{ paths: ["w.bin"], weights }] }),
      shards: new Map([["w.bin", bytes]]),
    };
  };
  const kernel = { name: "d/kernel", shape: [2, 1], dtype: "float32" };

  test.each([
    ["uint8", Uint8Array.of(0, 255), { dtype: "uint8", scale: 0.01, min: -1 }, [-1, 1.55]],
    ["uint16", new Uint8Array(Uint16Array.of(1, 65535).buffer), { dtype: "uint16", scale: 0.5, min: 2 }, [2.5, 32769.5]],
    ["float16", new Uint8Array(Uint16Array.of(0x3c00, 0xb800).buffer), { dtype: "float16", original_dtype: "float32" }, [1, -0.5]],
  ])("quantized to %s have the values that they stand for", (_type, bytes, quantization, expected) => {
    const { text, shards } = withWeights([{ ...kernel, quantization }], bytes);
    const outcome = readTensorFlowJs(text, shards, "model.json");
    const data = outcome.ok ? outcome.value.network.tensors.flatMap((tensor) => (tensor.kind === "parameter" ? [...tensor.data] : [])) : [];
    expect(data).toEqual(expected.map(Math.fround));
  });

  test.each([
    ["that end too soon", [kernel], new Uint8Array(7), /weight "d\/kernel": it ends at byte 8 of shards with 7 bytes/],
    ["that go on", [kernel], new Uint8Array(12), /describes 8 bytes of weights, and its shards have 12/],
    ["of an unknown type", [{ ...kernel, dtype: "string" }], new Uint8Array(8), /its type is "string"/],
    ["that are not finite", [kernel], new Uint8Array(8).fill(255), /holds a number that is not finite/],
    ["beyond all memory", [{ ...kernel, shape: [1e6, 1e6] }], new Uint8Array(8), /its shape is \[1000000, 1000000\]/],
  ])("%s are refused", (_what, weights, bytes, reason) => {
    const { text, shards } = withWeights(weights, bytes);
    const outcome = readTensorFlowJs(text, shards, "model.json");
    expect(outcome.ok ? "" : at(outcome.diagnostics, 0).message).toMatch(reason);
  });

  test("stand beside model.json, nowhere else", () => {
    const paths = (path: string): unknown =>
      weightFiles(JSON.stringify({ weightsManifest: [{ paths: [path], weights: [] }] }), "model.json");
    expect(paths("deep/shard.bin")).toMatchObject({ ok: true, value: ["deep/shard.bin"] });
    for (const path of ["../secret", "/etc/passwd", "C:\\x", "a/../../b", "https://x/y"])
      expect(paths(path)).toMatchObject({ ok: false, diagnostics: [{ code: "model-weights" }] });
  });
});
