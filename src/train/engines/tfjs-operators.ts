// The operators of a float network as TensorFlow.js computes and differentiates them: tensors in, tensors out. Images are height x
// width x channels in both; weights are in TFLite's order.

import * as tf from "@tensorflow/tfjs-core";
import type { FusedActivation, Plane, Pool2d, StridedSlice, TensorId } from "../../artifacts/graph.ts";
import type { FloatNetwork, FloatOperator } from "../../artifacts/network.ts";
import { at, unreachable } from "../../core/assert.ts";

/** Computed so far, and parameters, by tensor. */
export type Values = ReadonlyMap<TensorId, tf.Tensor>;

/** The outputs of one operator, in the order of operatorOutputs. @param rows of the batch: what the leading 1 of shapes stands for. */
export function forwardOperator(network: FloatNetwork, operator: FloatOperator, values: Values, rows: number): readonly tf.Tensor[] {
  const value = (id: TensorId): tf.Tensor => {
    const tensor = values.get(id);
    if (tensor === undefined) throw new Error(`tensor ${id} has no value`);
    return tensor;
  };
  const shapeOf = (id: TensorId): number[] => [rows, ...at(network.tensors, id).shape.slice(1)];
  switch (operator.kind) {
    case "fully-connected": {
      const weights = value(operator.weights) as tf.Tensor2D;
      const input = tf.reshape<tf.Rank.R2>(value(operator.input), [-1, at(weights.shape, 1)]);
      // Not `transposeB`: with it, the wasm backend of tfjs 4.22 takes a slower path, and fused with a bias adds the wrong one.
      const sums = tf.matMul(input, tf.transpose(weights));
      return [tf.reshape(finish(sums, operator, value), shapeOf(operator.output))];
    }
    case "conv-2d": {
      const filter = tf.transpose(value(operator.weights), [1, 2, 3, 0]);
      const { stride, padding } = operator;
      return [
        finish(
          tf.conv2d(value(operator.input) as tf.Tensor4D, dilated(filter, operator.dilation) as tf.Tensor4D, pair(stride), padding),
          operator,
          value,
        ),
      ];
    }
    case "depthwise-conv-2d": {
      const input = value(operator.input) as tf.Tensor4D;
      const [, height, width, outputs] = value(operator.weights).shape as [number, number, number, number];
      const filter = tf.reshape(value(operator.weights), [height, width, input.shape[3], outputs / input.shape[3]]);
      const sums = tf.depthwiseConv2d(input, dilated(filter, operator.dilation) as tf.Tensor4D, pair(operator.stride), operator.padding);
      return [finish(sums, operator, value)];
    }
    case "max-pool-2d": {
      const { input, window, stride, padding } = operator;
      return [activated(tf.maxPool(value(input) as tf.Tensor4D, pair(window), pair(stride), padding), operator.activation)];
    }
    case "average-pool-2d":
      return [activated(averagePool(value(operator.input) as tf.Tensor4D, operator), operator.activation)];
    case "mean":
      return [tf.reshape(tf.mean(value(operator.input), [...operator.axes]), shapeOf(operator.output))];
    case "reshape":
      return [tf.reshape(value(operator.input), shapeOf(operator.output))];
    case "pad":
      return [
        tf.pad(
          value(operator.input),
          operator.before.map((before, axis): [number, number] => [before, at(operator.after, axis)]),
        ),
      ];
    case "add":
      return [activated(tf.add(value(operator.left), value(operator.right)), operator.activation)];
    case "sub":
      return [activated(tf.sub(value(operator.left), value(operator.right)), operator.activation)];
    case "mul":
      return [activated(tf.mul(value(operator.left), value(operator.right)), operator.activation)];
    case "concatenation":
      return [tf.concat(operator.inputs.map(value), operator.axis)];
    case "split":
      return tf.split(value(operator.input), operator.outputs.length, operator.axis);
    case "strided-slice":
      return [stridedSlice(value(operator.input), operator)];
    case "relu":
      return [tf.relu(value(operator.input))];
    case "relu6":
      return [tf.relu6(value(operator.input))];
    case "logistic":
      return [tf.sigmoid(value(operator.input))];
    case "tanh":
      return [tf.tanh(value(operator.input))];
    case "hard-swish": {
      const x = value(operator.input);
      return [tf.div(tf.mul(x, tf.relu6(tf.add(x, 3))), 6)];
    }
    case "leaky-relu":
      return [tf.leakyRelu(value(operator.input), operator.alpha)];
    case "softmax":
      return [tf.softmax(tf.mul(value(operator.input), operator.beta))];
    default:
      return unreachable(operator);
  }
}

