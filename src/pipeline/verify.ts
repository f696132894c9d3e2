// Verify: the same raw int8 vectors through any number of targets, exact equality or the first difference.

import { at } from "../core/assert.ts";
import { runError, usageError, valueOf } from "../core/diagnostic.ts";
import type { BytePort, Progress } from "../core/io.ts";
import { Random } from "../core/random.ts";
import { activationTensor, type Graph } from "../artifacts/graph.ts";
import { rawSizes, type IntegerProgram } from "../artifacts/integer-program.ts";
import { BoardSession } from "../link/session.ts";
import { lowerGraph } from "../lower/lower-graph.ts";
import { createInterpreter } from "../quantize/interpreter.ts";

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

/** Vectors of our own: the ends of the range, then random bytes; for a float input, numbers over and beyond what it stands for. */
export function makeVectors({ buffers, inputs }: IntegerProgram, count: number, seed: number): Int8Array[] {
  const random = new Random(seed);
  const byteOf = (vector: number): number =>
    [-128, 127, 0][vector] ?? (vector < 8 ? (random.integer(2) === 0 ? -128 : 127) : random.integer(256) - 128);
  return Array.from({ length: Math.max(1, count) }, (_, vector) => {
    const tensors = inputs.map((id) => {
      const { elements, type } = at(buffers, id);
      const bytes = Int8Array.from({ length: elements }, () => byteOf(vector));
      return type === "float32" ? [...new Int8Array(Float32Array.from(bytes, (byte) => byte / 16).buffer)] : [...bytes];
    });
    return Int8Array.from(tensors.flat());
  });
}

/** Whether a model's state is reset before each vector, or only before the first. */
export type StateBetween = "reset" | "kept";

/** What every target must answer. */
export function oracleOutputs(graph: Graph, inputs: readonly Int8Array[], state: StateBetween = "kept"): Int8Array[] {
  const interpreter = createInterpreter(valueOf(lowerGraph(graph)));
  return inputs.map((input) => {
    if (state === "reset") interpreter.reset();
    return interpreter.infer(input);
  });
}

/** What a streamed policy must answer: the oracle's output for the whole window, tick by tick, the observations before the first at the
 * input's zero point. @param columns one observation each. */
export function windowOutputs(graph: Graph, columns: readonly Int8Array[]): Int8Array[] {
  const program = valueOf(lowerGraph(graph));
  const interpreter = createInterpreter(program);
  const { zeroPoint } = activationTensor(graph, at(graph.inputs, 0)).quantization;
  const window = new Int8Array(rawSizes(program).inputBytes).fill(zeroPoint);
  return columns.map((column) => {
    window.copyWithin(0, column.length);
    window.set(column, window.length - column.length);
    return interpreter.infer(window);
  });
}

/** Of answers tick by tick, those to the last observation of each of `windows` whole windows, which don't depend on what was before. */
export function windowEnds(answers: readonly Int8Array[], windows: number): Int8Array[] {
  const ticks = answers.length / windows;
  return answers.filter((_, index) => (index + 1) % ticks === 0);
}

/** The answers of a board that runs a probe, its state reset before the first. */
export async function probeOutputs(
  port: BytePort,
  inputs: readonly Int8Array[],
  progress: Progress,
  label: string,
  state: StateBetween = "kept",
): Promise<Int8Array[]> {
  const session = await connectProbe(port);
  const outputs: Int8Array[] = [];
  progress.start(label, inputs.length);
  for (const input of inputs) {
    const answer = await session.infer(outputs.length, input, state === "reset" || outputs.length === 0);
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
