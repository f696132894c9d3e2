// What holds for every operator that multiplies weights with inputs: weights and scales, bias, multipliers and clamp.

import { at } from "../core/assert.ts";
import { errorDiagnostic, type Diagnostic } from "../core/diagnostic.ts";
import { quantizeMultiplier } from "../core/fixed-point.ts";
import {
  activationTensor,
  weightTensor,
  type Convolution2d,
  type FullyConnected,
  type FusedActivation,
  type Graph,
} from "../artifacts/graph.ts";
import { shapeText } from "./operator-codec.ts";

/** A multiplier shifts an int32 left by at most this much. */
const LARGEST_SHIFT = 30;

/** Largest magnitude that each activation clamps to. */
const CLAMPS: Readonly<Record<FusedActivation, number>> = { none: 0, relu: 0, relu6: 6, "relu-n1-to-1": 1 };

/** @param multiplier the real one, for a weight scale. */
export function checkWeighted(
  operator: FullyConnected | Convolution2d,
  graph: Graph,
  multiplier: (weightScale: number) => number,
): Diagnostic[] {
  const weights = weightTensor(graph, operator.weights);
  const outputs = at(weights.shape, 0);
  const { scales, zeroPoint, axis } = weights.quantization;
  const problems: Diagnostic[] = [];
  const quantization = (message: string, hint: string): void => void problems.push(errorDiagnostic("tflite-quantization", message, hint));
  if (zeroPoint !== 0) quantization(`its weights have zero point ${zeroPoint}`, "quantize weights symmetrically: zero point 0");
  if (scales.length > 1 && axis !== 0) {
    quantization(`its weights have one scale for each slice along dimension ${axis}`, "quantize along the output channels, dimension 0");
  }
  const tooLarge = scales.find((scale) => {
    const real = multiplier(scale);
    return !Number.isFinite(real) || quantizeMultiplier(real).shift > LARGEST_SHIFT;
  });
  if (tooLarge !== undefined) {
    quantization(
      `a weight scale of ${tooLarge} is out of all proportion to its input's and output's`,
      "calibrate the model again with real inputs",
    );
  }
  const outputScale = at(activationTensor(graph, operator.output).quantization.scales, 0);
  if (CLAMPS[operator.activation] / outputScale >= 2 ** 31) {
    quantization(`the output scale ${outputScale} is too small for ${operator.activation}`, "calibrate the model again with real inputs");
  }
  if (operator.bias !== null) {
    const bias = at(graph.tensors, operator.bias);
    if (bias.shape.length !== 1 || bias.shape[0] !== outputs) {
      const message = `its bias has shape ${shapeText(bias.shape)}, its weights have ${outputs} outputs`;
      problems.push(errorDiagnostic("tflite-shape", message, "give it one bias an output"));
    }
    if (bias.quantization.zeroPoint !== 0) quantization("its bias has a zero point", "quantize biases symmetrically: zero point 0");
  }
  return problems;
}
