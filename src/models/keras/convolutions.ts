// Conv1D, Conv2D, DepthwiseConv1D/2D, SeparableConv1D/2D. One dimension is an image of height 1: time runs along the width.

import { at } from "../../core/assert.ts";
import type { Padding, TensorId } from "../../artifacts/graph.ts";
import type { Json } from "../json.ts";
import type { NetworkBuilder, Sliding } from "../network-builder.ts";
import { modelProblem, quoted, shapeText } from "../problem.ts";
import { transposed, type Weight } from "../weights.ts";
import { activated, CHANNELS_LAST, requireSetting, singleInput, type BuildLayer, type LayerContext } from "./layer.ts";

export type Dimensions = 1 | 2;

/** A setting that is a number for each dimension, or one for all. */
export function sizesOf(config: Json, key: string, dimensions: Dimensions, fallback: Json | null = null): number[] {
  const setting = config.get(key);
  const value = setting.isAbsent && fallback !== null ? fallback : setting;
  if (!value.isList) return Array.from({ length: dimensions }, () => value.whole(1));
  const sizes = value.list().map((each) => each.whole());
  if (sizes.length === dimensions) return sizes;
  throw modelProblem("model-setting", `its ${key} is ${shapeText(sizes)}`, `give it ${dimensions} numbers`);
}

/** Of one dimension or two: height, width. */
export function planeOf(sizes: readonly number[]): { height: number; width: number } {
  return { height: sizes.length === 2 ? at(sizes, 0) : 1, width: at(sizes, sizes.length - 1) };
}

/** Runs `build` on an image; [1, steps, channels] becomes one of height 1, and its result [1, steps, channels] again. */
export function asImage(builder: NetworkBuilder, dimensions: Dimensions, input: TensorId, build: (image: TensorId) => TensorId): TensorId {
  const shape = builder.shape(input);
  if (shape.length !== dimensions + 2) {
    throw modelProblem("model-shape", `it is given ${shapeText(shape)}`, `give it ${dimensions + 2} dimensions, the batch included`);
  }
  if (dimensions === 2) return build(input);
  const output = build(builder.reshape(input, [1, 1, at(shape, 1), at(shape, 2)]));
  return builder.reshape(output, builder.shape(output).toSpliced(1, 1));
}

interface Settings {
  readonly window: readonly number[];
  readonly sliding: Sliding;
}

/** The input, padded where convolution is causal, and how the kernel slides over it. */
function slidingOf({ builder, config }: LayerContext, dimensions: Dimensions, image: TensorId): Settings & { readonly image: TensorId } {
  requireSetting(config, "data_format", ["channels_last", "channelsLast"], CHANNELS_LAST);
  const window = sizesOf(config, "kernel_size", dimensions);
  const stride = planeOf(sizesOf(config, "strides", dimensions));
  const dilation = planeOf(sizesOf(config, "dilation_rate", dimensions));
  const padding = config.get("padding").text("valid");
  if (padding === "same" || padding === "valid") return { image, window, sliding: { padding, stride, dilation } };
  if (padding !== "causal" || dimensions !== 1)
    throw modelProblem("model-setting", `its padding is ${quoted(padding)}`, "use valid, same or causal");
  const before = (at(window, 0) - 1) * dilation.width;
  const padded = builder.pad(image, [0, 0, before, 0], [0, 0, 0, 0]);
  return { image: padded, window, sliding: { padding: "valid" satisfies Padding, stride, dilation } };
}

function biasOf({ builder, config, variables }: LayerContext, position: number, channels: number): TensorId | null {
  if (!config.get("use_bias").flag(true)) return null;
  return builder.parameter("bias", [channels], variables.require(position, ["bias"], [channels]).data);
}

/** height x width x in x out -> out x height x width x in, a kernel of one dimension as one of height 1. */
function outputsFirst(kernel: Weight): Weight {
  const shape = kernel.shape.length === 3 ? [1, ...kernel.shape] : kernel.shape;
  return transposed({ ...kernel, shape }, [3, 0, 1, 2]);
}

export function convolution(dimensions: Dimensions): BuildLayer {
  return singleInput((context, input) => {
    const { builder, config, variables } = context;
    const result = asImage(builder, dimensions, input, (given) => {
      const { image, window, sliding } = slidingOf(context, dimensions, given);
      const filters = config.get("filters").whole();
      const channels = at(builder.shape(image), 3) / config.get("groups").whole(1);
      const kernel = outputsFirst(variables.require(0, ["kernel"], [...window, channels, filters]));
      return builder.convolution(image, builder.parameter("kernel", kernel.shape, kernel.data), biasOf(context, 1, filters), sliding);
    });
    return activated(context, result);
  });
}

/** height x width x channels x multiplier -> 1 x height x width x (channels * multiplier): the same order. */
function depthwiseKernel({ builder, config, variables }: LayerContext, window: readonly number[], channels: number): TensorId {
  const names = ["depthwise_kernel", "kernel"];
  // TensorFlow.js does not say it of separable convolutions.
  const multiplier = config.get("depth_multiplier").whole(variables.find(0, names)?.shape.at(-1) ?? 1);
  const { data } = variables.require(0, names, [...window, channels, multiplier]);
  const { height, width } = planeOf(window);
  return builder.parameter("depthwise_kernel", [1, height, width, channels * multiplier], data);
}

export function depthwiseConvolution(dimensions: Dimensions): BuildLayer {
  return singleInput((context, input) => {
    const { builder } = context;
    const result = asImage(builder, dimensions, input, (given) => {
      const { image, window, sliding } = slidingOf(context, dimensions, given);
      const kernel = depthwiseKernel(context, window, at(builder.shape(image), 3));
      return builder.depthwiseConvolution(image, kernel, biasOf(context, 1, at(builder.shape(kernel), 3)), sliding);
    });
    return activated(context, result);
  });
}

export function separableConvolution(dimensions: Dimensions): BuildLayer {
  return singleInput((context, input) => {
    const { builder, config, variables } = context;
    const result = asImage(builder, dimensions, input, (given) => {
      const { image, window, sliding } = slidingOf(context, dimensions, given);
      const kernel = depthwiseKernel(context, window, at(builder.shape(image), 3));
      const channels = at(builder.shape(kernel), 3);
      const filters = config.get("filters").whole();
      const each = builder.depthwiseConvolution(image, kernel, null, sliding);
      const pointwise = outputsFirst(variables.require(1, ["pointwise_kernel"], [...window.map(() => 1), channels, filters]));
      const weights = builder.parameter("pointwise_kernel", pointwise.shape, pointwise.data);
      const once = { height: 1, width: 1 };
      return builder.convolution(each, weights, biasOf(context, 2, filters), { padding: "valid", stride: once, dilation: once });
    });
    return activated(context, result);
  });
}
