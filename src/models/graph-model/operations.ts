// Every TensorFlow operation that a graph may hold, and what builds it.

import { at } from "../../core/assert.ts";
import type { TensorId } from "../../artifacts/graph.ts";
import { elementCount } from "../../artifacts/graph.ts";
import type { FloatElementwise } from "../../artifacts/network.ts";
import { modelProblem, shapeText } from "../problem.ts";
import { shapeOfRows } from "../rows.ts";
import { gather, joinedSettings, pack, product, shape, stridedSlice } from "./constants.ts";
import { onlySetting, tensor, unary, type BuildOperation } from "./operation.ts";
import { batchNormalization, convolution, depthwiseConvolution, matMul, paddingOf, planeOf, requireChannelsLast } from "./weighted.ts";

const unchanged: BuildOperation = ({ values }) => values.slice(0, 1);

function elementwise(kind: FloatElementwise["kind"]): BuildOperation {
  return unary((builder, input) => builder.elementwise(kind, input));
}

function arithmetic(kind: "add" | "sub" | "mul"): BuildOperation {
  return (operands) => {
    if (operands.values.every((value) => value.kind === "constant")) {
      throw modelProblem("model-constant", "both of its operands are constants", "let the converter fold constants");
    }
    return tensor(operands.builder.arithmetic(kind, operands.operand(0), operands.operand(1)));
  };
}

const sumOfAll: BuildOperation = (operands) => {
  const [first = operands.tensor(0), ...others] = operands.values.map((_, position) => operands.operand(position));
  return tensor(others.reduce((left, right) => operands.builder.arithmetic("add", left, right), first));
};

/** Division by constants, as multiplication. */
const division: BuildOperation = (operands) => {
  const { shape: sizes, data } = operands.constant(1);
  const inverse = data.map((each) => 1 / each);
  if (!inverse.every(Number.isFinite)) throw modelProblem("model-constant", "it divides by zero", "divide by something else");
  const factor = operands.builder.parameter("inverse", sizes.length === 0 ? [1] : sizes, inverse);
  return tensor(operands.builder.arithmetic("mul", operands.tensor(0), factor));
};

const reshape: BuildOperation = (operands) => {
  const input = operands.tensor(0);
  const sizes = operands.settings(1);
  const known = sizes.reduce((total, size) => (size === -1 ? total : total * size), 1);
  const open = elementCount(operands.builder.shape(input)) / known;
  return tensor(operands.builder.reshape(input, shapeOfRows(sizes.map((size) => (size === -1 ? open : size)))));
};

const squeeze: BuildOperation = unary((builder, input, { node }) => {
  const sizes = builder.shape(input);
  const dimensions = [...node.wholes("squeeze_dims"), ...node.wholes("axis")].map((each) => builder.axis(each, sizes.length));
  const kept = sizes.filter((size, dimension) => (dimensions.length > 0 ? !dimensions.includes(dimension) : dimension === 0 || size !== 1));
  return builder.reshape(input, kept);
});

const expandDimensions: BuildOperation = unary((builder, input, operands) => {
  const sizes = builder.shape(input);
  return builder.reshape(input, sizes.toSpliced(builder.axis(onlySetting(operands, 1), sizes.length + 1), 0, 1));
});

const pad: BuildOperation = unary((builder, input, operands) => {
  if (operands.values.length > 2 && onlySetting(operands, 2) !== 0)
    throw modelProblem("model-setting", "it pads with another number than 0", "pad with 0");
  const sizes = operands.settings(1);
  const side = (which: 0 | 1): number[] => sizes.filter((_, index) => index % 2 === which);
  return builder.pad(input, side(0), side(1));
});

const concatenation: BuildOperation = (operands) => {
  if (operands.values.every((value) => value.kind === "constant")) return joinedSettings(operands);
  const last = operands.values.length - 1;
  const inputs = operands.values.slice(0, -1).map((_, position) => operands.tensor(position));
  return tensor(operands.builder.concatenation(inputs, onlySetting(operands, last)));
};

const split: BuildOperation = (operands) =>
  operands.builder
    .split(operands.tensor(1), onlySetting(operands, 0), operands.node.whole("num_split", 1))
    .map((id) => ({ kind: "tensor", id }));

const slice: BuildOperation = unary((builder, input, operands) => {
  const begin = operands.settings(1);
  const sizes = operands
    .settings(2)
    .map((size, dimension) => (size === -1 ? (builder.shape(input)[dimension] ?? 0) - (begin[dimension] ?? 0) : size));
  return builder.slice(input, begin, sizes);
});

