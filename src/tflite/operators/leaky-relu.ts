// LEAKY_RELU: one slope above zero and another, alpha, below; both rescale.

import { success } from "../../core/diagnostic.ts";
import type { LeakyRelu } from "../../artifacts/graph.ts";
import { checkMultiplier, checkSameShape, optionsProblem, scaleOf } from "../checks.ts";
import { encodeOptions, optionsType, type OperatorCodec } from "../operator-codec.ts";
import { float32 } from "../table.ts";

const optionsTable = optionsType(75, "LeakyReluOptions", { alpha: float32(0) });

/** Largest distance between two int8. */
const INT8_REACH = 255;

export const leakyRelu: OperatorCodec<LeakyRelu> = {
  name: "LEAKY_RELU",
  version: 2,
  inputs: [{ name: "input", kind: "activation" }],

  read(source) {
    const { alpha } = source.options(optionsTable);
    return success({ kind: "leaky-relu", input: source.input(0), output: source.output(), alpha });
  },

  operands: ({ input }) => [input],

  writeOptions: ({ alpha }, _graph, builder) => encodeOptions(builder, optionsTable, { alpha }),

  check({ input, output, alpha }, graph) {
    if (!(Number.isFinite(alpha) && Math.fround(alpha) === alpha)) {
      return [optionsProblem(`its alpha is ${alpha}`, "choose a float32 number")];
    }
    // CalculateOpDataLeakyRelu (tensorflow/lite/micro/kernels/leaky_relu_common.cc): in float32.
    const [inputScale, outputScale] = [scaleOf(graph, input), scaleOf(graph, output)];
    const slopes = [inputScale, Math.fround(inputScale * alpha)].map((scale) => Math.fround(scale / outputScale));
    return [...checkSameShape(input, output, graph), ...slopes.flatMap((slope) => checkMultiplier(slope, INT8_REACH))];
  },
};
