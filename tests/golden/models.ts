// Models with inputs and the outputs of TensorFlow Lite Micro's reference kernels. Those made for this project stand in
// models/; more, which we may use but not copy, stand beside the project on some machines.

import { existsSync, readFileSync } from "node:fs";

export interface GoldenCase {
  readonly model: Uint8Array;
  /** Raw vectors, one after another. */
  readonly inputs: Int8Array;
  readonly outputs: Int8Array;
}

/** `extreme`: the inputs at the ends of the range. */
export function goldenCase(name: "mlpA" | "convD", vectors: "usual" | "extreme" = "usual"): GoldenCase {
  const path = new URL(`models/${name}`, import.meta.url).pathname;
  const suffix = vectors === "extreme" ? ".extreme" : "";
  return { model: bytesOf(`${path}.tflite`), inputs: vectorsOf(`${path}${suffix}.in.bin`), outputs: vectorsOf(`${path}${suffix}.out.bin`) };
}

const SHARED = new URL("../../../shared/golden/", import.meta.url).pathname;

/** For `describe.skipIf(sharedGoldenIsMissing())`. @throws Error when it is missing and CI is set. */
export function sharedGoldenIsMissing(): boolean {
  if (existsSync(SHARED)) return false;
  if (process.env["CI"] !== undefined) throw new Error(`not here: ${SHARED}`);
  console.warn(`SKIPPED, not here: ${SHARED}`);
  return true;
}

/** A case beside the project: `hello_world_int8`, `ops/conv_2d_00`. */
export function sharedGoldenCase(name: string): GoldenCase {
  const path = `${SHARED}${name}`;
  return { model: bytesOf(`${path}.tflite`), inputs: vectorsOf(`${path}.in.bin`), outputs: vectorsOf(`${path}.out.bin`) };
}

/** A file of `ops/` that no reader should accept. */
export function sharedMalformedModel(name: string): Uint8Array {
  return bytesOf(`${SHARED}ops/${name}.tflite`);
}

interface OperatorIndex {
  readonly cases: readonly { readonly name: string; readonly ops: readonly string[] }[];
  readonly malformed: readonly { readonly name: string; readonly notes: string }[];
}

export function sharedOperatorIndex(): OperatorIndex {
  return JSON.parse(readFileSync(`${SHARED}ops/index.json`, "utf8")) as OperatorIndex;
}

function bytesOf(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}

function vectorsOf(path: string): Int8Array {
  return new Int8Array(readFileSync(path));
}
