// Every layer against TensorFlow.js: what it saves, read by us, computes what it predicts.

import * as tf from "@tensorflow/tfjs-layers";
import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { at } from "../../core/assert.ts";
import { valueOf } from "../../core/diagnostic.ts";
import { Random } from "../../core/random.ts";
import { elementCount, type TensorId } from "../../artifacts/graph.ts";
import { verifyNetwork, type FloatNetwork } from "../../artifacts/network.ts";
import { createFloatInterpreter } from "../../quantize/float-interpreter.ts";
import { readTensorFlowJs } from "../read-model.ts";
import { predicted, savedModel, withRandomWeights } from "../testing/tfjs-model.ts";
import { SUPPORTED_LAYERS } from "./layers.ts";

const { layers } = tf;
type Build = (input: SymbolicTensor) => SymbolicTensor;

const through =
  (...all: readonly { apply: (input: SymbolicTensor) => unknown }[]): Build =>
  (input) =>
    all.reduce((tensor, layer) => layer.apply(tensor) as SymbolicTensor, input);

const merged = (layer: { apply: (inputs: SymbolicTensor[]) => unknown }): Build => {
  return (input) => layer.apply([2, 3].map(() => layers.dense({ units: 5 }).apply(input) as SymbolicTensor)) as SymbolicTensor;
};

/** The default one does not run in Node, and the weights are replaced anyway. */
const ANY = { recurrentInitializer: "glorotUniform" } as const;

const IMAGE = [6, 7, 3];
const ROWS = [9, 4];

