import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { goldenCase, sharedGoldenCase, sharedGoldenIsMissing, sharedOperatorIndex } from "../../tests/golden/models.ts";
import { randomGraph } from "../../tests/peers/random-graph.ts";
import { valueOf } from "../core/diagnostic.ts";
import { activationTensor, type Graph } from "../artifacts/graph.ts";
import { readTflite } from "./read.ts";
import { writeTflite } from "./write.ts";

const description = "round trip";

function rewritten(graph: Graph): Graph {
  return valueOf(readTflite(writeTflite(graph, { description }), "written.tflite"));
}

describe("what was written", () => {
  test("reads as the same graph", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const graph = randomGraph(seed);
        expect(rewritten(graph)).toEqual(graph);
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
    expect(activationTensor(graph, graph.input)).toEqual({
      kind: "activation",
      name: "input",
      shape: [1, 8],
      quantization: { scales: [Math.fround(0.00784313772)], zeroPoint: -1, axis: 0 },
    });
    expect(activationTensor(graph, graph.output).quantization).toEqual({ scales: [Math.fround(0.0176287107)], zeroPoint: 34, axis: 0 });
  });
});

describe.skipIf(sharedGoldenIsMissing())("models that others made", () => {
  test("TensorFlow's hello_world reads", () => {
    const graph = valueOf(readTflite(sharedGoldenCase("hello_world_int8").model, "hello_world_int8"));
    expect(graph.operators).toHaveLength(3);
    expect(rewritten(graph)).toEqual(graph);
  });

  test("every case of our operators reads, unless it is a batch", () => {
    const supported = ["FULLY_CONNECTED", "CONV_2D", "RESHAPE", "TANH"];
    const cases = sharedOperatorIndex().cases.filter(({ ops }) => ops.every((name) => supported.includes(name)));
    expect(cases.length).toBeGreaterThan(20);
    for (const { name } of cases) {
      const outcome = readTflite(sharedGoldenCase(`ops/${name}`).model, name);
      if (outcome.ok) expect(rewritten(outcome.value)).toEqual(outcome.value);
      else expect(outcome.diagnostics.map(({ message }) => message)).toEqual([expect.stringContaining("batch")]);
    }
  });
});
