// What TensorFlow.js can't build, or builds otherwise: Keras 3's files by hand, as tensorflowjs_converter writes them; and what is refused.

import { describe, expect, test } from "vitest";
import { at } from "../../core/assert.ts";
import { valueOf, type Outcome } from "../../core/diagnostic.ts";
import { createFloatInterpreter } from "../../quantize/float-interpreter.ts";
import { readTensorFlowJs } from "../read-model.ts";
import { modelOf, type JsonWeight } from "../testing/json-model.ts";

type Config = Readonly<Record<string, unknown>>;
type LayerJson = Readonly<Record<string, unknown>>;

const layer = (className: string, name: string, config: Config = {}, inbound: readonly unknown[] = []): LayerJson => ({
  class_name: className,
  name,
  config: { name, ...config },
  inbound_nodes: inbound,
});

const input = (name: string, shape: readonly (number | null)[]): LayerJson => layer("InputLayer", name, { batch_shape: [null, ...shape] });

/** A call as Keras 3 writes it. */
const given = (...names: readonly string[]): unknown => {
  const tensors = names.map((name) => ({
    class_name: "__keras_tensor__",
    config: { shape: [null, 1], dtype: "float32", keras_history: [name, 0, 0] },
  }));
  return { args: names.length === 1 ? tensors : [tensors], kwargs: { training: false, mask: null } };
};

function functional(layers: readonly LayerJson[], inputs: unknown, outputs: unknown): unknown {
  const config = { name: "functional", layers, input_layers: inputs, output_layers: outputs };
  return { keras_version: "3.15.1", backend: "tensorflow", model_config: { class_name: "Functional", config } };
}

const sequential = (...layers: readonly LayerJson[]): unknown => ({
  keras_version: "3.15.1",
  model_config: { class_name: "Sequential", config: { name: "sequential", layers } },
});

function read(topology: unknown, weights: readonly JsonWeight[] = []): ReturnType<typeof readTensorFlowJs> {
  const { text, shards } = modelOf({ format: "layers-model", modelTopology: topology }, weights);
  return readTensorFlowJs(text, shards, "model.json");
}

function run(outcome: ReturnType<typeof read>, ...inputs: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return createFloatInterpreter(valueOf(outcome).network)
    .infer(inputs.map((each) => Float32Array.from(each)))
    .map((each) => [...each]);
}

const messages = (outcome: Outcome<unknown>): readonly string[] => (outcome.ok ? [] : outcome.diagnostics.map(({ message }) => message));

const KERNEL = [1, 2, 3, 4, 5, 6];

describe("weights are found", () => {
  const one = sequential(input("in", [3]), layer("Dense", "twice", { units: 2, use_bias: true }));
  test.each([
    ["by the layer's name", ["twice/kernel", "twice/bias"]],
    ["behind the model's name", ["sequential/twice/kernel", "sequential/twice/bias"]],
    ["with TensorFlow's numbers", ["twice/twice/kernel:0", "twice/twice/bias:0"]],
    ["by class and number, from a .keras file", ["layers/dense/vars/0", "layers/dense/vars/1"]],
  ])("%s", (_how, [kernel = "", bias = ""]) => {
    const outcome = read(one, [
      { name: bias, shape: [2], values: [10, 20] },
      { name: kernel, shape: [3, 2], values: KERNEL },
    ]);
    expect(run(outcome, [1, 0, -1])).toEqual([[10 - 4, 20 - 4]]);
  });

  test("of the second of a class, and of a model in a model, in a .keras file", () => {
    const inner = {
      ...layer("Sequential", "inner"),
      config: { name: "inner", layers: [input("x", [1]), layer("Dense", "again", { units: 1, use_bias: false })] },
      inbound_nodes: [given("b")],
    };
    const outer = functional(
      [
        input("in", [1]),
        layer("Dense", "a", { units: 1, use_bias: false }, [given("in")]),
        layer("Dense", "b", { units: 1, use_bias: false }, [given("a")]),
        inner,
      ],
      ["in", 0, 0],
      ["inner", 0, 0],
    );
    const weight = (name: string, value: number): JsonWeight => ({ name, shape: [1, 1], values: [value] });
    const weights = [
      weight("layers/dense/vars/0", 2),
      weight("layers/dense_1/vars/0", 3),
      weight("layers/sequential/layers/dense/vars/0", 5),
    ];
    expect(run(read(outer, weights), [1])).toEqual([[30]]);
  });

  test("or are missing, or of another shape, and said so by the layer's name", () => {
    expect(messages(read(one))).toEqual(['layer "twice" (Dense): its weight "kernel" is missing']);
    expect(messages(read(one, [{ name: "twice/kernel", shape: [2, 3], values: KERNEL }]))).toEqual([
      'layer "twice" (Dense): its weight "twice/kernel" has shape [2, 3] instead of [3, 2]',
    ]);
  });
});

