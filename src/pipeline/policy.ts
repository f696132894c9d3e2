// A trained bundle as policies: what the float network and the int8 model would do for one observation after another.

import { at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import {
  ACTION_OUTPUT,
  decodeAction,
  decodeFloatAction,
  encodeObservation,
  normaliseObservation,
  policyInputWidth,
} from "../artifacts/encoding.ts";
import { activationTensor, type Graph } from "../artifacts/graph.ts";
import type { IntegerProgram } from "../artifacts/integer-program.ts";
import type { FloatNetwork } from "../artifacts/network.ts";
import { formTicks, type PolicyForm } from "../artifacts/policy-form.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { rememberingProgram } from "../lower/remembering.ts";
import { createFloatInterpreter } from "../quantize/float-interpreter.ts";
import { createInterpreter } from "../quantize/interpreter.ts";

/** Takes flat observations without faults, tick by tick, and may remember earlier ones. */
export interface Policy {
  /** Forgets what it remembers, as at the start. */
  reset(): void;
  /** The flat action for the next flat observation. */
  action(observation: Float32Array): Float32Array;
}

export function floatPolicy(spec: RobotSpec, form: PolicyForm, network: FloatNetwork): Policy {
  const interpreter = createFloatInterpreter(network);
  const width = policyInputWidth(spec);
  const window = new Float32Array(width * formTicks(form));
  const nothing = (form.memory.kind === "state" ? form.memory.elements : []).map((elements) => new Float32Array(elements));
  let states: readonly Float32Array[] = nothing;
  return {
    reset() {
      window.fill(0);
      states = nothing;
    },
    action(observation) {
      window.copyWithin(0, width);
      normaliseObservation(spec, observation, window, window.length - width);
      const [output, ...next] = interpreter.infer([window, ...states]);
      states = next;
      return decodeFloatAction(spec.action, form, output ?? []);
    },
  };
}

export interface Int8Policy extends Policy {
  /** The raw output for the next observation: what a board must report to the bit. `action` infers, too: of one tick ask for one of them. */
  output(observation: Float32Array): Int8Array;
  /** The flat action that a raw output stands for. */
  decode(output: Int8Array): Float32Array;
}

/** @throws DiagnosticError when a sum could overflow. */
export function int8Policy(spec: RobotSpec, form: PolicyForm, graph: Graph): Int8Policy {
  const interpreter = createInterpreter(boardProgram(graph, form));
  const { scale, zeroPoint } = outputQuantization(graph);
  const output = (observation: Float32Array): Int8Array => interpreter.infer(encodeObservation(spec, observation));
  const decode = (raw: Int8Array): Float32Array => decodeAction(spec.action, form, raw, scale, zeroPoint);
  return {
    reset() {
      interpreter.reset();
    },
    output,
    decode,
    action: (observation) => decode(output(observation)),
  };
}

/** What a board reports of a tick, as far as its policy goes. */
export interface ReportedInference {
  readonly inferred: boolean;
  /** The policy remembered nothing before. */
  readonly afresh: boolean;
  readonly output: Int8Array;
}

/** Follows a board: whether what it reports of its next tick is the oracle's, to the bit. A tick without inference is. */
export function isOracles(oracle: Int8Policy, { inferred, afresh, output }: ReportedInference, observation: Float32Array): boolean {
  if (!inferred) return true;
  if (afresh) oracle.reset();
  const expected = oracle.output(observation);
  return expected.length === output.length && expected.every((value, index) => value === output[index]);
}

/** The program that boards run: one encoded observation in, the first output out, what is remembered inside.
 * @throws DiagnosticError when a sum could overflow. */
export function boardProgram(graph: Graph, { memory }: Pick<PolicyForm, "memory">): IntegerProgram {
  return valueOf(rememberingProgram(graph, memory));
}

/** The quantization that a robot's policies have at their output; null: each its own, because only the highest output counts. */
export function fixedOutput({ action }: Pick<RobotSpec, "action">, { head }: Pick<PolicyForm, "head">): typeof ACTION_OUTPUT | null {
  return action.kind === "discrete" && head.kind === "plain" ? null : ACTION_OUTPUT;
}

/** Whether firmware that decodes one training's output decodes another's: not of those that older versions calibrated. */
export function hasFixedOutput(spec: RobotSpec, form: PolicyForm, graph: Graph): boolean {
  const fixed = fixedOutput(spec, form);
  const { scale, zeroPoint } = outputQuantization(graph);
  return fixed === null || (scale === fixed.scale && zeroPoint === fixed.zeroPoint);
}

/** Of what the policy says: its first output. */
export function outputQuantization(graph: Graph): { scale: number; zeroPoint: number } {
  const { scales, zeroPoint } = activationTensor(graph, at(graph.outputs, 0)).quantization;
  return { scale: at(scales, 0), zeroPoint };
}
