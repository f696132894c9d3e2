// CONCATENATION: any number of inputs up to TFLM's limit, all quantized like the output.

import { at } from "../../core/assert.ts";
import { failure, success } from "../../core/diagnostic.ts";
import type { Concatenation } from "../../artifacts/graph.ts";
import {
  checkAxes,
  optionsProblem,
  quantizationProblem,
  resolveAxis,
  sameQuantization,
  sameShape,
  shapeOf,
  shapeProblem,
} from "../checks.ts";
import { encodeOptions, optionsType, shapeText, type OperatorCodec } from "../operator-codec.ts";
import { int32, int8 } from "../table.ts";

const optionsTable = optionsType(10, "ConcatenationOptions", { axis: int32(0), fusedActivation: int8(1) });

/** kMaxInputNum in tensorflow/lite/micro/kernels/concatenation.cc. */
const MOST_INPUTS = 10;

export const concatenation: OperatorCodec<Concatenation> = {
  name: "CONCATENATION",
  version: 2,
  inputs: [{ name: "input", kind: "activation", repeated: true }],

  read(source) {
    const options = source.options(optionsTable);
    if (options.fusedActivation !== 0) {
      return failure(optionsProblem("it has a fused activation", "use an activation as an operator of its own"));
    }
    const output = source.output();
    const axis = resolveAxis(options.axis, source.shapeOf(output).length);
    if (!axis.ok) return axis;
    const inputs = source.inputs.map((_, position) => source.input(position));
    return success({ kind: "concatenation", inputs, output, axis: axis.value });
  },

  operands: ({ inputs }) => inputs,

  writeOptions: ({ axis }, _graph, builder) => encodeOptions(builder, optionsTable, { axis }),

  check({ inputs, output, axis }, graph) {
    const shape = shapeOf(graph, output);
    const problems = [...checkAxes([axis], shape.length)];
    if (inputs.length < 1 || inputs.length > MOST_INPUTS) {
      problems.push(shapeProblem(`it has ${inputs.length} inputs`, `concatenate 1 to ${MOST_INPUTS} at a time`));
    }
    if (problems.length > 0) return problems;
    const shapes = inputs.map((id) => shapeOf(graph, id));
    const total = shapes.reduce((sum, each) => sum + (each[axis] ?? 0), 0);
    const alike = shapes.every((each) => each.length > axis && sameShape(each.with(axis, total), shape));
    if (!alike)
      problems.push(shapeProblem(`its inputs, ${shapes.map(shapeText).join(", ")}, do not make up its output, ${shapeText(shape)}`));
    const { quantization } = at(graph.tensors, output);
    if (!inputs.every((id) => sameQuantization(at(graph.tensors, id).quantization, quantization))) {
      problems.push(
        quantizationProblem("its inputs are quantized unlike its output", "quantize all of them alike, or QUANTIZE them first"),
      );
    }
    return problems;
  },
};
