// MEAN: over the dimensions that a constant operand lists, in any order, counted from either end, perhaps repeatedly.

import { at } from "../../core/assert.ts";
import { failure, success } from "../../core/diagnostic.ts";
import type { Mean } from "../../artifacts/graph.ts";
import { checkAxes, checkMultiplier, checkReducedShape, resolveAxis, scaleOf, shapeOf } from "../checks.ts";
import { encodeOptions, optionsType, settingTensor, type OperatorCodec } from "../operator-codec.ts";
import { bool } from "../table.ts";

const optionsTable = optionsType(27, "ReducerOptions", { keepDimensions: bool(0) });

export const mean: OperatorCodec<Mean> = {
  name: "MEAN",
  version: 2,
  inputs: [
    { name: "input", kind: "activation" },
    { name: "axes", kind: "setting" },
  ],

  read(source) {
    const input = source.input(0);
    const axes = new Set<number>();
    for (const axis of source.setting(1)) {
      const resolved = resolveAxis(axis, source.shapeOf(input).length);
      if (!resolved.ok) return failure(...resolved.diagnostics);
      axes.add(resolved.value);
    }
    return success({ kind: "mean", input, output: source.output(), axes: [...axes].sort((left, right) => left - right) });
  },

  operands: ({ input, output, axes }, graph) => [input, settingTensor(`${at(graph.tensors, output).name}/axes`, axes)],

  writeOptions({ input, output }, graph, builder) {
    return encodeOptions(builder, optionsTable, { keepDimensions: shapeOf(graph, input).length === shapeOf(graph, output).length });
  },

  check({ input, output, axes }, graph) {
    const problems = checkAxes(axes, shapeOf(graph, input).length);
    if (problems.length > 0) return problems;
    return [...checkReducedShape(input, output, axes, graph), ...checkMultiplier(scaleOf(graph, input) / scaleOf(graph, output), 1)];
  },
};
