// Models with inputs and the outputs of TensorFlow Lite Micro's reference kernels. Those made for this project stand in models/
// and, one or more an operator, in ops/; another, which we may use but not copy, stands beside the project on some machines.

import { existsSync, readFileSync } from "node:fs";

export interface GoldenCase {
  readonly model: Uint8Array;
  /** Raw vectors, one after another. */
  readonly inputs: Int8Array;
  readonly outputs: Int8Array;
}

/** `extreme`: the inputs at the ends of the range. */
export function goldenCase(name: "mlpA" | "convD", vectors: "usual" | "extreme" = "usual"): GoldenCase {
  const path = pathOf(`models/${name}`);
  const suffix = vectors === "extreme" ? ".extreme" : "";
  return { model: bytesOf(`${path}.tflite`), inputs: vectorsOf(`${path}${suffix}.in.bin`), outputs: vectorsOf(`${path}${suffix}.out.bin`) };
}

/** A tensor at an end of a model. */
export interface GoldenEnd {
  readonly type: "int8" | "int32" | "float32";
  readonly shape: readonly number[];
}

/** What ops/index.json says of a case: of its operators, and how its vectors were run. */
export interface OperatorCase {
  readonly name: string;
  /** In the order of execution, as the schema calls them. */
  readonly ops: readonly string[];
  readonly inputs: readonly GoldenEnd[];
  readonly outputs: readonly GoldenEnd[];
  readonly vectors: number;
  /** Of one vector. */
  readonly input_bytes: number;
  readonly output_bytes: number;
  /** Variables are reset before each vector, or before the first only. */
  readonly state: "reset" | "kept";
}

/** A file that no reader should accept. */
export interface MalformedCase {
  readonly name: string;
  readonly notes: string;
}

interface OperatorIndex {
  readonly cases: readonly OperatorCase[];
  readonly malformed: readonly MalformedCase[];
}

export const { cases: OPERATOR_CASES, malformed: MALFORMED_CASES } = JSON.parse(
  readFileSync(pathOf("ops/index.json"), "utf8"),
) as OperatorIndex;

/** The model and vectors of one of OPERATOR_CASES. */
export function operatorCase(name: string): GoldenCase {
  return caseAt(pathOf(`ops/${name}`));
}

/** The bytes of one of MALFORMED_CASES. */
export function malformedModel(name: string): Uint8Array {
  return bytesOf(`${pathOf(`ops/${name}`)}.tflite`);
}

const SHARED = pathOf("../../../shared/golden/");

/** For `describe.skipIf(sharedGoldenIsMissing())`. @throws Error when it is missing and CI is set. */
export function sharedGoldenIsMissing(): boolean {
  if (existsSync(SHARED)) return false;
  if (process.env["CI"] !== undefined) throw new Error(`not here: ${SHARED}`);
  console.warn(`SKIPPED, not here: ${SHARED}`);
  return true;
}

/** A case beside the project: `hello_world_int8`. */
export function sharedGoldenCase(name: string): GoldenCase {
  return caseAt(`${SHARED}${name}`);
}

function caseAt(path: string): GoldenCase {
  return { model: bytesOf(`${path}.tflite`), inputs: vectorsOf(`${path}.in.bin`), outputs: vectorsOf(`${path}.out.bin`) };
}

function pathOf(place: string): string {
  return new URL(place, import.meta.url).pathname;
}

function bytesOf(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}

function vectorsOf(path: string): Int8Array {
  return new Int8Array(readFileSync(path));
}
