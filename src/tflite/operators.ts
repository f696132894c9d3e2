// The operators that a graph may hold, and where each is read, written and checked.

import type { Operator } from "../artifacts/graph.ts";
import type { OperatorCodec } from "./operator-codec.ts";
import { convolution2d } from "./operators/conv-2d.ts";
import { fullyConnected } from "./operators/fully-connected.ts";
import { reshape } from "./operators/reshape.ts";
import { tanh } from "./operators/tanh.ts";

const CODECS: { readonly [Kind in Operator["kind"]]: OperatorCodec<Extract<Operator, { readonly kind: Kind }>> } = {
  "fully-connected": fullyConnected,
  "conv-2d": convolution2d,
  reshape,
  tanh,
};

export function codecOf<Op extends Operator>(operator: Op): OperatorCodec<Op> {
  return CODECS[operator.kind] as OperatorCodec as OperatorCodec<Op>;
}

/** The codec of an operator by its name in the schema. */
export function codecNamed(name: string): OperatorCodec | undefined {
  return Object.values<OperatorCodec>(CODECS).find((codec) => codec.name === name);
}

/** For messages: what a model may use. */
export const SUPPORTED_OPERATORS = Object.values<OperatorCodec>(CODECS).map((codec) => codec.name);
