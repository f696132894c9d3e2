// SOFTMAX: along the last dimension.

import { success } from "../../core/diagnostic.ts";
import type { Softmax } from "../../artifacts/graph.ts";
import { checkFixedQuantization, checkSameShape, optionsProblem, scaleOf, shapeOf, shapeProblem } from "../checks.ts";
import { encodeOptions, optionsType, type OperatorCodec } from "../operator-codec.ts";
import { float32 } from "../table.ts";

const optionsTable = optionsType(9, "SoftmaxOptions", { beta: float32(0) });

/** Exponentials are summed with 19 fractional bits of an int32, and each is at most 1
 * (kAccumulationIntegerBits in tensorflow/lite/kernels/internal/reference/softmax.h). */
const LONGEST_ROW = 4095;

export const softmax: OperatorCodec<Softmax> = {
  name: "SOFTMAX",
  version: 2,
  inputs: [{ name: "input", kind: "activation" }],

  read(source) {
    const { beta } = source.options(optionsTable);
    return success({ kind: "softmax", input: source.input(0), output: source.output(), beta });
  },

  operands: ({ input }) => [input],

  writeOptions: ({ beta }, _graph, builder) => encodeOptions(builder, optionsTable, { beta }),

  check({ input, output, beta }, graph) {
    const shape = shapeOf(graph, input);
    const problems = [...checkSameShape(input, output, graph), ...checkFixedQuantization(output, graph, 1 / 256, -128)];
    const row = shape.at(-1) ?? 0;
    if (row < 1 || row > LONGEST_ROW) {
      problems.push(shapeProblem(`its rows have ${row} elements`, `give its last dimension 1 to ${LONGEST_ROW} elements`));
    }
    // PreprocessSoftmaxScaling in tensorflow/lite/kernels/internal/quantization_util.cc.
    const scale = scaleOf(graph, input);
    if (!(Number.isFinite(beta) && Math.fround(beta) === beta && beta * scale * 2 ** 26 > 1)) {
      problems.push(
        optionsProblem(`its beta is ${beta} and its input's scale ${scale}`, "choose them so that beta * scale * 2^26 is above 1"),
      );
    }
    return problems;
  },
};
