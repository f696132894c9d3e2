// A policy's golden vectors: what any board that runs it must reproduce before it may drive.

import { at } from "../core/assert.ts";
import { Random } from "../core/random.ts";
import { encodeObservation, policyInputWidth } from "../artifacts/encoding.ts";
import type { Graph } from "../artifacts/graph.ts";
import type { GoldenVectors } from "../artifacts/policy-bundle.ts";
import type { PolicyForm } from "../artifacts/policy-form.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { createInterpreter } from "../quantize/interpreter.ts";
import { boardProgram } from "./policy.ts";

const GOLDEN_VECTORS = 32;

/** Inputs that were observed, and random ones that reach every corner of the range, by turns; each inferred with an empty memory.
 * @param observations some that the policy is likely to see; without any, all inputs are random. */
export function goldenVectors(
  spec: RobotSpec,
  form: PolicyForm,
  graph: Graph,
  observations: readonly Float32Array[],
  seed: number,
): GoldenVectors {
  const random = new Random(seed);
  const width = policyInputWidth(spec);
  const interpreter = createInterpreter(boardProgram(graph, form));
  const rows = Array.from({ length: GOLDEN_VECTORS }, (_, index) =>
    index % 2 === 0 && observations.length > 0
      ? encodeObservation(spec, at(observations, random.integer(observations.length)))
      : Int8Array.from({ length: width }, () => random.integer(256) - 128),
  );
  const outputs = rows.map((row) => {
    interpreter.reset();
    return interpreter.infer(row);
  });
  return { inputs: concatenate(rows), outputs: concatenate(outputs) };
}

function concatenate(rows: readonly Int8Array[]): Int8Array {
  return Int8Array.from(rows.flatMap((row) => [...row]));
}
