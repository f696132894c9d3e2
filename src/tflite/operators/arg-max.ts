// ARG_MAX: along the dimension that a constant operand names; its output is int32.

import { at } from "../../core/assert.ts";
import { success } from "../../core/diagnostic.ts";
import type { ArgMax } from "../../artifacts/graph.ts";
import { checkAxes, checkReducedShape, resolveAxis, shapeOf } from "../checks.ts";
import { encodeOptions, optionsType, settingTensor, type OperatorCodec } from "../operator-codec.ts";
import { TYPE_INT32 } from "../schema.ts";
import { int8 } from "../table.ts";

const optionsTable = optionsType(40, "ArgMaxOptions", { outputType: int8(0) });

export const argMax: OperatorCodec<ArgMax> = {
  name: "ARG_MAX",
  version: 2,
  inputs: [
    { name: "input", kind: "activation" },
    { name: "axis", kind: "setting" },
  ],
  outputTypes: ["int32"],

  read(source) {
    const input = source.input(0);
    const axis = resolveAxis(source.setting(1)[0], source.shapeOf(input).length);
    return axis.ok ? success({ kind: "arg-max", input, output: source.output(), axis: axis.value }) : axis;
  },

  operands: ({ input, output, axis }, graph) => [input, settingTensor(`${at(graph.tensors, output).name}/axis`, [axis], [])],

  writeOptions: (_operator, _graph, builder) => encodeOptions(builder, optionsTable, { outputType: TYPE_INT32 }),

  check({ input, output, axis }, graph) {
    const problems = checkAxes([axis], shapeOf(graph, input).length);
    return problems.length > 0 ? problems : checkReducedShape(input, output, [axis], graph);
  },
};
