import { describe, expect, test } from "vitest";
import { at } from "../../core/assert.ts";
import { valueOf, type Outcome } from "../../core/diagnostic.ts";
import { createFloatInterpreter } from "../../quantize/float-interpreter.ts";
import { readTensorFlowJs } from "../read-model.ts";
import { modelOf, type JsonWeight } from "../testing/json-model.ts";

type Attributes = Readonly<Record<string, unknown>>;

const node = (name: string, op: string, inputs: readonly string[], attr: Attributes = {}): unknown => ({ name, op, input: inputs, attr });
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const texts = (...all: readonly string[]): unknown => ({ list: { s: all.map(base64) } });
const wholes = (...all: readonly number[]): unknown => ({ list: { i: all.map(String) } });
const WINDOW = { strides: wholes(1, 1, 1, 1), padding: { s: base64("VALID") } };

function placeholder(shape: readonly number[]): unknown {
  const dim = [-1, ...shape].map((size) => ({ size: String(size) }));
  return node("x", "Placeholder", [], { shape: { shape: { dim } } });
}

/** Nodes behind x, of which the last is the output; numbers are constants. */
function read(
  shape: readonly number[],
  constants: Readonly<Record<string, Omit<JsonWeight, "name">>>,
  ...nodes: readonly unknown[]
): ReturnType<typeof readTensorFlowJs> {
  const weights = Object.entries(constants).map(([name, weight]) => ({ name, ...weight }));
  const all = [...nodes.toReversed(), placeholder(shape), ...weights.map(({ name }) => node(name, "Const", []))];
  const last = nodes.at(-1) as { name: string };
  const signature = { inputs: { x: { name: "x:0" } }, outputs: { y: { name: `${last.name}:0` } } };
  const { text, shards } = modelOf({ format: "graph-model", signature, modelTopology: { node: all, library: {}, versions: {} } }, weights);
  return readTensorFlowJs(text, shards, "model.json");
}

function run(outcome: ReturnType<typeof read>, input: readonly number[]): readonly number[] {
  return [...at(createFloatInterpreter(valueOf(outcome).network).infer([Float32Array.from(input)]), 0)];
}

const settings = (...values: readonly number[]): Omit<JsonWeight, "name"> => ({ shape: [values.length], values, dtype: "int32" });
const numbers = (shape: readonly number[], ...values: readonly number[]): Omit<JsonWeight, "name"> => ({ shape, values });
const messages = (outcome: Outcome<unknown>): readonly string[] => (outcome.ok ? [] : outcome.diagnostics.map(({ message }) => message));

