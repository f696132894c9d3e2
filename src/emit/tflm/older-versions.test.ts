// The rewritten graph computes the same bytes, holds no fully connected layer with a scale a row, and is a valid file.

import fc from "fast-check";
import { expect, test } from "vitest";
import { randomGraph, randomInputs } from "../../../tests/random-graph.ts";
import { at } from "../../core/assert.ts";
import { valueOf } from "../../core/diagnostic.ts";
import { lowerGraph } from "../../lower/lower-graph.ts";
import type { Graph } from "../../artifacts/graph.ts";
import { createInterpreter } from "../../quantize/interpreter.ts";
import { readTflite } from "../../tflite/read.ts";
import { writeTflite } from "../../tflite/write.ts";
import { forOlderVersions } from "./older-versions.ts";

function outputs(graph: Graph, inputs: Int8Array): Int8Array {
  return createInterpreter(valueOf(lowerGraph(graph))).infer(inputs);
}

function scalesARow(graph: Graph): number {
  return graph.operators.filter(
    (operator) => operator.kind === "fully-connected" && at(graph.tensors, operator.weights).quantization.scales.length > 1,
  ).length;
}

test("any graph keeps its function", () => {
  let rewritten = 0;
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const graph = randomGraph(seed);
      fc.pre(lowerGraph(graph).ok);
      const older = valueOf(readTflite(writeTflite(forOlderVersions(graph), { description: "" }), "older"));
      rewritten += scalesARow(graph);
      expect(scalesARow(older)).toBe(0);
      const inputs = randomInputs(graph, seed, 5);
      const width = inputs.length / 5;
      for (let start = 0; start < inputs.length; start += width) {
        const input = inputs.slice(start, start + width);
        expect(outputs(older, input)).toEqual(outputs(graph, input));
      }
    }),
    { numRuns: 300 },
  );
  expect(rewritten).toBeGreaterThan(20);
});

test("a graph without such layers stays what it is", () => {
  const graph = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((seed) => randomGraph(seed)).find((each) => scalesARow(each) === 0);
  expect(graph).toBeDefined();
  if (graph !== undefined) expect(forOlderVersions(graph)).toBe(graph);
});
