// FULLY_CONNECTED: weights outputs x inputs; an input of any shape is read as rows, one after another.

import { at } from "../../core/assert.ts";
import { failure, success, type Diagnostic } from "../../core/diagnostic.ts";
import { elementCount, weightTensor, type FullyConnected, type Graph } from "../../artifacts/graph.ts";
import { optionsProblem, quantizationProblem, scaleOf, shapeOf, shapeProblem } from "../checks.ts";
import { activationCode, activationOf } from "../fused-activation.ts";
import { encodeOptions, optionsType, shapeText, type OperatorCodec } from "../operator-codec.ts";
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

  read(source) {
    const options = source.options(optionsTable);
    if (options.weightsFormat !== 0)
      return failure(optionsProblem("its weights are shuffled", "convert the model with weights in the default format"));
    const activation = activationOf(options.fusedActivation);
    if (!activation.ok) return activation;
    return success({
      kind: "fully-connected",
      input: source.input(0),
      weights: source.input(1),
      bias: source.inputs[2] ?? null,
      output: source.output(),
      activation: activation.value,
    });
  },

  operands: ({ input, weights, bias }) => [input, weights, bias],

  writeOptions({ activation, input, output }, graph, builder) {
    const rank = shapeOf(graph, output).length;
    const keepDimensions = rank !== 2 && rank === shapeOf(graph, input).length;
    return encodeOptions(builder, optionsTable, { fusedActivation: activationCode(activation), keepDimensions });
  },

  check(operator, graph) {
    const weights = weightTensor(graph, operator.weights);
    if (weights.shape.length !== 2) {
      const message = `its weights have shape ${shapeText(weights.shape)}`;
      return [shapeProblem(message, "give them two dimensions: outputs and inputs")];
    }
    const [inputScale, outputScale] = [scaleOf(graph, operator.input), scaleOf(graph, operator.output)];
    const perTensor = weights.quantization.scales.length === 1;
    // With one scale, TFLite rounds the product to single precision (GetQuantizedConvolutionMultipler).
    const product = (scale: number): number => (perTensor ? Math.fround(inputScale * scale) : inputScale * scale);
    const problems = checkWeighted(operator, graph, 0, (scale) => product(scale) / outputScale);
    problems.push(...checkShapes(operator, graph, at(weights.shape, 0), at(weights.shape, 1)));
    if (operator.bias !== null && perTensor) {
      const biasScale = at(graph.tensors, operator.bias).quantization.scales[0] ?? 0;
      const expected = product(at(weights.quantization.scales, 0));
      if (Math.abs(expected - biasScale) / outputScale > BIAS_SCALE_TOLERANCE) {
        const message = `its bias has scale ${biasScale}, not the product of input and weight scale, ${expected}`;
        problems.push(quantizationProblem(message, "quantize the bias with that product as its scale"));
      }
    }
    return problems;
  },
};

function checkShapes({ input, output }: FullyConnected, graph: Graph, outputs: number, inputs: number): Diagnostic[] {
  const [from, to] = [shapeOf(graph, input), shapeOf(graph, output)];
  if (to.at(-1) === outputs && elementCount(from) * outputs === elementCount(to) * inputs) return [];
  return [shapeProblem(`its input is ${shapeText(from)} and its output ${shapeText(to)}, but its weights are ${outputs} x ${inputs}`)];
}
