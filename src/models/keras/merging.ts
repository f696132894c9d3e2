// Layers with several inputs: Concatenate, Add, Subtract, Multiply, Average.

import { at } from "../../core/assert.ts";
import { modelProblem } from "../problem.ts";
import type { BuildLayer } from "./layer.ts";

export const concatenate: BuildLayer = ({ builder, config }, inputs) => [builder.concatenation(inputs, config.get("axis").whole(-1))];

export function arithmetic(kind: "add" | "sub" | "mul"): BuildLayer {
  return ({ builder }, inputs) => {
    const [first, ...others] = inputs;
    if (first === undefined || others.length === 0 || (kind === "sub" && others.length > 1)) {
      throw modelProblem(
        "model-call",
        `it is given ${inputs.length} tensors`,
        kind === "sub" ? "call it with two" : "call it with two or more",
      );
    }
    return [others.reduce((left, right) => builder.arithmetic(kind, left, right), first)];
  };
}

export const average: BuildLayer = (context, inputs) => {
  const sum = at(arithmetic("add")(context, inputs), 0);
  return [context.builder.affine(sum, [1 / inputs.length], [0])];
};
