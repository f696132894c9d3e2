// What a kind of Keras layer provides: whether we can compute it, and how.

import type { TensorId } from "../../artifacts/graph.ts";
import type { Json } from "../json.ts";
import type { NetworkBuilder } from "../network-builder.ts";
import { modelProblem, quoted } from "../problem.ts";
import { activate, activationName } from "./activations.ts";
import type { Variables } from "./variables.ts";

export interface LayerContext {
  readonly builder: NetworkBuilder;
  readonly config: Json;
  readonly variables: Variables;
  /** Keras before 3, or TensorFlow.js. */
  readonly keras2: boolean;
}

/** @returns what the call gives: one tensor, of some layers several. @throws DiagnosticError */
export type BuildLayer = (context: LayerContext, inputs: readonly TensorId[]) => readonly TensorId[];

/** A layer with one input and one output. */
export function singleInput(build: (context: LayerContext, input: TensorId) => TensorId): BuildLayer {
  return (context, inputs) => {
    const [input, ...others] = inputs;
    if (input !== undefined && others.length === 0) return [build(context, input)];
    throw modelProblem("model-call", `it is given ${inputs.length} tensors`, "call it with one");
  };
}

/** Ends a layer with the activation of its settings. */
export function activated({ builder, config, keras2 }: LayerContext, input: TensorId): TensorId {
  return activate(builder, input, activationName(config.get("activation")), keras2);
}

/** A setting that only one value of is supported. */
export function requireSetting(config: Json, key: string, allowed: readonly unknown[], hint: string): void {
  const { value } = config.get(key);
  if (value === undefined || value === null || allowed.includes(value)) return;
  throw modelProblem("model-setting", `its ${key} is ${quoted(JSON.stringify(value))}`, hint);
}

export const CHANNELS_LAST = "build the model with data_format channels_last, the default";
