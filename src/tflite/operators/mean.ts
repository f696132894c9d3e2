// MEAN: over the dimensions that a constant operand lists, in any order, counted from either end, perhaps repeatedly.

import { at } from "../../core/assert.ts";
import { failure, success } from "../../core/diagnostic.ts";
import type { Mean } from "../../artifacts/graph.ts";
import { checkAxes, checkMultiplier, resolveAxis, sameShape, scaleOf, shapeOf, shapeProblem } from "../checks.ts";
import { encodeOptions, optionsType, settingTensor, shapeText, type OperatorCodec } from "../operator-codec.ts";
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
    const [from, to] = [shapeOf(graph, input), shapeOf(graph, output)];
    const problems = checkAxes(axes, from.length);
    if (problems.length > 0) return problems;
    const kept = from.map((size, dimension) => (axes.includes(dimension) ? 1 : size));
    const removed = from.filter((_, dimension) => !axes.includes(dimension));
    if (!sameShape(to, kept) && !sameShape(to, removed)) {
      problems.push(shapeProblem(`its output is ${shapeText(to)}, but its input and axes make it ${shapeText(removed)}`));
    }
    return [...problems, ...checkMultiplier(scaleOf(graph, input) / scaleOf(graph, output), 1)];
  },
};