function pool(kind: "average-pool-2d" | "max-pool-2d"): BuildOperation {
  return unary((builder, input, operands) => {
    requireChannelsLast(operands);
    return builder.pool(kind, input, planeOf(operands, "ksize"), { padding: paddingOf(operands), stride: planeOf(operands, "strides") });
  });
}

const mean: BuildOperation = unary((builder, input, operands) =>
  builder.mean(input, operands.settings(1), operands.node.flag("keep_dims")),
);

/** Of an image's height and width: a pool over all of it. */
const largest: BuildOperation = unary((builder, input, operands) => {
  const sizes = builder.shape(input);
  const axes = operands.settings(1).map((axis) => builder.axis(axis, sizes.length));
  const image = sizes.length === 4 && axes.toSorted().join() === "1,2" ? sizes : null;
  const row = sizes.length === 3 && axes.join() === "1" ? [1, 1, at(sizes, 1), at(sizes, 2)] : image;
  if (row === null)
    throw modelProblem(
      "model-setting",
      `it takes the largest of ${shapeText(sizes)} along ${axes.join(", ")}`,
      "reduce height and width, or steps",
    );
  const window = { height: at(row, 1), width: at(row, 2) };
  const pooled = builder.pool("max-pool-2d", builder.reshape(input, row), window, { padding: "valid", stride: { height: 1, width: 1 } });
  const kept = sizes.map((size, dimension) => (axes.includes(dimension) ? 1 : size));
  return builder.reshape(pooled, operands.node.flag("keep_dims") ? kept : kept.filter((_, dimension) => !axes.includes(dimension)));
});

/** Maximum with 0 is RELU. */
const maximum: BuildOperation = (operands) => {
  const position = operands.values.findIndex((value) => value.kind === "constant");
  if (position === -1 || !operands.constant(position).data.every((each) => each === 0)) {
    throw modelProblem("model-operation-unsupported", "it takes the larger of two tensors", "compare with the constant 0 alone");
  }
  return tensor(operands.builder.elementwise("relu", operands.tensor(1 - position)));
};

const times = (factor: number): BuildOperation => unary((builder, input) => builder.affine(input, [factor], [0]));
const square: BuildOperation = unary((builder, input: TensorId) => builder.arithmetic("mul", input, input));

const OPERATIONS: Readonly<Record<string, BuildOperation>> = {
  ...{ MatMul: matMul, _FusedMatMul: matMul, Conv2D: convolution, _FusedConv2D: convolution },
  ...{ DepthwiseConv2dNative: depthwiseConvolution, FusedDepthwiseConv2dNative: depthwiseConvolution },
  ...{ FusedBatchNorm: batchNormalization, FusedBatchNormV2: batchNormalization, FusedBatchNormV3: batchNormalization },
  ...{ BiasAdd: arithmetic("add"), Add: arithmetic("add"), AddV2: arithmetic("add"), AddN: sumOfAll },
  ...{ Sub: arithmetic("sub"), Mul: arithmetic("mul"), RealDiv: division, Div: division, Neg: times(-1), Square: square, Maximum: maximum },
  ...{ Relu: elementwise("relu"), Relu6: elementwise("relu6"), Tanh: elementwise("tanh"), Sigmoid: elementwise("logistic") },
  LeakyRelu: unary((builder, input, { node }) => builder.leakyRelu(input, node.number("alpha", 0.2))),
  Softmax: unary((builder, input) => builder.softmax(input)),
  ...{ AvgPool: pool("average-pool-2d"), MaxPool: pool("max-pool-2d"), Mean: mean, Max: largest },
  ...{ Reshape: reshape, Squeeze: squeeze, ExpandDims: expandDimensions, Pad: pad, PadV2: pad },
  ...{ ConcatV2: concatenation, Split: split, Slice: slice, StridedSlice: stridedSlice },
  ...{ Identity: unchanged, StopGradient: unchanged, PreventGradient: unchanged, Cast: unchanged },
  ...{ Shape: shape, Pack: pack, Prod: product, GatherV2: gather },
};

/** What means the same for rows and for rows in a batch of 1. */
export const ROWWISE_OPERATIONS: readonly string[] = [
  ...["MatMul", "_FusedMatMul", "BiasAdd", "Reshape", "Relu", "Relu6", "LeakyRelu", "Tanh", "Sigmoid", "Softmax", "Identity"],
];

export const SUPPORTED_OPERATIONS = Object.keys(OPERATIONS);

export function operationNamed(name: string): BuildOperation | undefined {
  return Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
}
