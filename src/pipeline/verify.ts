// Verify: the same raw int8 vectors through any number of targets, exact equality or the first difference.

import { at } from "../core/assert.ts";
import { runError, usageError, valueOf } from "../core/diagnostic.ts";
import type { BytePort, Progress } from "../core/io.ts";
import { Random } from "../core/random.ts";
import type { Graph } from "../artifacts/graph.ts";
import { lowerGraph } from "../artifacts/integer-program.ts";
import { createInterpreter } from "../quantize/interpreter.ts";
import { BoardSession } from "../link/session.ts";
import { policySizes } from "./firmware.ts";

/** Where two answers part. */
export interface Difference {
  readonly vector: number;
  readonly element: number;
  readonly expected: number;
  readonly actual: number;
}

export interface Verification {
  readonly target: string;
  readonly vectors: number;
  /** Vectors with any difference. */
  readonly differing: number;
  readonly first: Difference | null;
}

/** Raw input vectors for a model, one after another.
 * @throws DiagnosticError when the bytes are no whole number of vectors. */
export function splitVectors(bytes: Uint8Array, vectorBytes: number, name: string): Int8Array[] {
  if (bytes.length === 0 || bytes.length % vectorBytes !== 0) {
    throw usageError(
      "vectors-ragged",
      `${name} holds ${bytes.length} bytes, and a vector of this model has ${vectorBytes}`,
      "give raw int8 vectors, one after another",
    );
  }
  const values = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / vectorBytes }, (_, index) => values.slice(index * vectorBytes, (index + 1) * vectorBytes));
}

/** Vectors of our own: the ends of the range, then random bytes. */
export function makeVectors(graph: Graph, count: number, seed: number): Int8Array[] {
  const { inputBytes } = policySizes(graph);
  const random = new Random(seed);
  const ends = [-128, 127, 0].map((value) => new Int8Array(inputBytes).fill(value));
  const extremes = Array.from({ length: 5 }, () => Int8Array.from({ length: inputBytes }, () => (random.integer(2) === 0 ? -128 : 127)));
  const others = Array.from({ length: Math.max(0, count - 8) }, () =>
    Int8Array.from({ length: inputBytes }, () => random.integer(256) - 128),
  );
  return [...ends, ...extremes, ...others].slice(0, Math.max(1, count));
}

/** What every target must answer. */
export function oracleOutputs(graph: Graph, inputs: readonly Int8Array[]): Int8Array[] {
  return inputs.map(createInterpreter(valueOf(lowerGraph(graph))));
}

/** The answers of a board that runs a probe. */
export async function probeOutputs(port: BytePort, inputs: readonly Int8Array[], progress: Progress, label: string): Promise<Int8Array[]> {
  const session = await connectProbe(port);
  const outputs: Int8Array[] = [];
  progress.start(label, inputs.length);
  for (const input of inputs) {
    const answer = await session.infer(outputs.length, input);
    if (answer.outcome !== "ok") throw policyFailed(port.url);
    outputs.push(answer.output);
    progress.update(outputs.length);
  }
  progress.finish();
  return outputs;
}

const PROBE_TIMEOUT_MS = 10_000;

export function connectProbe(port: BytePort): Promise<BoardSession> {
  return BoardSession.connect(port, { timeoutMs: PROBE_TIMEOUT_MS });
}

export function policyFailed(url: string): Error {
  return runError(
    "policy-failed",
    `the policy on ${url} refused to run`,
    "compile it again; with the runtime tflm, its arena may be too small",
  );
}

export function compareOutputs(target: string, expected: readonly Int8Array[], actual: readonly Int8Array[]): Verification {
  let differing = 0;
  let first: Difference | null = null;
  expected.forEach((row, vector) => {
    const other = at(actual, vector);
    const element =
      other.length === row.length ? row.findIndex((value, index) => value !== other[index]) : Math.min(row.length, other.length);
    if (element < 0) return;
    differing += 1;
    first ??= { vector, element, expected: row[element] ?? NaN, actual: other[element] ?? NaN };
  });
  return { target, vectors: expected.length, differing, first };
}