/** By layer, all cases with the shape of their input. */
const CASES: Readonly<Record<string, readonly (readonly [what: string, shape: readonly number[], build: Build])[]>> = {
  Dense: [
    ["relu", [4], through(layers.dense({ units: 5, activation: "relu" }))],
    ["no bias", [4], through(layers.dense({ units: 5, useBias: false, activation: "tanh" }))],
    ["on rows", ROWS, through(layers.dense({ units: 3, activation: "softmax" }))],
    ["hard sigmoid of Keras 2", [4], through(layers.dense({ units: 5, activation: "hardSigmoid" }))],
    ["swish", [4], through(layers.dense({ units: 5, activation: "swish" }))],
  ],
  Activation: [
    ["sigmoid", [4], through(layers.activation({ activation: "sigmoid" }), layers.dense({ units: 2 }))],
    ["relu6", [4], through(layers.dense({ units: 8 }), layers.activation({ activation: "relu6" }))],
  ],
  ReLU: [
    ["plain", [4], through(layers.dense({ units: 8 }), layers.reLU())],
    ["with a maximum", [4], through(layers.dense({ units: 8 }), layers.reLU({ maxValue: 0.7 }))],
  ],
  LeakyReLU: [["", [4], through(layers.dense({ units: 8 }), layers.leakyReLU({ alpha: 0.2 }))]],
  Softmax: [["", [4], through(layers.dense({ units: 8 }), layers.softmax())]],
  Flatten: [["", IMAGE, through(layers.flatten(), layers.dense({ units: 2 }))]],
  Reshape: [["with an open size", [12], through(layers.reshape({ targetShape: [-1, 4] }), layers.conv1d({ filters: 2, kernelSize: 2 }))]],
  Conv1D: [
    ["valid", ROWS, through(layers.conv1d({ filters: 5, kernelSize: 3, activation: "relu" }))],
    ["same, strides", ROWS, through(layers.conv1d({ filters: 5, kernelSize: 3, strides: 2, padding: "same" }))],
    ["dilated", ROWS, through(layers.conv1d({ filters: 2, kernelSize: 3, dilationRate: 2, useBias: false }))],
  ],
  Conv2D: [
    ["valid", IMAGE, through(layers.conv2d({ filters: 4, kernelSize: [3, 2], activation: "relu" }))],
    ["same, strides", IMAGE, through(layers.conv2d({ filters: 4, kernelSize: 3, strides: [2, 1], padding: "same" }))],
    ["dilated", IMAGE, through(layers.conv2d({ filters: 2, kernelSize: 2, dilationRate: [2, 3] }))],
  ],
  DepthwiseConv2D: [
    ["", IMAGE, through(layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, activation: "relu" }))],
    ["same", IMAGE, through(layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: "same" }))],
  ],
  SeparableConv2D: [["", IMAGE, through(layers.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2, activation: "tanh" }))]],
  MaxPooling1D: [["", ROWS, through(layers.maxPooling1d({ poolSize: 2 }), layers.dense({ units: 2 }))]],
  MaxPooling2D: [["same", IMAGE, through(layers.maxPooling2d({ poolSize: [2, 3], strides: [1, 2], padding: "same" }))]],
  AveragePooling1D: [["", ROWS, through(layers.averagePooling1d({ poolSize: 3, strides: 1 }))]],
  AveragePooling2D: [["same", IMAGE, through(layers.averagePooling2d({ poolSize: 3, strides: 1, padding: "same" }))]],
  GlobalAveragePooling1D: [["", ROWS, through(layers.globalAveragePooling1d({}), layers.dense({ units: 2 }))]],
  GlobalAveragePooling2D: [["", IMAGE, through(layers.globalAveragePooling2d({}), layers.dense({ units: 2 }))]],
  GlobalMaxPooling1D: [["", ROWS, through(layers.globalMaxPooling1d({}))]],
  GlobalMaxPooling2D: [["", IMAGE, through(layers.globalMaxPooling2d({}))]],
  ZeroPadding2D: [
    [
      "four sides",
      IMAGE,
      through(
        layers.zeroPadding2d({
          padding: [
            [1, 2],
            [0, 3],
          ],
        }),
      ),
    ],
    ["one number", IMAGE, through(layers.zeroPadding2d({ padding: 1 }))],
  ],
  Cropping2D: [
    [
      "",
      IMAGE,
      through(
        layers.cropping2D({
          cropping: [
            [1, 2],
            [0, 3],
          ],
        }),
      ),
    ],
  ],
  Concatenate: [["", [4], merged(layers.concatenate())]],
  Add: [["", [4], merged(layers.add())]],
  Multiply: [["", [4], merged(layers.multiply())]],
  Average: [["", [4], merged(layers.average())]],
  BatchNormalization: [
    ["after a layer", [4], through(layers.dense({ units: 8 }), layers.batchNormalization(), layers.reLU())],
    [
      "behind its activation",
      [4],
      through(layers.dense({ units: 8, activation: "relu" }), layers.batchNormalization({ scale: false }), layers.dense({ units: 3 })),
    ],
    [
      "of an image that is padded",
      IMAGE,
      through(layers.batchNormalization({ center: false }), layers.conv2d({ filters: 3, kernelSize: 3, padding: "same" })),
    ],
    ["last", [4], through(layers.dense({ units: 3, activation: "relu" }), layers.batchNormalization())],
    [
      "between convolutions",
      IMAGE,
      through(
        layers.conv2d({ filters: 3, kernelSize: 2, activation: "relu" }),
        layers.batchNormalization(),
        layers.depthwiseConv2d({ kernelSize: 2 }),
        layers.batchNormalization(),
        layers.globalAveragePooling2d({}),
        layers.dense({ units: 2 }),
      ),
    ],
  ],
  SimpleRNN: [["", ROWS, through(layers.simpleRNN({ ...ANY, units: 5 }))]],
  GRU: [
    ["", ROWS, through(layers.gru({ ...ANY, units: 5 }))],
    [
      "all steps",
      ROWS,
      through(layers.gru({ ...ANY, units: 3, returnSequences: true, recurrentActivation: "sigmoid" }), layers.dense({ units: 2 })),
    ],
    ["backwards", ROWS, through(layers.gru({ ...ANY, units: 3, goBackwards: true, useBias: false }))],
  ],
  LSTM: [
    ["", ROWS, through(layers.lstm({ ...ANY, units: 5, recurrentActivation: "sigmoid" }))],
    ["two, over many steps", [23, 2], through(layers.lstm({ ...ANY, units: 4, returnSequences: true }), layers.lstm({ ...ANY, units: 3 }))],
  ],
  Dropout: [["", [4], through(layers.dropout({ rate: 0.5 }), layers.dense({ units: 2 }))]],
  GaussianNoise: [["", [4], through(layers.gaussianNoise({ stddev: 1 }), layers.dense({ units: 2 }))]],
  Rescaling: [["", IMAGE, through(layers.rescaling({ scale: 1 / 127, offset: -1 }), layers.conv2d({ filters: 2, kernelSize: 3 }))]],
};

