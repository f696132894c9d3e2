// Dense, and layers that are an activation and nothing else: Activation, ReLU, LeakyReLU, Softmax.

import { at } from "../../core/assert.ts";
import { transposed } from "../weights.ts";
import { modelProblem } from "../problem.ts";
import { activated, requireSetting, singleInput, type BuildLayer } from "./layer.ts";

export const dense: BuildLayer = singleInput((context, input) => {
  const { builder, config, variables } = context;
  const units = config.get("units").whole();
  const inputs = at(builder.shape(input), builder.shape(input).length - 1);
  const kernel = transposed(variables.require(0, ["kernel"], [inputs, units]), [1, 0]);
  const weights = builder.parameter("kernel", kernel.shape, kernel.data);
  const bias = config.get("use_bias").flag(true) ? builder.parameter("bias", [units], variables.require(1, ["bias"], [units]).data) : null;
  return activated(context, builder.fullyConnected(input, weights, bias));
});

export const activation: BuildLayer = singleInput(activated);

export const relu: BuildLayer = singleInput(({ builder, config }, input) => {
  requireSetting(config, "threshold", [0], "use a threshold of 0");
  const slope = config.get("negative_slope").number(0);
  const maximum = config.get("max_value");
  if (slope !== 0) {
    requireSetting(config, "max_value", [], "use either max_value or negative_slope");
    return builder.leakyRelu(input, slope);
  }
  if (maximum.isAbsent) return builder.elementwise("relu", input);
  const most = maximum.number();
  if (!(most > 0)) throw modelProblem("model-setting", `its max_value is ${most}`, "use a positive max_value");
  return builder.affine(builder.elementwise("relu6", builder.affine(input, [6 / most], [0])), [most / 6], [0]);
});

/** Keras 3 calls the slope negative_slope, Keras 2 alpha. */
export const leakyRelu: BuildLayer = singleInput(({ builder, config }, input) =>
  builder.leakyRelu(input, config.get("negative_slope").number(config.get("alpha").number(0.3))),
);

export const softmax: BuildLayer = singleInput(({ builder, config }, input) => {
  const rank = builder.shape(input).length;
  requireSetting(config, "axis", [-1, rank - 1], "use the last axis");
  return builder.softmax(input);
});
