// Every kind of Keras layer that a model may hold, and what builds it.

import { convolution, depthwiseConvolution, separableConvolution } from "./convolutions.ts";
import { activation, dense, leakyRelu, relu, softmax } from "./dense.ts";
import type { BuildLayer } from "./layer.ts";
import { arithmetic, average, concatenate } from "./merging.ts";
import { batchNormalization, normalization, rescaling } from "./normalisation.ts";
import { globalAverage, globalMaximum, pooling } from "./pooling.ts";
import { recurrent } from "./recurrent.ts";
import { cropping, flatten, reshape, unchanged, zeroPadding } from "./shapes.ts";

const LAYERS: Readonly<Record<string, BuildLayer>> = {
  Dense: dense,
  Activation: activation,
  ReLU: relu,
  LeakyReLU: leakyRelu,
  Softmax: softmax,
  Flatten: flatten,
  Reshape: reshape,
  Conv1D: convolution(1),
  Conv2D: convolution(2),
  DepthwiseConv1D: depthwiseConvolution(1),
  DepthwiseConv2D: depthwiseConvolution(2),
  SeparableConv1D: separableConvolution(1),
  SeparableConv2D: separableConvolution(2),
  MaxPooling1D: pooling("max-pool-2d", 1),
  MaxPooling2D: pooling("max-pool-2d", 2),
  AveragePooling1D: pooling("average-pool-2d", 1),
  AveragePooling2D: pooling("average-pool-2d", 2),
  GlobalAveragePooling1D: globalAverage(1),
  GlobalAveragePooling2D: globalAverage(2),
  GlobalMaxPooling1D: globalMaximum(1),
  GlobalMaxPooling2D: globalMaximum(2),
  ZeroPadding1D: zeroPadding(1),
  ZeroPadding2D: zeroPadding(2),
  Cropping1D: cropping(1),
  Cropping2D: cropping(2),
  Concatenate: concatenate,
  Add: arithmetic("add"),
  Subtract: arithmetic("sub"),
  Multiply: arithmetic("mul"),
  Average: average,
  BatchNormalization: batchNormalization,
  Normalization: normalization,
  Rescaling: rescaling,
  SimpleRNN: recurrent("simple-rnn"),
  GRU: recurrent("gru"),
  LSTM: recurrent("lstm"),
  Dropout: unchanged,
  SpatialDropout1D: unchanged,
  SpatialDropout2D: unchanged,
  GaussianDropout: unchanged,
  GaussianNoise: unchanged,
  AlphaDropout: unchanged,
  ActivityRegularization: unchanged,
};

export const SUPPORTED_LAYERS = Object.keys(LAYERS);

export function layerNamed(className: string): BuildLayer | undefined {
  return Object.hasOwn(LAYERS, className) ? LAYERS[className] : undefined;
}
