// PAD: surrounds the input with the output's zero point; how far, a constant operand of rank x 2 says.

import { at } from "../../core/assert.ts";
import { failure, success } from "../../core/diagnostic.ts";
import type { Pad } from "../../artifacts/graph.ts";
import { checkOutputShape, optionsProblem, shapeOf, shapeProblem } from "../checks.ts";
import { encodeOptions, optionsType, settingTensor, shapeText, type OperatorCodec } from "../operator-codec.ts";

const optionsTable = optionsType(22, "PadOptions", {});

/** PadKernelMaxDimensionCount in tensorflow/lite/kernels/internal/reference/pad.h. */
const MOST_DIMENSIONS = 5;

export const pad: OperatorCodec<Pad> = {
  name: "PAD",
  version: 2,
  inputs: [
    { name: "input", kind: "activation" },
    { name: "paddings", kind: "setting" },
  ],

  read(source) {
    const input = source.input(0);
    const paddings = source.setting(1);
    const rank = source.shapeOf(input).length;
    if (paddings.length !== 2 * rank) {
      const message = `it has ${paddings.length} paddings for ${rank} dimensions`;
      return failure(optionsProblem(message, "give it two paddings a dimension: before and after"));
    }
    const side = (which: 0 | 1): number[] => paddings.filter((_, index) => index % 2 === which);
    return success({ kind: "pad", input, output: source.output(), before: side(0), after: side(1) });
  },

  operands({ input, output, before, after }, graph) {
    const paddings = before.flatMap((size, dimension) => [size, after[dimension] ?? 0]);
    return [input, settingTensor(`${at(graph.tensors, output).name}/paddings`, paddings, [before.length, 2])];
  },

  writeOptions: (_operator, _graph, builder) => encodeOptions(builder, optionsTable, {}),

  check({ input, output, before, after }, graph) {
    const from = shapeOf(graph, input);
    if (from.length > MOST_DIMENSIONS) {
      return [shapeProblem(`its input has ${from.length} dimensions`, `use at most ${MOST_DIMENSIONS}`)];
    }
    const fits = [before, after].every(
      (sizes) => sizes.length === from.length && sizes.every((size) => Number.isInteger(size) && size >= 0),
    );
    if (!fits) {
      const message = `its paddings are ${shapeText(before)} before and ${shapeText(after)} after`;
      return [optionsProblem(message, "give every dimension paddings that are not negative")];
    }
    return checkOutputShape(
      output,
      from.map((size, dimension) => size + at(before, dimension) + at(after, dimension)),
      graph,
    );
  },
};
