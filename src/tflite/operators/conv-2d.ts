// CONV_2D: weights output channels x height x width x input channels, one image at a time.

import { at } from "../../core/assert.ts";
import { errorDiagnostic, failure, success, type Diagnostic } from "../../core/diagnostic.ts";
import { activationTensor, weightTensor, type Convolution2d, type Graph, type Padding } from "../../artifacts/graph.ts";
import { activationCode, activationOf } from "../fused-activation.ts";
import { encodeOptions, optionsType, requiredInput, shapeText, type OperatorCodec } from "../operator-codec.ts";
import { int32, int8 } from "../table.ts";
import { checkWeighted } from "../weighted-checks.ts";

const optionsTable = optionsType(1, "Conv2DOptions", {
  padding: int8(0),
  strideWidth: int32(1),
  strideHeight: int32(2),
  fusedActivation: int8(3),
  dilationWidth: int32(4, 1),
  dilationHeight: int32(5, 1),
});

/** Enum Padding. */
const PADDINGS: readonly Padding[] = ["same", "valid"];

/** Strides and dilations beyond any image that fits a microcontroller; below, index arithmetic stays within int32. */
const LARGEST_STEP = 4096;

export const convolution2d: OperatorCodec<Convolution2d> = {
  name: "CONV_2D",
  version: 3,
  inputs: [
    { name: "input", kind: "activation" },
    { name: "weights", kind: "int8-constant" },
    { name: "bias", kind: "int32-constant", optional: true },
  ],

  read(inputs, output, readOptions) {
    const options = readOptions(optionsTable);
    const padding = PADDINGS[options.padding];
    if (padding === undefined)
      return failure(errorDiagnostic("tflite-options", `padding ${options.padding} is unknown`, "use SAME or VALID"));
    const activation = activationOf(options.fusedActivation);
    if (!activation.ok) return activation;
    return success({
      kind: "conv-2d",
      input: requiredInput(inputs, 0),
      weights: requiredInput(inputs, 1),
      bias: inputs[2] ?? null,
      output,
      activation: activation.value,
      padding,
      stride: { height: options.strideHeight, width: options.strideWidth },
      dilation: { height: options.dilationHeight, width: options.dilationWidth },
    });
  },

  operands: ({ input, weights, bias }) => [input, weights, bias],

  writeOptions({ padding, stride, dilation, activation }, _graph, builder) {
    return encodeOptions(builder, optionsTable, {
      padding: PADDINGS.indexOf(padding),
      strideWidth: stride.width,
      strideHeight: stride.height,
      fusedActivation: activationCode(activation),
      dilationWidth: dilation.width,
      dilationHeight: dilation.height,
    });
  },

  check(operator, graph) {
    const shapes = [operator.input, operator.weights, operator.output].map((id) => at(graph.tensors, id).shape);
    const flat = shapes.find((shape) => shape.length !== 4);
    if (flat !== undefined) {
      return [
        errorDiagnostic(
          "tflite-shape",
          `one of its tensors has shape ${shapeText(flat)}`,
          "give input, weights and output four dimensions",
        ),
      ];
    }
    const inputScale = at(activationTensor(graph, operator.input).quantization.scales, 0);
    const outputScale = at(activationTensor(graph, operator.output).quantization.scales, 0);
    return [...checkShapes(operator, graph), ...checkWeighted(operator, graph, (scale) => (inputScale * scale) / outputScale)];
  },
};

function checkShapes(operator: Convolution2d, graph: Graph): Diagnostic[] {
  const { padding, stride, dilation } = operator;
  const steps = [stride.height, stride.width, dilation.height, dilation.width];
  if (steps.some((step) => !(step >= 1 && step <= LARGEST_STEP))) {
    const message = `its strides are ${stride.height} x ${stride.width}, its dilations ${dilation.height} x ${dilation.width}`;
    return [errorDiagnostic("tflite-options", message, `choose them within 1..${LARGEST_STEP}`)];
  }
  const input = activationTensor(graph, operator.input).shape;
  const weights = weightTensor(graph, operator.weights).shape;
  const output = activationTensor(graph, operator.output).shape;
  if (input[0] !== 1) {
    return [errorDiagnostic("tflite-shape", `its input is a batch: ${shapeText(input)}`, "export the model with batch size 1")];
  }
  if (input[3] !== weights[3]) {
    const message = `its input has ${input[3]} channels, its weights are for ${weights[3]}`;
    return [errorDiagnostic("tflite-shape", message, "use a convolution without groups: weights for every input channel")];
  }
  const expected = [
    1,
    outputSize(at(input, 1), at(weights, 1), stride.height, dilation.height, padding),
    outputSize(at(input, 2), at(weights, 2), stride.width, dilation.width, padding),
    at(weights, 0),
  ];
  if (expected.some((size, index) => size !== output[index])) {
    const message = `its output is ${shapeText(output)}, but input, weights and padding make it ${shapeText(expected)}`;
    return [errorDiagnostic("tflite-shape", message, "export the model again: these shapes do not fit each other")];
  }
  return [];
}

/** Positions of a window along one dimension (ComputeOutSize in tensorflow/lite/kernels/padding.h). */
function outputSize(input: number, window: number, stride: number, dilation: number, padding: Padding): number {
  const reach = (window - 1) * dilation + 1;
  return padding === "same" ? Math.ceil(input / stride) : Math.floor((input + stride - reach) / stride);
}
