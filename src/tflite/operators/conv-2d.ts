// CONV_2D: weights output channels x height x width x input channels of a group.

import { at } from "../../core/assert.ts";
import { success, type Diagnostic } from "../../core/diagnostic.ts";
import type { Convolution2d, Graph } from "../../artifacts/graph.ts";
import { scaleOf, shapeOf, shapeProblem } from "../checks.ts";
import { activationCode, activationOf } from "../fused-activation.ts";
import { encodeOptions, optionsType, type OperatorCodec } from "../operator-codec.ts";
import { int32, int8 } from "../table.ts";
import { checkWeighted } from "../weighted-checks.ts";
import { checkImages, checkWindow, paddingCode, paddingOf } from "../windows.ts";

const optionsTable = optionsType(1, "Conv2DOptions", {
  padding: int8(0),
  strideWidth: int32(1),
  strideHeight: int32(2),
  fusedActivation: int8(3),
  dilationWidth: int32(4, 1),
  dilationHeight: int32(5, 1),
});

export const convolution2d: OperatorCodec<Convolution2d> = {
  name: "CONV_2D",
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
    return success({
      kind: "conv-2d",
      input: source.input(0),
      weights: source.input(1),
      bias: source.inputs[2] ?? null,
      output: source.output(),
      activation: activation.value,
      padding: padding.value,
      stride: { height: options.strideHeight, width: options.strideWidth },
      dilation: { height: options.dilationHeight, width: options.dilationWidth },
    });
  },

  operands: ({ input, weights, bias }) => (bias === null ? [input, weights] : [input, weights, bias]),

  writeOptions({ padding, stride, dilation, activation }, _graph, builder) {
    return encodeOptions(builder, optionsTable, {
      padding: paddingCode(padding),
      strideWidth: stride.width,
      strideHeight: stride.height,
      fusedActivation: activationCode(activation),
      dilationWidth: dilation.width,
      dilationHeight: dilation.height,
    });
  },

  check(operator, graph) {
    const { input, weights, output } = operator;
    const problems = checkImages([input, weights, output], graph);
    if (problems.length > 0) return problems;
    const shape = shapeOf(graph, weights);
    const [inputScale, outputScale] = [scaleOf(graph, input), scaleOf(graph, output)];
    return [
      ...checkGroups(operator, graph),
      ...checkWindow(operator, { height: at(shape, 1), width: at(shape, 2) }, at(shape, 0), graph),
      ...checkWeighted(operator, graph, 0, (scale) => (inputScale * scale) / outputScale),
    ];
  },
};

function checkGroups({ input, weights }: Convolution2d, graph: Graph): Diagnostic[] {
  const channels = at(shapeOf(graph, input), 3);
  const [outputs = 0, , , groupChannels = 0] = shapeOf(graph, weights);
  const groups = channels / groupChannels;
  if (Number.isInteger(groups) && outputs % groups === 0) return [];
  const message = `its input has ${channels} channels, its weights are for ${groupChannels}, its output has ${outputs}`;
  return [shapeProblem(message, "divide input and output channels into equal groups, or don't divide them")];
}