/** Bias and activation behind a sum of products. */
function finish(
  sums: tf.Tensor,
  { bias, activation }: { readonly bias: TensorId | null; readonly activation: FusedActivation },
  value: (id: TensorId) => tf.Tensor,
): tf.Tensor {
  return activated(bias === null ? sums : tf.add(sums, value(bias)), activation);
}

function activated(value: tf.Tensor, activation: FusedActivation): tf.Tensor {
  switch (activation) {
    case "none":
      return value;
    case "relu":
      return tf.relu(value);
    case "relu6":
      return tf.relu6(value);
    case "relu-n1-to-1":
      return tf.clipByValue(value, -1, 1);
    default:
      return unreachable(activation);
  }
}

/** A filter, height x width x inputs x outputs, with zeros between its taps: tfjs has no gradient of dilated convolutions. */
function dilated(filter: tf.Tensor, { height, width }: Plane): tf.Tensor {
  if (height === 1 && width === 1) return filter;
  const [rows, columns, inputs, outputs] = filter.shape as [number, number, number, number];
  const apart = tf.reshape(filter, [rows, 1, columns, 1, inputs * outputs]);
  const spread = tf.pad(apart, [[0, 0], [0, height - 1], [0, 0], [0, width - 1], [0, 0]]); // prettier-ignore
  const whole = tf.reshape(spread, [rows * height, columns * width, inputs, outputs]);
  return tf.slice(whole, [0, 0, 0, 0], [(rows - 1) * height + 1, (columns - 1) * width + 1, inputs, outputs]);
}

/** As a convolution with ones, over the number of pixels that are there: tfjs's gradient of its own takes padding for pixels. */
function averagePool(input: tf.Tensor4D, { window, stride, padding }: Pool2d): tf.Tensor {
  const [, height, width, channels] = input.shape;
  const ones = (depth: number): tf.Tensor4D => tf.ones([window.height, window.width, depth, 1]);
  const sums = tf.depthwiseConv2d(input, ones(channels), pair(stride), padding);
  const pixels = tf.depthwiseConv2d(tf.ones<tf.Rank.R4>([1, height, width, 1]), ones(1), pair(stride), padding);
  return tf.div(sums, pixels);
}

/** Dimension by dimension, where it is not taken whole. */
function stridedSlice(input: tf.Tensor, { begin, strides, sizes }: StridedSlice): tf.Tensor {
  let value = input;
  for (let axis = 1; axis < input.rank; axis++) {
    const [first, stride, size] = [at(begin, axis), at(strides, axis), at(sizes, axis)];
    if (first === 0 && stride === 1 && size === at(input.shape, axis)) continue;
    if (stride === 1) {
      const from = value.shape.map((_, other) => (other === axis ? first : 0));
      value = tf.slice(
        value,
        from,
        value.shape.map((length, other) => (other === axis ? size : length)),
      );
    } else {
      const indices = Int32Array.from({ length: size }, (_, index) => first + index * stride);
      value = tf.gather(value, tf.tensor1d(indices, "int32"), axis);
    }
  }
  return value;
}

function pair({ height, width }: Plane): [number, number] {
  return [height, width];
}
