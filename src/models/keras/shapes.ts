// Layers that move numbers and change none: Flatten, Reshape, ZeroPadding, Cropping, and those that do nothing once training is over.

import { at } from "../../core/assert.ts";
import { elementCount } from "../../artifacts/graph.ts";
import type { Json } from "../json.ts";
import { modelProblem, shapeText } from "../problem.ts";
import type { Dimensions } from "./convolutions.ts";
import { CHANNELS_LAST, requireSetting, singleInput, type BuildLayer } from "./layer.ts";

export const unchanged: BuildLayer = singleInput((_context, input) => input);

export const flatten: BuildLayer = singleInput(({ builder, config }, input) => {
  requireSetting(config, "data_format", ["channels_last", "channelsLast"], CHANNELS_LAST);
  return builder.reshape(input, [1, elementCount(builder.shape(input))]);
});

export const reshape: BuildLayer = singleInput(({ builder, config }, input) => {
  const target = config.get("target_shape").sizes();
  const known = target.reduce<number>((product, size) => product * (size ?? 1), 1);
  const open = elementCount(builder.shape(input)) / known;
  if (target.filter((size) => size === null).length > 1) {
    throw modelProblem("model-setting", `its target_shape is ${shapeText(target)}`, "leave at most one size open");
  }
  return builder.reshape(input, [1, ...target.map((size) => size ?? open)]);
});

/** 1, [1, 2], or [[1, 2], [3, 4]]: before and after, a pair for each dimension. */
function pairs(setting: Json, dimensions: Dimensions): readonly (readonly [number, number])[] {
  const pair = (value: Json): readonly [number, number] => {
    if (!value.isList) return [value.whole(), value.whole()];
    const [before, after] = value.list().map((each) => each.whole());
    if (before === undefined || after === undefined) throw setting.problem("two numbers a dimension");
    return [before, after];
  };
  if (dimensions === 1) return [pair(setting)];
  if (!setting.isList) return [pair(setting), pair(setting)];
  const both = setting.list().map(pair);
  if (both.length === 2) return both;
  throw setting.problem("a number, or a pair, for each dimension");
}

export function zeroPadding(dimensions: Dimensions): BuildLayer {
  return singleInput(({ builder, config }, input) => {
    requireSetting(config, "data_format", ["channels_last", "channelsLast"], CHANNELS_LAST);
    const sides = pairs(config.get("padding"), dimensions);
    const side = (which: 0 | 1): number[] => [0, ...sides.map((each) => each[which]), 0];
    return builder.pad(input, side(0), side(1));
  });
}

export function cropping(dimensions: Dimensions): BuildLayer {
  return singleInput(({ builder, config }, input) => {
    requireSetting(config, "data_format", ["channels_last", "channelsLast"], CHANNELS_LAST);
    const sides = [[0, 0], ...pairs(config.get("cropping"), dimensions), [0, 0]];
    const begin = sides.map((each) => at(each, 0));
    const sizes = builder
      .shape(input)
      .map((size, dimension) => size - at(sides[dimension] ?? [0, 0], 0) - at(sides[dimension] ?? [0, 0], 1));
    return builder.slice(input, begin, sizes);
  });
}
