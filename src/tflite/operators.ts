// The operators that a graph may hold, and where each is read, written and checked.

import type { Operator } from "../artifacts/graph.ts";
import type { OperatorCodec, OperatorReader } from "./operator-codec.ts";
import { argMax } from "./operators/arg-max.ts";
import { add, mul, sub } from "./operators/arithmetic.ts";
import { concatenation } from "./operators/concatenation.ts";
import { convolution2d } from "./operators/conv-2d.ts";
import { depthwiseConvolution2d } from "./operators/depthwise-conv-2d.ts";
import { dequantize, hardSwish, logistic, quantize, relu, relu6, tanh } from "./operators/elementwise.ts";
import { fullyConnected } from "./operators/fully-connected.ts";
import { leakyRelu } from "./operators/leaky-relu.ts";
import { lstm } from "./operators/lstm.ts";
import { mean } from "./operators/mean.ts";
import { pad } from "./operators/pad.ts";
import { averagePool2d, maxPool2d } from "./operators/pool-2d.ts";
import { expandDimensions, reshape, squeeze } from "./operators/reshape.ts";
import { softmax } from "./operators/softmax.ts";
import { split } from "./operators/split.ts";
import { stridedSlice } from "./operators/strided-slice.ts";

/** The member of Operator that has this kind. */
type OperatorOf<Kind extends Operator["kind"]> = Operator extends infer Member
  ? Member extends { readonly kind: infer Kinds }
    ? Kind extends Kinds
      ? Member
      : never
    : never
  : never;

const CODECS: { readonly [Kind in Operator["kind"]]: OperatorCodec<OperatorOf<Kind> & Operator> } = {
  "fully-connected": fullyConnected,
  "conv-2d": convolution2d,
  "depthwise-conv-2d": depthwiseConvolution2d,
  "average-pool-2d": averagePool2d,
  "max-pool-2d": maxPool2d,
  mean,
  reshape,
  pad,
  add,
  sub,
  mul,
  concatenation,
  split,
  "strided-slice": stridedSlice,
  relu,
  relu6,
  "leaky-relu": leakyRelu,
  logistic,
  tanh,
  "hard-swish": hardSwish,
  softmax,
  "arg-max": argMax,
  quantize,
  dequantize,
  lstm,
};

/** Written as the operator that they are read as. */
const READERS: readonly OperatorReader[] = [...Object.values<OperatorReader>(CODECS), squeeze, expandDimensions];

export function codecOf(operator: Operator): OperatorCodec {
  return CODECS[operator.kind];
}

/** What reads an operator, by its name in the schema. */
export function readerNamed(name: string): OperatorReader | undefined {
  return READERS.find((reader) => reader.name === name);
}

/** For messages: what a model may use. */
export const SUPPORTED_OPERATORS = READERS.map(({ name }) => name);
