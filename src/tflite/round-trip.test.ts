import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { goldenCase, OPERATOR_CASES, operatorCase, sharedGoldenCase, sharedGoldenIsMissing } from "../../tests/golden/models.ts";
import { randomGraph } from "../../tests/random-graph.ts";
import { at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import { activationTensor, onlyInput, onlyOutput, type Graph, type Operator } from "../artifacts/graph.ts";
import { operatorName } from "./operator-names.ts";
import { codecOf, SUPPORTED_OPERATORS } from "./operators.ts";
import { readTflite } from "./read.ts";
import { writeTflite } from "./write.ts";

const description = "round trip";

function rewritten(graph: Graph): Graph {
  return valueOf(readTflite(writeTflite(graph, { description }), "written.tflite"));
}

function read(name: string): Graph {
  return valueOf(readTflite(operatorCase(name).model, name));
}

/** The first operator of that kind in a case. */
function operatorOf<Kind extends Operator["kind"]>(name: string, kind: Kind): Operator & { readonly kind: Kind } {
  return read(name).operators.find((each) => each.kind === kind) as Operator & { readonly kind: Kind };
}

describe("what was written", () => {
  test("reads as the same graph", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const graph = randomGraph(seed);
        const again = rewritten(graph);
        // Tensors that no operator uses are not read.
        if (again.tensors.length === graph.tensors.length) expect(again).toEqual(graph);
        else expect(rewritten(again)).toEqual(again);
      }),
      { numRuns: 300 },
    );
  });

  test("is the same bytes for the same graph", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const [first, second] = [writeTflite(randomGraph(seed), { description }), writeTflite(randomGraph(seed), { description })];
        expect(Buffer.compare(first, second)).toBe(0);
      }),
    );
  });

  test("has its constants at multiples of 16", () => {
    const graph = valueOf(readTflite(goldenCase("mlpA").model, "mlpA"));
    const bytes = writeTflite(graph, { description });
    const constants = graph.tensors.flatMap((tensor) => (tensor.kind === "constant" && tensor.data.length > 16 ? [tensor.data] : []));
    expect(constants.length).toBeGreaterThan(0);
    for (const data of constants) {
      const wanted = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      const place = Buffer.from(bytes).indexOf(wanted);
      expect(place).toBeGreaterThan(0);
      expect(place % 16).toBe(0);
    }
  });

  test("is never a graph that could not be read", () => {
    const graph = randomGraph(1);
    expect(() => writeTflite({ ...graph, operators: [] }, { description })).toThrow("no operators");
  });
});

describe("golden models", () => {
  test.each(["mlpA", "convD"] as const)("%s reads, and reads the same when rewritten", (name) => {
    const graph = valueOf(readTflite(goldenCase(name).model, name));
    expect(rewritten(graph)).toEqual(graph);
  });

  test("mlpA holds what its index says", () => {
    const graph = valueOf(readTflite(goldenCase("mlpA").model, "mlpA"));
    expect(graph.operators.map(({ kind }) => kind)).toEqual(["fully-connected", "fully-connected", "fully-connected"]);
    expect(onlyInput(graph)).toEqual({
      kind: "activation",
      name: "input",
      shape: [1, 8],
      type: "int8",
      quantization: { scales: [Math.fround(0.00784313772)], zeroPoint: -1, axis: 0 },
    });
    expect(onlyOutput(graph).quantization).toEqual({ scales: [Math.fround(0.0176287107)], zeroPoint: 34, axis: 0 });
  });

  test.each(OPERATOR_CASES)("$name reads as its index says, and the same when rewritten", ({ name, ops, inputs, outputs }) => {
    const graph = read(name);
    const ends = (ids: readonly number[]): object[] =>
      ids.map((id) => activationTensor(graph, id)).map(({ type, shape }) => ({ type, shape }));
    expect(ends(graph.inputs)).toEqual(inputs.map(({ type, shape }) => ({ type, shape })));
    expect(ends(graph.outputs)).toEqual(outputs.map(({ type, shape }) => ({ type, shape })));
    const written = ops.map((operator) => operator.replace(/^(SQUEEZE|EXPAND_DIMS)$/, "RESHAPE"));
    expect(graph.operators.map((operator) => codecOf(operator).name)).toEqual(written);
    expect(rewritten(graph)).toEqual(graph);
  });

  test("each supported operator is in some case", () => {
    expect([...new Set(OPERATOR_CASES.flatMap(({ ops }) => ops))].sort()).toEqual([...SUPPORTED_OPERATORS].sort());
    expect(operatorName(114, "")).toBe("QUANTIZE");
  });
});

