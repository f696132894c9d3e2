// SPLIT: equal parts along a dimension; the axis is a constant, and comes first.

import { at } from "../../core/assert.ts";
import { failure, success } from "../../core/diagnostic.ts";
import type { Split } from "../../artifacts/graph.ts";
import { checkAxes, optionsProblem, resolveAxis, sameShape, shapeOf, shapeProblem } from "../checks.ts";
import { encodeOptions, optionsType, settingTensor, shapeText, type OperatorCodec } from "../operator-codec.ts";
import { int32 } from "../table.ts";

const optionsTable = optionsType(35, "SplitOptions", { parts: int32(0) });

export const split: OperatorCodec<Split> = {
  name: "SPLIT",
  version: 2,
  inputs: [
    { name: "axis", kind: "setting" },
    { name: "input", kind: "activation" },
  ],
  severalOutputs: true,

  read(source) {
    const { parts } = source.options(optionsTable);
    if (parts !== source.outputs.length) {
      const message = `it splits into ${parts} parts, but has ${source.outputs.length} outputs`;
      return failure(optionsProblem(message, "export the model again: the file contradicts itself"));
    }
    const input = source.input(1);
    const axis = resolveAxis(source.setting(0)[0], source.shapeOf(input).length);
    return axis.ok ? success({ kind: "split", input, outputs: source.outputs, axis: axis.value }) : axis;
  },

  operands: ({ input, axis }, graph) => [settingTensor(`${at(graph.tensors, input).name}/axis`, [axis], []), input],

  writeOptions: ({ outputs }, _graph, builder) => encodeOptions(builder, optionsTable, { parts: outputs.length }),

  check({ input, outputs, axis }, graph) {
    const from = shapeOf(graph, input);
    const problems = checkAxes([axis], from.length);
    if (outputs.length === 0) problems.push(shapeProblem("it has no outputs"));
    if (problems.length > 0) return problems;
    const part = from.with(axis, at(from, axis) / outputs.length);
    const other = outputs.map((id) => shapeOf(graph, id)).find((shape) => !sameShape(shape, part));
    if (other === undefined) return [];
    return [shapeProblem(`an output is ${shapeText(other)}, but a part of its input, ${shapeText(from)}, is ${shapeText(part)}`)];
  },
};
