// A TensorFlow.js layers model in, the files that it saves out: for tests, in which TensorFlow.js itself says what is right.

import "@tensorflow/tfjs-backend-cpu";
import { tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { at } from "../../core/assert.ts";
import { Random } from "../../core/random.ts";

export interface SavedModel {
  /** model.json. */
  readonly text: string;
  readonly shards: ReadonlyMap<string, Uint8Array>;
}

/** What `model.save` writes, with the weights in two shards that end anywhere. */
export async function savedModel(model: LayersModel): Promise<SavedModel> {
  const saved: { text: string; bytes: Uint8Array } = { text: "", bytes: new Uint8Array() };
  await model.save({
    save: ({ modelTopology, weightSpecs, weightData, format, generatedBy, convertedBy }) => {
      const manifest = [{ paths: ["one.bin", "two.bin"], weights: weightSpecs }];
      saved.text = JSON.stringify({ format, generatedBy, convertedBy, modelTopology, weightsManifest: manifest });
      saved.bytes = new Uint8Array(Array.isArray(weightData) ? at(weightData, 0) : (weightData ?? new ArrayBuffer(0)));
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } });
    },
  });
  const half = Math.floor(saved.bytes.length / 2);
  return {
    text: saved.text,
    shards: new Map([
      ["one.bin", saved.bytes.slice(0, half)],
      ["two.bin", saved.bytes.slice(half)],
    ]),
  };
}

/** Weights as after training: no bias is zero, and variances stay positive. */
export function withRandomWeights(model: LayersModel, seed: number): LayersModel {
  const random = new Random(seed);
  const weights = model.weights.map(({ name, shape }) => {
    const sizes = shape.map((size) => size ?? 1);
    const count = sizes.reduce((product, size) => product * size, 1);
    const value = (): number => (name.includes("variance") ? random.uniform(0.3, 2) : random.uniform(-0.8, 0.8));
    return tensor(Float32Array.from({ length: count }, value), sizes);
  });
  model.setWeights(weights);
  return model;
}

/** What the model says for one row: its outputs one after another. */
export function predicted(model: LayersModel, inputs: readonly Float32Array[]): readonly Float32Array[] {
  const given = model.inputs.map(({ shape }, index) => tensor(at(inputs, index), [1, ...shape.slice(1).map((size) => size ?? 1)]));
  const outputs = model.predict(given.length === 1 ? at(given, 0) : given);
  return (Array.isArray(outputs) ? outputs : [outputs]).map((each) => Float32Array.from(each.dataSync()));
}