/** Layers that TensorFlow.js lacks, or builds otherwise: read-layers-model.test.ts and tests/peers try them. */
const ELSEWHERE = [
  ...[
    "DepthwiseConv1D",
    "SeparableConv1D",
    "ZeroPadding1D",
    "Cropping1D",
    "Subtract",
    "Normalization",
    "SpatialDropout1D",
    "SpatialDropout2D",
  ],
  ...["GaussianDropout", "AlphaDropout", "ActivityRegularization"],
];

const size = (network: FloatNetwork, id: TensorId): number => elementCount(at(network.tensors, id).shape);

async function compare(model: tf.LayersModel): Promise<FloatNetwork> {
  withRandomWeights(model, 5);
  const { text, shards } = await savedModel(model);
  const { network } = valueOf(readTensorFlowJs(text, shards, "model.json"));
  if (network.inputs.length === network.outputs.length) verifyNetwork(network);
  const random = new Random(9);
  const interpreter = createFloatInterpreter(network);
  for (let row = 0; row < 5; row++) {
    const inputs = network.inputs.map((id) => Float32Array.from({ length: size(network, id) }, () => random.uniform(-1.5, 1.5)));
    const [expected, actual] = [predicted(model, inputs), interpreter.infer(inputs)];
    expected.forEach((values, output) => {
      expect(at(actual, output)).toHaveLength(values.length);
      values.forEach((value, index) => {
        expect(Math.abs(at(at(actual, output), index) - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
      });
    });
  }
  return network;
}

describe.each(Object.entries(CASES))("%s", (_name, cases) => {
  test.each(cases)("%s", async (_what, shape, build) => {
    const input = tf.input({ shape: [...shape] });
    await compare(tf.model({ inputs: input, outputs: build(input) }));
  });
});

test("no layer goes untried", () => {
  expect([...Object.keys(CASES), ...ELSEWHERE].toSorted()).toEqual(SUPPORTED_LAYERS.toSorted());
});

test("a sequential model, a model in a model, a layer that is called twice, several inputs and outputs", async () => {
  await compare(tf.sequential({ layers: [layers.dense({ units: 3, inputShape: [4], activation: "relu" }), layers.dense({ units: 2 })] }));
  const inner = tf.sequential({ layers: [layers.dense({ units: 4, inputShape: [3], activation: "tanh" }), layers.dense({ units: 3 })] });
  const [left, right] = [tf.input({ shape: [3] }), tf.input({ shape: [3] })];
  const twice = [left, right].map((each) => inner.apply(each) as SymbolicTensor);
  const joined = layers.concatenate().apply(twice) as SymbolicTensor;
  await compare(tf.model({ inputs: [left, right], outputs: [joined, at(twice, 0)] }));
});

test("normalisation disappears into the layers around it", async () => {
  const input = tf.input({ shape: [4] });
  const build = through(
    layers.batchNormalization(),
    layers.dense({ units: 8, activation: "relu" }),
    layers.batchNormalization(),
    layers.dense({ units: 3 }),
    layers.batchNormalization(),
  );
  const { operators } = await compare(tf.model({ inputs: input, outputs: build(input) }));
  expect(operators.map(({ kind }) => kind)).toEqual(["fully-connected", "fully-connected"]);
});

test("the steps of a recurrent layer share their weights, normalised inputs or not", async () => {
  const input = tf.input({ shape: [8, 2] });
  const build = through(layers.batchNormalization(), layers.gru({ ...ANY, units: 3, recurrentActivation: "sigmoid" }));
  const { tensors } = await compare(tf.model({ inputs: input, outputs: build(input) }));
  // Three gates: a matrix and a bias for what is sensed, and a matrix for the state.
  expect(tensors.filter(({ kind }) => kind === "parameter")).toHaveLength(9);
});
