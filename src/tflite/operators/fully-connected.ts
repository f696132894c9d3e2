// FULLY_CONNECTED: weights outputs x inputs, one image at a time.

import { at } from "../../core/assert.ts";
import { errorDiagnostic, failure, success, type Diagnostic } from "../../core/diagnostic.ts";
import { activationTensor, elementCount, weightTensor, type FullyConnected, type Graph } from "../../artifacts/graph.ts";
import { activationCode, activationOf } from "../fused-activation.ts";
import { encodeOptions, optionsType, requiredInput, shapeText, type OperatorCodec } from "../operator-codec.ts";
import { bool, int8 } from "../table.ts";
import { checkWeighted } from "../weighted-checks.ts";

const optionsTable = optionsType(8, "FullyConnectedOptions", {
  fusedActivation: int8(0),
  weightsFormat: int8(1),
  /** The output keeps the input's dimensions but the last; the same numbers in the same order. */
  keepDimensions: bool(2),
});

/** How far a bias scale may be off the product of input and weight scale, as a share of the output scale
 * (GetQuantizedConvolutionMultipler in tensorflow/lite/kernels/kernel_util.cc); with one weight scale only. */
const BIAS_SCALE_TOLERANCE = 0.02;

export const fullyConnected: OperatorCodec<FullyConnected> = {
  name: "FULLY_CONNECTED",
  version: 4,
  inputs: [
    { name: "input", kind: "activation" },
    { name: "weights", kind: "int8-constant" },
    { name: "bias", kind: "int32-constant", optional: true },
  ],

  read(inputs, output, readOptions) {
    const options = readOptions(optionsTable);
    if (options.weightsFormat !== 0) {
      return failure(errorDiagnostic("tflite-options", "its weights are shuffled", "convert the model with weights in the default format"));
    }
    const activation = activationOf(options.fusedActivation);
    if (!activation.ok) return activation;
    return success({
      kind: "fully-connected",
      input: requiredInput(inputs, 0),
      weights: requiredInput(inputs, 1),
      bias: inputs[2] ?? null,
      output,
      activation: activation.value,
    });
  },

  operands: ({ input, weights, bias }) => [input, weights, bias],

  writeOptions({ activation, input, output }, graph, builder) {
    const rank = activationTensor(graph, output).shape.length;
    const keepDimensions = rank !== 2 && rank === activationTensor(graph, input).shape.length;
    return encodeOptions(builder, optionsTable, { fusedActivation: activationCode(activation), keepDimensions });
  },

  check(operator, graph) {
    const weights = weightTensor(graph, operator.weights);
    if (weights.shape.length !== 2) {
      return [
        errorDiagnostic(
          "tflite-shape",
          `its weights have shape ${shapeText(weights.shape)}`,
          "give them two dimensions: outputs and inputs",
        ),
      ];
    }
    const input = activationTensor(graph, operator.input);
    const output = activationTensor(graph, operator.output);
    const inputScale = at(input.quantization.scales, 0);
    const outputScale = at(output.quantization.scales, 0);
    const perTensor = weights.quantization.scales.length === 1;
    // With one scale, TFLite rounds the product to single precision (GetQuantizedConvolutionMultipler).
    const product = (scale: number): number => (perTensor ? Math.fround(inputScale * scale) : inputScale * scale);
    const problems = checkWeighted(operator, graph, (scale) => product(scale) / outputScale);
    problems.push(...checkShapes(operator, graph, at(weights.shape, 0), at(weights.shape, 1)));
    if (operator.bias !== null && perTensor) {
      const biasScale = at(at(graph.tensors, operator.bias).quantization.scales, 0);
      const expected = product(at(weights.quantization.scales, 0));
      if (Math.abs(expected - biasScale) / outputScale > BIAS_SCALE_TOLERANCE) {
        const message = `its bias has scale ${biasScale}, not the product of input and weight scale, ${expected}`;
        problems.push(errorDiagnostic("tflite-quantization", message, "quantize the bias with that product as its scale"));
      }
    }
    return problems;
  },
};

function checkShapes({ input, output }: FullyConnected, graph: Graph, outputs: number, inputs: number): Diagnostic[] {
  const from = activationTensor(graph, input).shape;
  const to = activationTensor(graph, output).shape;
  if (elementCount(from) % inputs !== 0 || to.at(-1) !== outputs) {
    const message = `its input is ${shapeText(from)} and its output ${shapeText(to)}, but its weights are ${outputs} x ${inputs}`;
    return [errorDiagnostic("tflite-shape", message, "export the model again: these shapes do not fit each other")];
  }
  if (elementCount(from) !== inputs || elementCount(to) !== outputs) {
    const message = `it computes a batch, from ${shapeText(from)} to ${shapeText(to)}`;
    return [errorDiagnostic("tflite-shape", message, "export the model with batch size 1")];
  }
  return [];
}
