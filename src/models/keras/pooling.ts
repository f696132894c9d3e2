// MaxPooling, AveragePooling and their global kind, over one dimension or two.

import { at } from "../../core/assert.ts";
import { modelProblem, quoted } from "../problem.ts";
import { asImage, planeOf, sizesOf, type Dimensions } from "./convolutions.ts";
import { CHANNELS_LAST, requireSetting, singleInput, type BuildLayer } from "./layer.ts";

export function pooling(kind: "average-pool-2d" | "max-pool-2d", dimensions: Dimensions): BuildLayer {
  return singleInput(({ builder, config }, input) => {
    requireSetting(config, "data_format", ["channels_last", "channelsLast"], CHANNELS_LAST);
    const window = sizesOf(config, "pool_size", dimensions);
    const stride = planeOf(config.get("strides").isAbsent ? window : sizesOf(config, "strides", dimensions));
    const padding = config.get("padding").text("valid");
    if (padding !== "same" && padding !== "valid")
      throw modelProblem("model-setting", `its padding is ${quoted(padding)}`, "use valid or same");
    return asImage(builder, dimensions, input, (image) => builder.pool(kind, image, planeOf(window), { padding, stride }));
  });
}

export function globalAverage(dimensions: Dimensions): BuildLayer {
  return singleInput(({ builder, config }, input) => {
    requireSetting(config, "data_format", ["channels_last", "channelsLast"], CHANNELS_LAST);
    const axes = dimensions === 1 ? [1] : [1, 2];
    return builder.mean(input, axes, config.get("keepdims").flag(false));
  });
}

export function globalMaximum(dimensions: Dimensions): BuildLayer {
  return singleInput(({ builder, config }, input) => {
    requireSetting(config, "data_format", ["channels_last", "channelsLast"], CHANNELS_LAST);
    const pooled = asImage(builder, dimensions, input, (image) => {
      const [, height, width] = builder.shape(image);
      const window = { height: height ?? 1, width: width ?? 1 };
      return builder.pool("max-pool-2d", image, window, { padding: "valid", stride: { height: 1, width: 1 } });
    });
    const shape = builder.shape(pooled);
    return config.get("keepdims").flag(false) ? pooled : builder.reshape(pooled, [1, at(shape, shape.length - 1)]);
  });
}
