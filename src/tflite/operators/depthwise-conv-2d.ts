// DEPTHWISE_CONV_2D: weights 1 x height x width x (channels * multiplier), each channel by itself.

import { at } from "../../core/assert.ts";
import { failure, success } from "../../core/diagnostic.ts";
import type { DepthwiseConvolution2d } from "../../artifacts/graph.ts";
import { optionsProblem, scaleOf, shapeOf, shapeProblem } from "../checks.ts";
import { activationCode, activationOf } from "../fused-activation.ts";
import { encodeOptions, optionsType, shapeText, type OperatorCodec } from "../operator-codec.ts";
import { int32, int8 } from "../table.ts";
import { checkWeighted } from "../weighted-checks.ts";
import { checkImages, checkWindow, paddingCode, paddingOf } from "../windows.ts";

const optionsTable = optionsType(2, "DepthwiseConv2DOptions", {
  padding: int8(0),
  strideWidth: int32(1),
  strideHeight: int32(2),
  /** What the shapes say as well; TFLM believes this, TFLite the shapes. */
  multiplier: int32(3),
  fusedActivation: int8(4),
  dilationWidth: int32(5, 1),
  dilationHeight: int32(6, 1),
});

export const depthwiseConvolution2d: OperatorCodec<DepthwiseConvolution2d> = {
  name: "DEPTHWISE_CONV_2D",
  version: 3,
  inputs: [
    { name: "input", kind: "activation" },
    { name: "weights", kind: "int8-constant" },
    { name: "bias", kind: "int32-constant", optional: true },
  ],

  read(source) {
    const options = source.options(optionsTable);
    const padding = paddingOf(options.padding);
    if (!padding.ok) return padding;
    const activation = activationOf(options.fusedActivation);
    if (!activation.ok) return activation;
    const [input, weights] = [source.input(0), source.input(1)];
    const multiplier = multiplierOf(source.shapeOf(input), source.shapeOf(weights));
    if (options.multiplier !== 0 && options.multiplier !== multiplier) {
      const message = `its depth multiplier is ${options.multiplier}, but its shapes make it ${multiplier}`;
      return failure(optionsProblem(message, "export the model again: the file contradicts itself"));
    }
    return success({
      kind: "depthwise-conv-2d",
      input,
      weights,
      bias: source.inputs[2] ?? null,
      output: source.output(),
      activation: activation.value,
      padding: padding.value,
      stride: { height: options.strideHeight, width: options.strideWidth },
      dilation: { height: options.dilationHeight, width: options.dilationWidth },
    });
  },

  operands: ({ input, weights, bias }) => (bias === null ? [input, weights] : [input, weights, bias]),

  writeOptions({ input, weights, padding, stride, dilation, activation }, graph, builder) {
    return encodeOptions(builder, optionsTable, {
      padding: paddingCode(padding),
      strideWidth: stride.width,
      strideHeight: stride.height,
      multiplier: multiplierOf(shapeOf(graph, input), shapeOf(graph, weights)),
      fusedActivation: activationCode(activation),
      dilationWidth: dilation.width,
      dilationHeight: dilation.height,
    });
  },

  check(operator, graph) {
    const { input, weights, output } = operator;
    const problems = checkImages([input, weights, output], graph);
    if (problems.length > 0) return problems;
    const [from, shape] = [shapeOf(graph, input), shapeOf(graph, weights)];
    if (shape[0] !== 1 || !Number.isInteger(multiplierOf(from, shape))) {
      return [shapeProblem(`its input is ${shapeText(from)}, its weights ${shapeText(shape)}`, "give every channel as many outputs")];
    }
    const [inputScale, outputScale] = [scaleOf(graph, input), scaleOf(graph, output)];
    return [
      ...checkWindow(operator, { height: at(shape, 1), width: at(shape, 2) }, at(shape, 3), graph),
      ...checkWeighted(operator, graph, 3, (scale) => (inputScale * scale) / outputScale),
    ];
  },
};

/** Outputs of each input channel; a fraction where the shapes don't fit. */
function multiplierOf(input: readonly number[], weights: readonly number[]): number {
  return (weights[3] ?? 0) / (input[3] ?? 1);
}
