// Keras's activation functions in the operators of a network.

import type { TensorId } from "../../artifacts/graph.ts";
import type { Json } from "../json.ts";
import type { NetworkBuilder } from "../network-builder.ts";
import { modelProblem, quoted } from "../problem.ts";

type Bend = (builder: NetworkBuilder, input: TensorId) => TensorId;

/** 6 * hard_sigmoid of Keras 3 (relu6(x + 3) / 6), whose slope is 1/6; that of Keras 2 is 1/5. */
function hardSigmoid(slope: number): Bend {
  return (builder, input) => builder.affine(builder.elementwise("relu6", builder.affine(input, [6 * slope], [3])), [1 / 6], [0]);
}

const swish: Bend = (builder, input) => builder.arithmetic("mul", input, builder.elementwise("logistic", input));
const hardSwish: Bend = (builder, input) => builder.elementwise("hard-swish", input);

const ACTIVATIONS: Readonly<Record<string, Bend>> = {
  linear: (_builder, input) => input,
  relu: (builder, input) => builder.elementwise("relu", input),
  relu6: (builder, input) => builder.elementwise("relu6", input),
  tanh: (builder, input) => builder.elementwise("tanh", input),
  sigmoid: (builder, input) => builder.elementwise("logistic", input),
  softmax: (builder, input) => builder.softmax(input),
  leaky_relu: (builder, input) => builder.leakyRelu(input, 0.2),
  hard_sigmoid: hardSigmoid(1 / 6),
  hardSigmoid: hardSigmoid(1 / 5),
  swish,
  silu: swish,
  hard_swish: hardSwish,
  hard_silu: hardSwish,
};

export const SUPPORTED_ACTIVATIONS = Object.keys(ACTIVATIONS);

/** The name of an activation, which Keras 3 may write as an object; "linear" where there is none. */
export function activationName(setting: Json): string {
  if (!setting.isObject) return setting.text("linear");
  const config = setting.get("config");
  return typeof config.value === "string" ? config.value : setting.get("class_name").text();
}

export function isSupportedActivation(name: string): boolean {
  return Object.hasOwn(ACTIVATIONS, name);
}

/** @param keras2 the model was written by Keras 2 or TensorFlow.js, whose hard_sigmoid is another. */
export function activate(builder: NetworkBuilder, input: TensorId, name: string, keras2: boolean): TensorId {
  const bend = ACTIVATIONS[keras2 && name === "hard_sigmoid" ? "hardSigmoid" : name];
  if (bend !== undefined) return bend(builder, input);
  throw modelProblem(
    "model-activation",
    `the activation ${quoted(name)} is not supported`,
    `use one of ${SUPPORTED_ACTIVATIONS.join(", ")}`,
  );
}