describe("operations", () => {
  test("MatMul, BiasAdd, and both with an activation in one", () => {
    const constants = { w: numbers([2, 2], 1, 2, 3, 4), b: numbers([2], 10, -20) };
    const plain = read([2], constants, node("m", "MatMul", ["x", "w"]), node("a", "BiasAdd", ["m", "b"]), node("r", "Relu", ["a"]));
    const fused = read([2], constants, node("m", "_FusedMatMul", ["x", "w", "b"], { fused_ops: texts("BiasAdd", "Relu") }));
    for (const outcome of [plain, fused]) {
      expect(run(outcome, [1, 2])).toEqual([17, 0]);
      expect(valueOf(outcome).network.operators).toHaveLength(1);
    }
    expect(run(read([2], constants, node("m", "MatMul", ["x", "w"], { transpose_b: { b: true } })), [1, 2])).toEqual([5, 11]);
  });

  test("convolutions, fused and not", () => {
    const constants = { w: numbers([1, 2, 1, 1], 1, 10), b: numbers([1], -5) };
    const plain = node("c", "Conv2D", ["x", "w"], WINDOW);
    expect(run(read([1, 3, 1], constants, plain), [1, 2, 3])).toEqual([21, 32]);
    expect(
      run(
        read([1, 3, 1], constants, node("c", "_FusedConv2D", ["x", "w", "b"], { ...WINDOW, fused_ops: texts("BiasAdd", "Relu6") })),
        [1, 0, 1],
      ),
    ).toEqual([0, 5]);
    const depthwise = node("c", "FusedDepthwiseConv2dNative", ["x", "w", "b"], { ...WINDOW, fused_ops: texts("BiasAdd") });
    expect(run(read([1, 3, 1], constants, depthwise), [1, 2, 3])).toEqual([16, 27]);
  });

  test("pools, means and the largest", () => {
    const window = { ksize: wholes(1, 1, 2, 1), ...WINDOW };
    expect(run(read([1, 3, 1], {}, node("p", "AvgPool", ["x"], window)), [1, 2, 5])).toEqual([1.5, 3.5]);
    expect(run(read([1, 3, 1], {}, node("p", "MaxPool", ["x"], window)), [1, 2, 5])).toEqual([2, 5]);
    const axes = { axes: settings(1, 2) };
    expect(run(read([1, 3, 1], axes, node("p", "Mean", ["x", "axes"])), [1, 2, 6])).toEqual([3]);
    expect(run(read([1, 3, 1], axes, node("p", "Max", ["x", "axes"])), [1, 7, 6])).toEqual([7]);
  });

  test("arithmetic with tensors and constants", () => {
    const constants = { c: numbers([2], 2, 4), zero: numbers([], 0) };
    const outcome = read(
      [2],
      constants,
      node("a", "AddV2", ["x", "c"]),
      node("s", "Sub", ["c", "a"]),
      node("d", "RealDiv", ["s", "c"]),
      node("n", "Neg", ["d"]),
      node("m", "Mul", ["n", "x"]),
      node("q", "Square", ["m"]),
      node("all", "AddN", ["q", "x", "c"]),
      node("max", "Maximum", ["all", "zero"]),
    );
    const expected = [6, -8].map((x, index) => {
      const c = at([2, 4], index);
      const m = -((c - (x + c)) / c) * x;
      return Math.max(0, m * m + x + c);
    });
    run(outcome, [6, -8]).forEach((value, index) => {
      expect(value).toBeCloseTo(at(expected, index), 4);
    });
  });

  test("movement: Pad, StridedSlice, Slice, Split, ConcatV2, ExpandDims, Squeeze", () => {
    const constants = {
      pads: settings(0, 0, 1, 2),
      begin: settings(0, 1),
      end: settings(0, -1),
      steps: settings(1, 2),
      from: settings(0, 1),
      sizes: settings(1, -1),
      axis: settings(1),
    };
    expect(run(read([2], constants, node("p", "Pad", ["x", "pads"])), [1, 2])).toEqual([0, 1, 2, 0, 0]);
    const slice = node("s", "StridedSlice", ["x", "begin", "end", "steps"], { begin_mask: { i: "1" }, end_mask: { i: "1" } });
    expect(run(read([6], constants, slice), [0, 1, 2, 3, 4, 5])).toEqual([1, 3]);
    expect(run(read([3], constants, node("s", "Slice", ["x", "from", "sizes"])), [7, 8, 9])).toEqual([8, 9]);
    const parts = [node("s", "Split", ["axis", "x"], { num_split: { i: "2" } }), node("c", "ConcatV2", ["s:1", "s", "axis"])];
    expect(run(read([4], constants, ...parts), [1, 2, 3, 4])).toEqual([3, 4, 1, 2]);
    const there = [
      node("e", "ExpandDims", ["x", "axis"]),
      node("r", "Relu", ["e"]),
      node("q", "Squeeze", ["r"], { squeeze_dims: wholes(1) }),
    ];
    expect(run(read([2], constants, ...there), [-1, 2])).toEqual([0, 2]);
  });

  test("a shape that the graph works out itself", () => {
    const constants = { zero: settings(0), one: settings(1), minus: { shape: [], values: [-1], dtype: "int32" as const } };
    const outcome = read(
      [2, 3],
      constants,
      node("shape", "Shape", ["x"]),
      node("batch", "StridedSlice", ["shape", "zero", "one", "one"], { shrink_axis_mask: { i: "1" } }),
      node("target", "Pack", ["batch", "minus"]),
      node("flat", "Reshape", ["x", "target"]),
    );
    const { network } = valueOf(outcome);
    expect(at(network.tensors, at(network.outputs, 0)).shape).toEqual([1, 6]);
  });

  test("a fully connected layer over steps, flattened into rows and back", () => {
    const constants = {
      rows: settings(-1, 2),
      back: settings(-1, 3, 1),
      w: numbers([2, 1], 1, 10),
      axis: settings(1),
      pads: settings(0, 0, 1, 1),
    };
    const rows = [node("f", "Reshape", ["x", "rows"]), node("m", "MatMul", ["f", "w"])];
    expect(run(read([3, 2], constants, ...rows, node("b", "Reshape", ["m", "back"])), [1, 2, 3, 4, 5, 6])).toEqual([21, 43, 65]);
    expect(messages(read([3, 2], constants, ...rows, node("p", "Pad", ["m", "pads"]), node("b", "Reshape", ["p", "back"])))).toEqual([
      expect.stringMatching(/operation "p" \(Pad\) works on rows/),
    ]);
  });

  test("batch normalisation, and ARG_MAX at the end, which goes", () => {
    const constants = {
      scale: numbers([1], 3),
      offset: numbers([1], 1),
      mean: numbers([1], 2),
      variance: numbers([1], 4),
      axis: settings(1),
    };
    const normal = node("n", "FusedBatchNormV3", ["x", "scale", "offset", "mean", "variance"], { epsilon: { f: 0 } });
    expect(run(read([1, 2, 1], constants, normal), [2, 4])).toEqual([1, 4]);
    expect(run(read([3], constants, node("s", "Softmax", ["x"]), node("a", "ArgMax", ["s", "axis"])), [0, 0, 0])).toEqual(
      [0, 0, 0].map(() => Math.fround(1 / 3)),
    );
  });
});

describe("a graph is refused", () => {
  test("for all operations that are not supported, each once; what no output needs is not looked at", () => {
    const outcome = read(
      [2],
      {},
      node("e", "Exp", ["x"]),
      node("f", "Exp", ["e"]),
      node("g", "Erf", ["f"]),
      node("unused", "Cumsum", ["x"]),
      node("h", "Relu", ["g"]),
    );
    expect(messages(outcome)).toEqual(['operation "e": Exp is not supported', 'operation "g": Erf is not supported']);
  });

  test("for a loop", () => {
    expect(messages(read([2], {}, node("a", "AddV2", ["x", "b"]), node("b", "Relu", ["a"])))).toEqual([
      expect.stringMatching(/runs in a loop through "[ab]"/),
    ]);
  });

  test.each([
    ["weights that are computed", [node("m", "MatMul", ["x", "x"])], /operation "m" \(MatMul\): its operand 1 is computed/],
    ["a node that is missing", [node("m", "Relu", ["y"])], /the node "y" is missing/],
    ["an output that is missing", [node("m", "Relu", ["x:3"])], /reads output 3 of "x"/],
    ["channels that come first", [node("m", "AvgPool", ["x"], { data_format: { s: base64("NCHW") } })], /its data format is "NCHW"/],
    ["a transposed input", [node("m", "MatMul", ["x", "x"], { transpose_a: { b: true } })], /it transposes its input/],
  ])("for %s", (_what, nodes, reason) => {
    expect(at(messages(read([2], {}, ...nodes)), 0)).toMatch(reason);
  });
});
