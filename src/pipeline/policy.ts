// A trained bundle as functions: what the float network and the int8 model would do for an observation.

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
import { onlyOutput, type Graph } from "../artifacts/graph.ts";
import { forwardLayers, type FloatNetwork } from "../artifacts/network.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { lowerGraph } from "../lower/lower-graph.ts";
import { createInterpreter } from "../quantize/interpreter.ts";

/** The flat action for a flat observation. */
export type ActionOf = (observation: Float32Array) => Float32Array;

export function floatPolicy(spec: RobotSpec, network: FloatNetwork): ActionOf {
  const input = new Float32Array(policyInputWidth(spec));
  return (observation) => {
    normaliseObservation(spec, observation, input, 0);
    return decodeFloatAction(spec.action, at(forwardLayers(network, input), network.layers.length - 1));
  };
}

export interface Int8Policy {
  /** The policy's raw output; what a board must report to the bit. */
  readonly output: (observation: Float32Array) => Int8Array;
  readonly action: ActionOf;
}

export function int8Policy(spec: RobotSpec, graph: Graph): Int8Policy {
  const interpreter = createInterpreter(valueOf(lowerGraph(graph)));
  const { scale, zeroPoint } = outputQuantization(graph);
  const output = (observation: Float32Array): Int8Array => interpreter.infer(encodeObservation(spec, observation));
  return { output, action: (observation) => decodeAction(spec.action, output(observation), scale, zeroPoint) };
}

/** The quantization that a robot's policies have at their output; null: each its own, because only the highest output counts. */
export function fixedOutput({ action }: RobotSpec): typeof ACTION_OUTPUT | null {
  return action.kind === "discrete" ? null : ACTION_OUTPUT;
}

/** Whether firmware that decodes one training's output decodes another's: not of those that older versions calibrated. */
export function hasFixedOutput(spec: RobotSpec, graph: Graph): boolean {
  const fixed = fixedOutput(spec);
  const { scale, zeroPoint } = outputQuantization(graph);
  return fixed === null || (scale === fixed.scale && zeroPoint === fixed.zeroPoint);
}

export function outputQuantization(graph: Graph): { scale: number; zeroPoint: number } {
  const { scales, zeroPoint } = onlyOutput(graph).quantization;
  return { scale: at(scales, 0), zeroPoint };
}
