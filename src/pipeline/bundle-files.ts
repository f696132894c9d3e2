// A policy bundle as files, and back: bundle.json for people and machines, policy.tflite for other tools, golden vectors as raw
// bytes for `reflexarc verify`.

import { runError, valueOf, type DiagnosticError } from "../core/diagnostic.ts";
import { hash64 } from "../core/hash.ts";
import type { SourceTree } from "../core/io.ts";
import { BUNDLE_FORMAT, type PolicyBundle } from "../artifacts/policy-bundle.ts";
import { verifyNetwork, type DenseLayer, type FloatNetwork } from "../artifacts/network.ts";
import { readTflite } from "../tflite/read.ts";
import { writeTflite } from "../tflite/write.ts";
import type { Graph } from "../artifacts/graph.ts";

export const MODEL_FILE = "policy.tflite";
const MANIFEST_FILE = "bundle.json";
const INPUTS_FILE = "vectors.in.bin";
const OUTPUTS_FILE = "vectors.out.bin";

/** The int8 model as other tools read it; equal graphs give equal bytes. */
export function modelBytes(graph: Graph, robotName: string): Uint8Array {
  return writeTflite(graph, { description: `${robotName}, by reflexarc` });
}

/** What a bundle is called in messages, on boards and in file names: the hash of its model. */
export function policyHashOf(graph: Graph, robotName: string): string {
  return hash64(modelBytes(graph, robotName));
}

export function bundleToFiles(bundle: PolicyBundle): SourceTree {
  const manifest = {
    format: BUNDLE_FORMAT,
    policyHash: bundle.policyHash,
    provenance: bundle.provenance,
    metrics: bundle.metrics,
    network: {
      layers: bundle.network.layers.map((layer) => ({ ...layer, weights: [...layer.weights], bias: [...layer.bias] })),
    },
  };
  return new Map<string, string | Uint8Array>([
    [MANIFEST_FILE, `${JSON.stringify(manifest)}\n`],
    [MODEL_FILE, modelBytes(bundle.graph, bundle.provenance.robot)],
    [INPUTS_FILE, rawBytes(bundle.vectors.inputs)],
    [OUTPUTS_FILE, rawBytes(bundle.vectors.outputs)],
  ]);
}

/** @param name of the folder, for messages. @throws DiagnosticError when a file is missing or was changed. */
export function bundleFromFiles(files: ReadonlyMap<string, Uint8Array>, name: string): PolicyBundle {
  const file = (path: string): Uint8Array => {
    const bytes = files.get(path);
    if (bytes === undefined) throw damaged(`${name}/${path} is missing`);
    return bytes;
  };
  const manifest = parseManifest(file(MANIFEST_FILE), name);
  const model = file(MODEL_FILE);
  if (hash64(model) !== manifest.policyHash) throw damaged(`${name}/${MODEL_FILE} is not the model that was trained`);
  const graph = valueOf(readTflite(model, `${name}/${MODEL_FILE}`));
  const network: FloatNetwork = { layers: manifest.network.layers.map(layerFromJson) };
  verifyNetwork(network);
  return {
    provenance: manifest.provenance,
    metrics: manifest.metrics,
    network,
    graph,
    vectors: { inputs: int8(file(INPUTS_FILE)), outputs: int8(file(OUTPUTS_FILE)) },
    policyHash: manifest.policyHash,
  };
}

interface LayerJson extends Omit<DenseLayer, "weights" | "bias"> {
  readonly weights: readonly number[];
  readonly bias: readonly number[];
}

interface Manifest extends Pick<PolicyBundle, "policyHash" | "provenance" | "metrics"> {
  readonly format: number;
  readonly network: { readonly layers: readonly LayerJson[] };
}

function parseManifest(bytes: Uint8Array, name: string): Manifest {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
  } catch {
    throw damaged(`${name}/${MANIFEST_FILE} is no JSON`);
  }
  if (manifest.format !== BUNDLE_FORMAT)
    throw damaged(`${name} has format ${String(manifest.format)}, and this reflexarc reads ${BUNDLE_FORMAT}`);
  if (!Array.isArray(manifest.network.layers) || manifest.network.layers.length === 0)
    throw damaged(`${name}/${MANIFEST_FILE} has no layers`);
  return manifest;
}

function layerFromJson(layer: LayerJson): DenseLayer {
  return { ...layer, weights: Float32Array.from(layer.weights), bias: Float32Array.from(layer.bias) };
}

function damaged(message: string): DiagnosticError {
  return runError("bundle-damaged", message, "train again with `reflexarc train`, or restore the folder");
}

function rawBytes(values: Int8Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.length);
}

function int8(bytes: Uint8Array): Int8Array {
  return Int8Array.from(bytes, (byte) => (byte << 24) >> 24);
}
