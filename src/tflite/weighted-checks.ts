// What holds for every operator that multiplies weights with inputs: weights and scales, bias, multipliers and clamp.

import { at } from "../core/assert.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import { weightTensor, type Convolution2d, type DepthwiseConvolution2d, type FullyConnected, type Graph } from "../artifacts/graph.ts";
import { checkClamp, checkMultiplier, quantizationProblem, scaleOf, shapeProblem } from "./checks.ts";
import { shapeText } from "./operator-codec.ts";

/** @param axis of the weights along which the outputs stand.
 * @param multiplier the real one, for a weight scale. */
export function checkWeighted(
  operator: FullyConnected | Convolution2d | DepthwiseConvolution2d,
  graph: Graph,
  axis: number,
  multiplier: (weightScale: number) => number,
): Diagnostic[] {
  const weights = weightTensor(graph, operator.weights);
  const { scales, zeroPoint, axis: scaleAxis } = weights.quantization;
  const problems: Diagnostic[] = [];
  if (zeroPoint !== 0)
    problems.push(quantizationProblem(`its weights have zero point ${zeroPoint}`, "quantize weights symmetrically: zero point 0"));
  if (scales.length > 1 && scaleAxis !== axis) {
    const message = `its weights have one scale for each slice along dimension ${scaleAxis}`;
    problems.push(quantizationProblem(message, `quantize along the output channels, dimension ${axis}`));
  }
  // How far accumulators reach, lowering proves.
  const outOfProportion = scales.find((scale) => checkMultiplier(multiplier(scale), 1).length > 0);
  if (outOfProportion !== undefined)
    problems.push(quantizationProblem(`a weight scale of ${outOfProportion} is out of all proportion to its input's and output's`));
  problems.push(...checkClamp(operator.activation, scaleOf(graph, operator.output)));
  if (operator.bias !== null) problems.push(...checkBias(operator.bias, at(weights.shape, axis), graph));
  return problems;
}

export function checkBias(id: number, outputs: number, graph: Graph): Diagnostic[] {
  const { shape, quantization } = at(graph.tensors, id);
  const problems: Diagnostic[] = [];
  if (shape.length !== 1 || shape[0] !== outputs) {
    const message = `its bias has shape ${shapeText(shape)}, its weights have ${outputs} outputs`;
    problems.push(shapeProblem(message, "give it one bias an output"));
  }
  if (quantization.zeroPoint !== 0)
    problems.push(quantizationProblem("its bias has a zero point", "quantize biases symmetrically: zero point 0"));
  return problems;
}
