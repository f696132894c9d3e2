// A policy bundle as files, and back: bundle.json for people and machines, weights.bin with the float network's numbers, policy.tflite
// for other tools, golden vectors as raw bytes for `reflexarc verify`. bundle.json holds a hash of each of them and of itself, so that
// whatever was changed is noticed before it is used.

import { canonicalJson, hash64, type Hash64 } from "../core/hash.ts";
import { runError, valueOf, type DiagnosticError } from "../core/diagnostic.ts";
import type { SourceTree } from "../core/io.ts";
import { elementCount, type Graph } from "../artifacts/graph.ts";
import { verifyNetwork, type FloatNetwork, type FloatTensor } from "../artifacts/network.ts";
import { BUNDLE_FORMAT, type PolicyBundle } from "../artifacts/policy-bundle.ts";
import { readTflite } from "../tflite/read.ts";
import { writeTflite } from "../tflite/write.ts";

export const MODEL_FILE = "policy.tflite";
const MANIFEST_FILE = "bundle.json";
const WEIGHTS_FILE = "weights.bin";
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

/** The network without the numbers of its parameters, which stand in weights.bin one after another, float32, little-endian. */
interface NetworkStructure extends Omit<FloatNetwork, "tensors"> {
  readonly tensors: readonly Pick<FloatTensor, "kind" | "name" | "shape">[];
}

/** What bundle.json says. */
interface Manifest extends Pick<PolicyBundle, "policyHash" | "provenance" | "metrics" | "form"> {
  readonly format: number;
  readonly network: NetworkStructure | null;
  /** Of the files beside it. */
  readonly files: Readonly<Record<string, Hash64>>;
}

export function bundleToFiles(bundle: PolicyBundle): SourceTree {
  const { policyHash, provenance, metrics, form, network } = bundle;
  const files = new Map<string, Uint8Array>([
    [MODEL_FILE, modelBytes(bundle.graph, provenance.robot)],
    ...(network === null ? [] : [[WEIGHTS_FILE, weightBytes(network)] as const]),
    [INPUTS_FILE, rawBytes(bundle.vectors.inputs)],
    [OUTPUTS_FILE, rawBytes(bundle.vectors.outputs)],
  ]);
  const hashes = Object.fromEntries([...files].map(([path, bytes]) => [path, hash64(bytes)]));
  const structure = network === null ? null : structureOf(network);
  const manifest: Manifest = { format: BUNDLE_FORMAT, policyHash, provenance, metrics, form, network: structure, files: hashes };
  return new Map<string, string | Uint8Array>([[MANIFEST_FILE, `${JSON.stringify({ ...manifest, hash: hashOf(manifest) })}\n`], ...files]);
}

/** @param name of the folder, for messages. @throws DiagnosticError when a file is missing or was changed. */
export function bundleFromFiles(files: ReadonlyMap<string, Uint8Array>, name: string): PolicyBundle {
  const whole = (path: string): Uint8Array => {
    const bytes = files.get(path);
    if (bytes === undefined) throw damaged(`${name}/${path} is missing`);
    return bytes;
  };
  const manifest = readManifest(whole(MANIFEST_FILE), name);
  const file = (path: string): Uint8Array => {
    const bytes = whole(path);
    if (hash64(bytes) !== manifest.files[path]) throw damaged(`${name}/${path} is not the one that was written with ${MANIFEST_FILE}`);
    return bytes;
  };
  const { policyHash, provenance, metrics, form, network } = manifest;
  return {
    provenance,
    metrics,
    form,
    network: network === null ? null : networkOf(network, file(WEIGHTS_FILE)),
    graph: valueOf(readTflite(file(MODEL_FILE), `${name}/${MODEL_FILE}`)),
    vectors: { inputs: new Int8Array(file(INPUTS_FILE)), outputs: new Int8Array(file(OUTPUTS_FILE)) },
    policyHash,
  };
}

/** What was written here in this format, or a diagnostic: so all that it says may be believed. */
function readManifest(bytes: Uint8Array, name: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw damaged(`${name}/${MANIFEST_FILE} is no JSON`);
  }
  const { hash, ...manifest } = { ...(json as Readonly<Record<string, unknown>> | null) };
  const { format } = manifest;
  if (format !== BUNDLE_FORMAT) {
    const found = typeof format === "number" ? `has format ${format}` : "says no format";
    throw damaged(`${name}/${MANIFEST_FILE} ${found}, and this reflexarc reads ${BUNDLE_FORMAT}`);
  }
  if (hash !== hashOf(manifest)) throw damaged(`${name}/${MANIFEST_FILE} was changed after it was written`);
  return manifest as unknown as Manifest;
}

/** Whatever the order of keys and the spaces. */
function hashOf(manifest: unknown): Hash64 {
  return hash64(canonicalJson(manifest));
}

function damaged(message: string): DiagnosticError {
  return runError("bundle-damaged", message, "train again with `reflexarc train`, or restore the folder");
}

function structureOf({ tensors, operators, inputs, outputs }: FloatNetwork): NetworkStructure {
  const withoutData = tensors.map(({ kind, name, shape }) => ({ kind, name, shape }));
  return { tensors: withoutData, operators, inputs, outputs };
}

function weightBytes({ tensors }: FloatNetwork): Uint8Array {
  const values = tensors.flatMap((tensor) => (tensor.kind === "parameter" ? [...tensor.data] : []));
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, index) => {
    view.setFloat32(4 * index, value, true);
  });
  return new Uint8Array(view.buffer);
}

function networkOf({ tensors, ...structure }: NetworkStructure, bytes: Uint8Array): FloatNetwork {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  const filled = tensors.map(({ kind, name, shape }): FloatTensor => {
    if (kind === "activation") return { kind, name, shape };
    const first = offset;
    offset += 4 * elementCount(shape);
    const data = Float32Array.from({ length: elementCount(shape) }, (_, index) => view.getFloat32(first + 4 * index, true));
    return { kind, name, shape, data };
  });
  const network = { ...structure, tensors: filled };
  verifyNetwork(network);
  return network;
}

function rawBytes(values: Int8Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.length);
}
