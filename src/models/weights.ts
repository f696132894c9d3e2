// The weights of a TensorFlow.js model: the manifest of model.json and the bytes of its shards in, named arrays out.
// Format: tfjs-core/src/io/types.ts (WeightsManifestConfig), io_utils.ts (decodeWeights).

import { at } from "../core/assert.ts";
import { halfFloat } from "../core/half-float.ts";
import { elementCount } from "../artifacts/graph.ts";
import type { Json } from "./json.ts";
import { EXPORT_AGAIN, modelProblem, quoted, shapeText, within } from "./problem.ts";

export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type Weights = ReadonlyMap<string, Weight>;

/** Beyond the flash of any microcontroller that we know. */
const MOST_ELEMENTS = 2 ** 24;

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 };

/** Paths of the shards, relative to model.json. @throws DiagnosticError when one leads elsewhere. */
export function shardPaths(model: Json): readonly string[] {
  return groupsOf(model).flatMap((group) =>
    group
      .get("paths")
      .list()
      .map((path) => {
        const text = path.text();
        if (!/^[/\\]|^[a-z]+:|(^|[/\\])\.\.([/\\]|$)/i.test(text)) return text;
        throw modelProblem("model-weights", `${path.path} is ${quoted(text)}`, "put the weights beside model.json");
      }),
  );
}

/** Every weight of the manifest, as float32. @param files by path relative to model.json. */
export function readWeights(model: Json, files: ReadonlyMap<string, Uint8Array>): Weights {
  const weights = new Map<string, Weight>();
  for (const group of groupsOf(model)) {
    const bytes = joined(
      group
        .get("paths")
        .list()
        .map((path) => shard(path.text(), files)),
    );
    let place = 0;
    for (const entry of group.get("weights").list()) {
      const name = entry.get("name").text();
      within(`weight ${quoted(name)}`, () => {
        const { weight, size } = readWeight(name, entry, bytes, place);
        place += size;
        weights.set(name, weight);
      });
    }
    if (place === bytes.length) continue;
    throw modelProblem(
      "model-weights",
      `${group.path} describes ${place} bytes of weights, and its shards have ${bytes.length}`,
      EXPORT_AGAIN,
    );
  }
  return weights;
}

function groupsOf(model: Json): readonly Json[] {
  const manifest = model.get("weightsManifest");
  if (!manifest.isAbsent) return manifest.list();
  throw modelProblem("model-weights", "the model has no weights manifest", "save the model with its weights, not its topology alone");
}

function shard(path: string, files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const bytes = files.get(path);
  if (bytes !== undefined) return bytes;
  throw modelProblem("model-weights", `the weights ${quoted(path)} are missing`, "put all files that the converter wrote into one folder");
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    bytes.set(part, place);
    place += part.length;
  }
  return bytes;
}

function readWeight(name: string, entry: Json, bytes: Uint8Array, place: number): { readonly weight: Weight; readonly size: number } {
  const shape = entry
    .get("shape")
    .list()
    .map((size) => size.whole());
  const count = elementCount(shape);
  if (shape.length > 6 || shape.some((size) => size < 0) || count > MOST_ELEMENTS) {
    throw modelProblem("model-weights", `its shape is ${shapeText(shape)}`, EXPORT_AGAIN);
  }
  const dtype = entry.get("dtype").text();
  const quantization = entry.get("quantization");
  const stored = quantization.isAbsent ? dtype : quantization.get("dtype").text();
  const elementBytes = BYTES[stored];
  if (elementBytes === undefined) {
    throw modelProblem(
      "model-weights",
      `its type is ${quoted(stored)}`,
      "keep the weights in float32, or quantize them to float16, uint16 or uint8",
    );
  }
  const size = count * elementBytes;
  if (place + size > bytes.length) {
    throw modelProblem("model-weights", `it ends at byte ${place + size} of shards with ${bytes.length} bytes`, EXPORT_AGAIN);
  }
  const read = elementReader(stored, new DataView(bytes.buffer, bytes.byteOffset + place, size));
  // Quantized by a range: value = stored * scale + min (dequantizeWeights).
  const isRange = !quantization.isAbsent && stored !== "float16";
  const scale = isRange ? quantization.get("scale").number() : 1;
  const minimum = isRange ? quantization.get("min").number() : 0;
  const data = Float32Array.from({ length: count }, (_, index) => read(index) * scale + minimum);
  if (!data.every(Number.isFinite)) {
    throw modelProblem("model-weights", "it holds a number that is not finite", "train the model again: it has diverged");
  }
  return { weight: { name, shape, data }, size };
}

function elementReader(type: string, view: DataView): (index: number) => number {
  switch (type) {
    case "float32":
      return (index) => view.getFloat32(4 * index, true);
    case "int32":
      return (index) => view.getInt32(4 * index, true);
    case "uint16":
      return (index) => view.getUint16(2 * index, true);
    case "float16":
      return (index) => halfFloat(view.getUint16(2 * index, true));
    default:
      return (index) => view.getUint8(index);
  }
}

/** The same numbers with their dimensions in another order. @param order of the new dimensions, by number of the old. */
export function transposed({ name, shape, data }: Weight, order: readonly number[]): Weight {
  const strides = shape.map((_, dimension) => elementCount(shape.slice(dimension + 1)));
  const newShape = order.map((dimension) => at(shape, dimension));
  const steps = order.map((dimension) => at(strides, dimension));
  const moved = new Float32Array(data.length);
  for (let index = 0; index < moved.length; index++) {
    let rest = index;
    let from = 0;
    for (let dimension = newShape.length - 1; dimension >= 0; dimension--) {
      const size = at(newShape, dimension);
      from += (rest % size) * at(steps, dimension);
      rest = Math.floor(rest / size);
    }
    moved[index] = at(data, from);
  }
  return { name, shape: newShape, data: moved };
}