describe("settings are read as the graph wants them:", () => {
  test("MEAN's axes ascending, none negative", () => {
    expect(operatorOf("mean_05", "mean").axes).toEqual([1, 2]);
    expect(operatorOf("mean_02", "mean").axes).toEqual([3]);
  });

  test("PAD's sizes by side", () => {
    expect(operatorOf("pad_09", "pad")).toMatchObject({ before: [1, 0, 1, 0], after: [0, 0, 0, 1] });
  });

  test.each([
    ["strided_slice_01", { begin: [0, 0], strides: [1, 3], sizes: [1, 4] }],
    ["strided_slice_04", { begin: [0, 5, 0], strides: [1, 1, 1], sizes: [1, 1, 4] }],
    ["strided_slice_06", { begin: [0, 0, 0, 1], strides: [1, 2, 2, 1], sizes: [1, 3, 2, 1] }],
    ["strided_slice_11", { begin: [0, 4, 2], strides: [1, -1, -1], sizes: [1, 5, 3] }],
  ])("STRIDED_SLICE's masks resolved: %s", (name, expected) => {
    expect(operatorOf(name, "strided-slice")).toMatchObject(expected);
  });

  test("axes counted from the start", () => {
    expect(operatorOf("concatenation_07", "concatenation").axis).toBe(2);
    expect(operatorOf("split_02", "split").axis).toBe(1);
    expect(operatorOf("arg_max_01", "arg-max").axis).toBe(1);
  });

  test("an LSTM's states as variables", () => {
    const { hiddenState, cellState, timeMajor } = operatorOf("unidirectional_sequence_lstm_03", "lstm");
    const { tensors } = read("unidirectional_sequence_lstm_03");
    expect(at(tensors, hiddenState)).toMatchObject({ kind: "variable", type: "int8" });
    expect(at(tensors, cellState)).toMatchObject({ kind: "variable", type: "int16" });
    expect(timeMajor).toBe(true);
  });
});

describe("what only a graph of ours has", () => {
  const [int8, float32] = [
    { kind: "activation", type: "int8", quantization: { scales: [0.5], zeroPoint: 3, axis: 0 } },
    { kind: "activation", type: "float32", quantization: { scales: [], zeroPoint: 0, axis: 0 } },
  ] as const;

  test.each<readonly [string, Graph]>([
    [
      "an output that is its input, reshaped",
      {
        tensors: [
          { ...int8, name: "in", shape: [2, 3] },
          { ...int8, name: "out", shape: [6] },
        ],
        operators: [{ kind: "reshape", input: 0, output: 1 }],
        inputs: [0],
        outputs: [1],
      },
    ],
    [
      "an output that is read further, and an input that is an output",
      {
        tensors: [
          { ...float32, name: "in", shape: [4] },
          { ...int8, name: "middle", shape: [4] },
          { ...float32, name: "out", shape: [4] },
        ],
        operators: [
          { kind: "quantize", input: 0, output: 1 },
          { kind: "dequantize", input: 1, output: 2 },
        ],
        inputs: [0],
        outputs: [2, 1, 0],
      },
    ],
    [
      "slices backwards, with dimensions left out on either side",
      {
        tensors: [
          { ...int8, name: "in", shape: [3, 5, 4, 2] },
          { ...int8, name: "out", shape: [2, 1] },
        ],
        operators: [{ kind: "strided-slice", input: 0, output: 1, begin: [2, 3, 0, 1], strides: [1, -2, 3, 1], sizes: [1, 2, 1, 1] }],
        inputs: [0],
        outputs: [1],
      },
    ],
  ])("%s", (_, graph) => {
    expect(rewritten(graph)).toEqual(graph);
  });
});

describe.skipIf(sharedGoldenIsMissing())("models that others made", () => {
  test("TensorFlow's hello_world reads", () => {
    const graph = valueOf(readTflite(sharedGoldenCase("hello_world_int8").model, "hello_world_int8"));
    expect(graph.operators).toHaveLength(3);
    expect(rewritten(graph)).toEqual(graph);
  });
});
