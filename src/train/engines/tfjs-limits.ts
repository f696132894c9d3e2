// What of a network TensorFlow.js cannot train, backend by backend: asked before training begins, not met in its midst.

import { operatorInputs, operatorOutputs } from "../../artifacts/graph.ts";
import type { FloatNetwork, FloatOperator } from "../../artifacts/network.ts";
import { at } from "../../core/assert.ts";

/** tfjs's names of its backends: libtensorflow, WebAssembly, plain JavaScript. */
export type TfjsBackend = "tensorflow" | "wasm" | "cpu";

/** In words that end a sentence; null: nothing. */
export function lackOfTfjs(network: FloatNetwork, backend: TfjsBackend): string | null {
  for (const operator of network.operators) {
    const lack = lackOfOperator(network, operator, backend);
    if (lack !== null) return lack;
  }
  return null;
}

function lackOfOperator(network: FloatNetwork, operator: FloatOperator, backend: TfjsBackend): string | null {
  const shapeOf = (id: number): readonly number[] => at(network.tensors, id).shape;
  if (operatorOutputs(operator).some((id) => shapeOf(id)[0] !== 1)) return `a ${operator.kind} whose output has no dimension for the batch`;
  const data = "weights" in operator ? [operator.input] : operatorInputs(operator);
  const takesParameters = operator.kind === "add" || operator.kind === "sub" || operator.kind === "mul";
  if (!takesParameters && data.some((id) => at(network.tensors, id).kind === "parameter")) return `a ${operator.kind} of a constant`;
  switch (operator.kind) {
    case "conv-2d":
      if (at(shapeOf(operator.input), 3) !== at(shapeOf(operator.weights), 3)) return "a grouped convolution";
      return backend === "wasm" ? "the gradient of a convolution" : null;
    case "depthwise-conv-2d":
      return backend === "wasm" ? "the gradient of a depthwise convolution" : null;
    case "average-pool-2d":
    case "max-pool-2d":
      // It has kernels for both; that of max-pool-2d is wrong in 4.22.
      return backend === "wasm" ? "the gradient of a pool" : null;
    case "strided-slice":
      return backend === "wasm" && operator.strides.some((stride) => stride !== 1) ? "the gradient of a slice with strides" : null;
    case "mean":
    case "concatenation":
    case "split": {
      const axes = operator.kind === "mean" ? operator.axes : [operator.axis];
      return axes.includes(0) ? `a ${operator.kind} over the batch` : null;
    }
    default:
      return null;
  }
}
