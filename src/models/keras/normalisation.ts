// Layers that scale and shift: BatchNormalization, Normalization, Rescaling. simplify.ts folds them into their neighbours.

import { at } from "../../core/assert.ts";
import type { Json } from "../json.ts";
import { modelProblem } from "../problem.ts";
import { requireSetting, singleInput, type BuildLayer } from "./layer.ts";

const LAST_AXIS = "normalise along the last axis";

export const batchNormalization: BuildLayer = singleInput(({ builder, config, variables }, input) => {
  const shape = builder.shape(input);
  const channels = at(shape, shape.length - 1);
  const axis = config.get("axis");
  const axisNumber = axis.isList ? axis.list().map((each) => each.whole()) : [axis.whole(-1)];
  if (axisNumber.length !== 1 || !(axisNumber[0] === -1 || axisNumber[0] === shape.length - 1)) {
    throw modelProblem("model-setting", `its axis is ${axisNumber.join(", ")}`, LAST_AXIS);
  }
  let position = 0;
  const variable = (name: string, present: boolean, otherwise: number): Float32Array =>
    present ? variables.require(position++, [name], [channels]).data : new Float32Array(channels).fill(otherwise);
  const gamma = variable("gamma", config.get("scale").flag(true), 1);
  const beta = variable("beta", config.get("center").flag(true), 0);
  const mean = variable("moving_mean", true, 0);
  const variance = variable("moving_variance", true, 1);
  const epsilon = config.get("epsilon").number(1e-3);
  const scale = Array.from(gamma, (each, channel) => each / Math.sqrt(at(variance, channel) + epsilon));
  const offset = Array.from(beta, (each, channel) => each - at(mean, channel) * at(scale, channel));
  return builder.affine(input, finite(scale), finite(offset));
});

/** The smallest deviation that Keras divides by (backend.epsilon()). */
const SMALLEST_DEVIATION = 1e-7;

export const normalization: BuildLayer = singleInput(({ builder, config, variables }, input) => {
  requireSetting(config, "invert", [false], "normalise without invert");
  const shape = builder.shape(input);
  const channels = at(shape, shape.length - 1);
  const { value: axis } = config.get("axis");
  if (![undefined, null, -1, shape.length - 1].includes((Array.isArray(axis) ? axis[0] : axis) as number)) {
    throw modelProblem("model-setting", `its axis is ${String(axis)}`, LAST_AXIS);
  }
  const values = (name: "mean" | "variance", position: number): number[] => {
    const stored = variables.find(position, [name])?.data;
    const given = stored === undefined ? flatNumbers(config.get(name)) : [...stored];
    if (given.length !== 1 && given.length !== channels) {
      throw modelProblem(
        "model-weights",
        `its ${name} has ${given.length} numbers for ${channels} channels`,
        "adapt the layer before saving the model",
      );
    }
    return given;
  };
  const mean = values("mean", 0);
  const scale = values("variance", 1).map((each) => 1 / Math.max(Math.sqrt(each), SMALLEST_DEVIATION));
  const longest = mean.length > scale.length ? mean : scale;
  const offset = longest.map((_, index) => -at(mean, mean.length === 1 ? 0 : index) * at(scale, scale.length === 1 ? 0 : index));
  return builder.affine(input, finite(scale), finite(offset));
});

export const rescaling: BuildLayer = singleInput(({ builder, config }, input) =>
  builder.affine(input, flatNumbers(config.get("scale")), config.get("offset").isAbsent ? [0] : flatNumbers(config.get("offset"))),
);

/** A number, or lists of numbers within lists. */
function flatNumbers(setting: Json): number[] {
  if (setting.isObject) return flatNumbers(setting.get("config").get("value"));
  return setting.isList ? setting.list().flatMap(flatNumbers) : [setting.number()];
}

function finite(values: readonly number[]): readonly number[] {
  if (values.every((value) => Number.isFinite(Math.fround(value)))) return values;
  throw modelProblem("model-weights", "its variance is negative, or too small to divide by", "train the model again: it has diverged");
}
