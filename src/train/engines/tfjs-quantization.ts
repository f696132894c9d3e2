// Fake quantization in TensorFlow.js: tensors in, what int8 would make of them out, with gradients straight through. The rounding is
// quantize/'s.

import * as tf from "@tensorflow/tfjs-core";
import { elementCount, type Quantization } from "../../artifacts/graph.ts";
import type { Parameter } from "../../artifacts/network.ts";
import { at } from "../../core/assert.ts";
import { clamp, roundHalfAway } from "../../core/fixed-point.ts";
import type { FakeQuantization } from "../engine.ts";

const [LOWEST, HIGHEST] = [-128, 127];

/** What an activation becomes; the gradient vanishes where the integer was cut off. */
export function quantizedActivation(value: tf.Tensor, { scales, zeroPoint }: Quantization): tf.Tensor {
  const scale = at(scales, 0);
  const quantize = tf.customGrad((x, save) => {
    const real = x as tf.Tensor;
    const integers = tf.add(halvesAway(tf.div(real, scale)), zeroPoint);
    const inside = tf.cast(tf.logicalAnd(tf.greaterEqual(integers, LOWEST), tf.lessEqual(integers, HIGHEST)), "float32");
    (save as tf.GradSaveFunc)([inside]);
    return {
      value: tf.mul(tf.sub(tf.clipByValue(integers, LOWEST, HIGHEST), zeroPoint), scale),
      gradFunc: (slope: tf.Tensor, [kept]: tf.Tensor[]) => tf.mul(slope, kept as tf.Tensor),
    };
  });
  return quantize(value);
}

/** Rounds to whole numbers, halves away from zero: tf.round rounds them to even. */
function halvesAway(x: tf.Tensor): tf.Tensor {
  const size = tf.abs(x);
  const below = tf.floor(size);
  const whole = tf.add(below, tf.cast(tf.greaterEqual(tf.sub(size, below), 0.5), "float32"));
  return tf.mul(whole, tf.sign(x));
}

/** What weights become: nothing is cut off, so their gradient is that of the result. @param channelAxis the dimension of the outputs. */
export function quantizedWeights(
  { data, shape }: Parameter,
  channelAxis: number,
  granularity: FakeQuantization["weightGranularity"],
): Float32Array {
  const channels = granularity === "per-channel" ? at(shape, channelAxis) : 1;
  const stride = elementCount(shape.slice(channelAxis + 1));
  const channelOf = (index: number): number => Math.floor(index / stride) % channels;
  const largest = new Float32Array(channels);
  data.forEach((value, index) => (largest[channelOf(index)] = Math.max(at(largest, channelOf(index)), Math.abs(value))));
  // All zero: any scale will do.
  const scales = largest.map((value) => (value === 0 ? 1 : value / 127));
  return data.map((value, index) => {
    const scale = at(scales, channelOf(index));
    return clamp(roundHalfAway(value / scale), -127, 127) * scale;
  });
}
