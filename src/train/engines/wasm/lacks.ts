// What of a network the engine of our own cannot train, for the choice of another: network in, words or null out.

import { at } from "../../../core/assert.ts";
import { operatorInputs, operatorOutputs, type TensorId } from "../../../artifacts/graph.ts";
import type { FloatNetwork, FloatOperator } from "../../../artifacts/network.ts";
import { broadcastView, MOST_DIMENSIONS, movementsOf } from "./views.ts";

/** In words that end a sentence; null: nothing. */
export function lacksOf(network: FloatNetwork): string | null {
  const wide = network.tensors.find(({ kind, shape }) => kind === "activation" && shape[0] !== 1);
  if (wide !== undefined) return `a first dimension other than 1 (${wide.name})`;
  for (const operator of network.operators) {
    const lack = operatorLack(network, operator);
    if (lack !== null) return `${lack} (${at(network.tensors, at(operatorOutputs(operator), 0)).name})`;
  }
  return null;
}

function operatorLack(network: FloatNetwork, operator: FloatOperator): string | null {
  const { tensors } = network;
  const isParameter = (id: TensorId): boolean => at(tensors, id).kind === "parameter";
  switch (operator.kind) {
    case "fully-connected":
    case "conv-2d":
    case "depthwise-conv-2d":
      if (isParameter(operator.input)) return "an operator on parameters alone";
      if (!isParameter(operator.weights) || (operator.bias !== null && !isParameter(operator.bias))) return "weights that are computed";
      if (operator.kind === "conv-2d" && at(tensors, operator.weights).shape[3] !== at(tensors, operator.input).shape[3])
        return "convolution in groups";
      return null;
    case "add":
    case "sub":
    case "mul": {
      const rank = at(tensors, operator.output).shape.length;
      const sides = [operator.left, operator.right];
      if (sides.every(isParameter)) return "an operator on parameters alone";
      if (sides.some((id) => !isParameter(id) && at(tensors, id).shape.length !== rank)) return "operands of different ranks";
      return broadcastView(network, operator).dimensions.length > MOST_DIMENSIONS ? "operands of so many dimensions" : null;
    }
    case "mean":
    case "concatenation":
    case "split":
    case "strided-slice":
    case "pad":
      if (operatorInputs(operator).some(isParameter)) return "an operator on parameters alone";
      return movementsOf(network, operator).some(({ dimensions }) => dimensions.length > MOST_DIMENSIONS)
        ? "tensors of so many dimensions"
        : null;
    default:
      return operatorInputs(operator).some(isParameter) ? "an operator on parameters alone" : null;
  }
}
