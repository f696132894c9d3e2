// Quantization of networks of every operator and shape class: the graph is valid, and int8 computes what the float operators do. Float and
// integer interpreters share no code, so that either is a test of the other.

import fc from "fast-check";
import { expect, test } from "vitest";
import { assert, at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import { clamp } from "../core/fixed-point.ts";
import { Random } from "../core/random.ts";
import { elementCount, operatorInputs, operatorOutputs, type Graph, type Quantization, type TensorId } from "../artifacts/graph.ts";
import type { IntegerProgram } from "../artifacts/integer-program.ts";
import { verifyNetwork, withParameters, type FloatNetwork, type FloatOperator } from "../artifacts/network.ts";
import { lowerGraph } from "../lower/lower-graph.ts";
import { readTflite } from "../tflite/read.ts";
import { writeTflite } from "../tflite/write.ts";
import { createFloatInterpreter } from "./float-interpreter.ts";
import { createInterpreter } from "./interpreter.ts";
import { createInt8Values } from "./int8-values.ts";
import { WEIGHT_GRANULARITIES } from "./plan-quantization.ts";
import { quantizeTensors, type QuantizedNetwork } from "./quantize-network.ts";
import { uniformPlan, uniformRows } from "./testing.ts";
import { randomNetwork } from "./testing/random-network.ts";

const lower = (graph: Graph): IntegerProgram => valueOf(lowerGraph(graph));

const cases = fc.record({
  seed: fc.nat(1_000_000),
  granularity: fc.constantFrom(...WEIGHT_GRANULARITIES),
  output: fc.constantFrom(null, { scale: Math.fround(1 / 127), zeroPoint: 0 }),
});

/** Two roundings after another, of a sum or of an operand that is rescaled first, make 0.75; HARD_SWISH computes with 16 bits. */
const LARGEST_ERROR_IN_STEPS = 1;

test("every operator of int8 is within a step of the float operator on the same inputs", () => {
  const kinds = new Set<FloatOperator["kind"]>();
  const rescaled = new Set<string>();
  fc.assert(
    fc.property(cases, ({ seed, ...options }) => {
      const network = randomNetwork(seed);
      verifyNetwork(network);
      const plan = uniformPlan(network, options);
      plan.requantizations.forEach(({ kind }) => rescaled.add(kind));
      const quantized = quantizeTensors(network, plan);
      const singles = network.operators.map((operator) => {
        const single = alone(network, quantized, operator);
        return { kind: operator.kind, single, interpreter: createFloatInterpreter(single) };
      });
      const int8 = createInt8Values(quantized.graph, lower);
      for (const row of uniformRows(network, new Random(seed + 1), 3)) {
        int8.infer(row);
        for (const { kind, single, interpreter } of singles) {
          kinds.add(kind);
          const outputs = interpreter.infer(single.inputs.map((id) => int8.value(placeOf(quantized, id))));
          single.outputs.forEach((id, position) => {
            const error = errorInSteps(at(outputs, position), int8.value(placeOf(quantized, id)), at(plan.activations, id) as Quantization);
            expect(error, kind).toBeLessThan(LARGEST_ERROR_IN_STEPS);
          });
        }
      }
    }),
    { numRuns: 250 },
  );
  expect(kinds.size).toBe(21);
  expect(rescaled).toEqual(new Set(["operand", "output"]));
});

test("every graph is one that other tools read, and comes back from its file", () => {
  fc.assert(
    fc.property(cases, ({ seed, ...options }) => {
      const network = randomNetwork(seed);
      const { graph } = quantizeTensors(network, uniformPlan(network, options));
      const again = valueOf(readTflite(writeTflite(graph, { description: "test" }), "test"));
      expect(again.inputs).toEqual(graph.inputs);
      expect(again.outputs).toEqual(graph.outputs);
      const [before, after] = [graph, again].map((each) => createInterpreter(lower(each)));
      for (const row of uniformRows(network, new Random(seed), 3)) {
        const input = Int8Array.from(row, (value) => Math.round(127 * value));
        expect(after?.infer(input)).toEqual(before?.infer(input));
      }
    }),
    { numRuns: 60 },
  );
});

/** The operator alone, over its activations, with the weights and biases that int8 has. */
function alone(network: FloatNetwork, quantized: QuantizedNetwork, operator: FloatOperator): FloatNetwork {
  const outputs = operatorOutputs(operator);
  const operands = operatorInputs(operator);
  const place = placeOf(quantized, at(outputs, 0));
  const int8 = quantized.graph.operators.find((each) => operatorOutputs(each)[0] === place);
  assert(int8 !== undefined, "each operator is in the graph");
  const parameters = new Map<TensorId, Float32Array>();
  operands.forEach((id, position) => {
    const constant = at(quantized.graph.tensors, at(operatorInputs(int8), position));
    if (constant.kind !== "constant") return;
    const { scales, axis } = constant.quantization;
    const inner = elementCount(constant.shape.slice(axis + 1));
    const scale = (index: number): number => at(scales, scales.length === 1 ? 0 : Math.floor(index / inner) % scales.length);
    parameters.set(
      id,
      Float32Array.from(constant.data, (value, index) => value * scale(index)),
    );
  });
  const inputs = [...new Set(operands)].filter((id) => at(network.tensors, id).kind === "activation");
  return { ...withParameters(network, parameters), operators: [operator], inputs, outputs };
}

/** Where an activation of the network is in the graph. */
function placeOf({ tensors }: QuantizedNetwork, id: TensorId): TensorId {
  const place = tensors[id];
  assert(typeof place === "number", `tensor ${id} is a parameter`);
  return place;
}

/** What int8 cannot hold counts as what it holds at most. */
function errorInSteps(exact: Float32Array, quantized: Float32Array, { scales, zeroPoint }: Quantization): number {
  const step = at(scales, 0);
  return exact.reduce((most, value, index) => {
    const held = clamp(value, step * (-128 - zeroPoint), step * (127 - zeroPoint));
    return Math.max(most, Math.abs(held - at(quantized, index)) / step);
  }, 0);
}
