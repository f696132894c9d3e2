// A graph lowered to what a processor does: integer constants only, accumulators proven to fit int32. The interpreter runs
// it and every emitter prints it, so that no backend decides about rounding, ranges or overflow by itself.

import type { Outcome } from "../core/diagnostic.ts";
import { activationTensor, type Graph, type Operator } from "../artifacts/graph.ts";
import type { IntegerProgram } from "../artifacts/integer-program.ts";
import { lowerArithmetic } from "./arithmetic.ts";
import { lowerDequantize, lowerQuantize } from "./ends.ts";
import { Lowering } from "./lowering.ts";
import { lowerLstm } from "./lstm.ts";
import { lowerConcatenation, lowerPad, lowerSplit, lowerStridedSlice } from "./movement.ts";
import { lowerArgMax, lowerMean, lowerPool } from "./pooling.ts";
import { lowerSoftmax } from "./softmax.ts";
import { lowerTable } from "./tables.ts";
import { lowerConvolution, lowerDepthwise, lowerFullyConnected } from "./weighted.ts";

/** Lowers a verified graph. Fails with a diagnostic that names the tensor where an accumulator could leave int32, or where
 * TensorFlow Lite Micro would refuse the scales. */
export function lowerGraph(graph: Graph): Outcome<IntegerProgram> {
  const lowering = new Lowering(graph);
  for (const input of graph.inputs) lowering.newBuffer(input);
  for (const operator of graph.operators) lowerOperator(lowering, operator);
  return lowering.finish();
}

function lowerOperator(lowering: Lowering, operator: Operator): void {
  switch (operator.kind) {
    case "fully-connected":
      lowerFullyConnected(lowering, operator);
      break;
    case "conv-2d":
      lowerConvolution(lowering, operator);
      break;
    case "depthwise-conv-2d":
      lowerDepthwise(lowering, operator);
      break;
    case "average-pool-2d":
    case "max-pool-2d":
      lowerPool(lowering, operator);
      break;
    case "mean":
      lowerMean(lowering, operator);
      break;
    case "arg-max":
      lowerArgMax(lowering, operator);
      break;
    case "reshape":
      lowering.share(operator.input, operator.output);
      break;
    case "concatenation":
      lowerConcatenation(lowering, operator);
      break;
    case "split":
      lowerSplit(lowering, operator);
      break;
    case "strided-slice":
      lowerStridedSlice(lowering, operator);
      break;
    case "pad":
      lowerPad(lowering, operator);
      break;
    case "add":
    case "sub":
    case "mul":
      lowerArithmetic(lowering, operator);
      break;
    case "quantize":
      if (activationTensor(lowering.graph, operator.input).type === "float32") lowerQuantize(lowering, operator);
      else lowerTable(lowering, { ...operator, kind: operator.kind });
      break;
    case "dequantize":
      lowerDequantize(lowering, operator);
      break;
    case "relu":
    case "relu6":
    case "logistic":
    case "tanh":
    case "hard-swish":
      lowerTable(lowering, { ...operator, kind: operator.kind });
      break;
    case "leaky-relu":
      lowerTable(lowering, operator);
      break;
    case "softmax":
      lowerSoftmax(lowering, operator);
      break;
    case "lstm":
      lowerLstm(lowering, operator);
      break;
  }
}