describe("layers that TensorFlow.js lacks", () => {
  const through = (...layers: readonly LayerJson[]): unknown => sequential(input("in", [3]), ...layers);

  test("Normalization, by settings or by what it was adapted to", () => {
    const settings = layer("Normalization", "n", { axis: [-1], mean: [1, 2, 3], variance: [4, 1, 0.25], invert: false });
    const expected = [(5 - 1) / 2, 5 - 2, (5 - 3) / 0.5];
    expect(run(read(through(settings)), [5, 5, 5])).toEqual([expected]);
    const adapted = [
      { name: "n/mean", shape: [3], values: [1, 2, 3] },
      { name: "n/variance", shape: [3], values: [4, 1, 0.25] },
      { name: "n/count", shape: [1], values: [7] },
    ];
    expect(run(read(through(layer("Normalization", "n", { axis: [-1] })), adapted), [5, 5, 5])).toEqual([expected]);
  });

  test("Subtract, and operations between tensors", () => {
    const doubled = layer("Rescaling", "r", { scale: 2, offset: 1 }, [given("in")]);
    for (const className of ["Subtract", "Add"]) {
      const call = { args: [...(given("r") as { args: unknown[] }).args, ...(given("in") as { args: unknown[] }).args], kwargs: {} };
      const topology = functional([input("in", [2]), doubled, layer(className, "both", {}, [call])], [["in", 0, 0]], [["both", 0, 0]]);
      expect(run(read(topology), [3, -4])).toEqual([className === "Subtract" ? [7 - 3, -7 + 4] : [7 + 3, -7 - 4]]);
    }
  });

  test.each(["SpatialDropout1D", "SpatialDropout2D", "GaussianDropout", "AlphaDropout", "ActivityRegularization"])(
    "%s does nothing any more",
    (className) => {
      expect(run(read(through(layer(className, "d", { rate: 0.5 }), layer("Rescaling", "r", { scale: 2 }))), [1, 2, 3])).toEqual([
        [2, 4, 6],
      ]);
    },
  );

  test("ZeroPadding1D and Cropping1D", () => {
    const rows = (...layers: readonly LayerJson[]): unknown => sequential(input("in", [2, 2]), ...layers);
    expect(run(read(rows(layer("ZeroPadding1D", "p", { padding: [1, 0] }))), [1, 2, 3, 4])).toEqual([[0, 0, 1, 2, 3, 4]]);
    expect(run(read(rows(layer("Cropping1D", "c", { cropping: [1, 0] }))), [1, 2, 3, 4])).toEqual([[3, 4]]);
  });

  test("DepthwiseConv1D and SeparableConv1D", () => {
    const settings = { kernel_size: [2], strides: [1], padding: "valid", use_bias: false };
    const depthwise = { name: "d/kernel", shape: [2, 2, 1], values: [1, 10, 2, 20] };
    const rows = (config: LayerJson): unknown => sequential(input("in", [2, 2]), config);
    expect(run(read(rows(layer("DepthwiseConv1D", "d", settings)), [depthwise]), [1, 2, 3, 4])).toEqual([[1 + 6, 20 + 80]]);
    const pointwise = { name: "d/pointwise_kernel", shape: [1, 2, 1], values: [1, 2] };
    const separable = layer("SeparableConv1D", "d", { ...settings, filters: 1, depth_multiplier: 1 });
    expect(run(read(rows(separable), [{ ...depthwise, name: "d/depthwise_kernel" }, pointwise]), [1, 2, 3, 4])).toEqual([[7 + 200]]);
  });

  test("a convolution in groups", () => {
    const config = { filters: 2, kernel_size: [1, 1], groups: 2, use_bias: false };
    const topology = sequential(input("in", [1, 1, 4]), layer("Conv2D", "c", config));
    expect(run(read(topology, [{ name: "c/kernel", shape: [1, 1, 2, 2], values: [1, 2, 3, 4] }]), [1, 10, 100, 1000])).toEqual([
      [31, 4200],
    ]);
  });
});

describe("a model is refused", () => {
  test("for all of its unsupported layers and activations at once", () => {
    const topology = sequential(
      input("in", [4]),
      layer("Dense", "a", { units: 2, activation: "selu" }),
      layer("LayerNormalization", "b"),
      layer("Dense", "c", { units: 2, activation: { class_name: "function", config: "my_own" } }),
      layer("MultiHeadAttention", "d"),
    );
    expect(messages(read(topology))).toEqual([
      'layer "a": the activation "selu" is not supported',
      'layer "b": LayerNormalization is not supported',
      'layer "c": the activation "my_own" is not supported',
      'layer "d": MultiHeadAttention is not supported',
    ]);
  });

  test.each([
    ["open sizes", sequential(input("in", [null, 4]), layer("Flatten", "f")), /input "in" has the open shape \[, 4\]/],
    [
      "a setting that is not supported",
      sequential(input("in", [4, 4, 1]), layer("MaxPooling2D", "p", { pool_size: [2, 2], data_format: "channels_first" })),
      /layer "p" \(MaxPooling2D\): its data_format is/,
    ],
    [
      "what does not fit",
      sequential(input("in", [4, 3]), layer("Conv1D", "c", { filters: 2, kernel_size: [9], use_bias: false })),
      /its weight "kernel" is missing/,
    ],
    ["state that lies in the layer", sequential(input("in", [4, 3]), layer("GRU", "g", { units: 2, stateful: true })), /its stateful is/],
    ["too many steps", sequential(input("in", [1000, 1]), layer("LSTM", "g", { units: 2 })), /it runs over 1000 steps/],
    [
      "a circle",
      functional([input("in", [1]), layer("ReLU", "a", {}, [given("b")]), layer("ReLU", "b", {}, [given("a")])], ["in", 0, 0], ["b", 0, 0]),
      /is given what no layer makes/,
    ],
    ["an unknown class", { model_config: { class_name: "MyModel", config: {} } }, /the model is a "MyModel"/],
    ["no topology", {}, /class_name is not a text/],
  ])("for %s", (_what, topology, reason) => {
    expect(at(messages(read(topology)), 0)).toMatch(reason);
  });
});
