import { describe, expect, it } from "vitest";
import { elementCount } from "../../../artifacts/graph.ts";
import { networkInputs, networkOutputs, type FloatNetwork } from "../../../artifacts/network.ts";
import { at } from "../../../core/assert.ts";
import { logistic, tanh } from "../../../core/portable-math.ts";
import { trainingEngineBytes } from "../../../host/training-engine.ts";
import { createFloatInterpreter } from "../../../quantize/float-interpreter.ts";
import { huber } from "../../loss.ts";
import { randomBatch } from "../testing/batches.ts";
import { LAYER_CASES, LOSS_CASES } from "../testing/network-cases.ts";
import { NetworkDraft } from "../testing/network-draft.ts";
import { randomCase, recurrentCase } from "../testing/random-networks.ts";
import { wasmEngine } from "./engine.ts";

const engine = wasmEngine(await trainingEngineBytes());

function outputsByHand(network: FloatNetwork, inputs: Float32Array, rows: number): Float32Array {
  const interpreter = createFloatInterpreter(network);
  const states = network.inputs.slice(1).map((id) => new Float32Array(elementCount(at(network.tensors, id).shape)));
  const width = networkInputs(network);
  const outputs = Array.from({ length: rows }, (_, row) =>
    at(interpreter.infer([inputs.subarray(row * width, (row + 1) * width), ...states]), 0),
  );
  return Float32Array.from(outputs.flatMap((row) => [...row]));
}

describe("outputs", () => {
  const random = Array.from({ length: 40 }, (_, seed) => randomCase(seed));
  it.each([...LAYER_CASES, ...random, recurrentCase(1), recurrentCase(5)])("of $name", ({ network, objective }) => {
    expect(engine.lacks(network, objective)).toBeNull();
    const { rows, inputs } = randomBatch(network, objective, 7, 3);
    const learner = engine.begin(network, objective, { weightDecay: 0 });
    const outputs = learner.outputs(inputs, rows);
    expect(outputs.length).toBe(rows * networkOutputs(network));
    const expected = outputsByHand(network, inputs, rows);
    outputs.forEach((value, index) => {
      expect(value).toBeCloseTo(at(expected, index), 4);
    });
    learner.dispose();
  });

  it("of more rows than go through at once, of fewer, of none", () => {
    const { network, objective } = at(LOSS_CASES, 0);
    const learner = engine.begin(network, objective, { weightDecay: 0 });
    for (const rows of [3, 150, 64, 0, 1]) {
      const { inputs } = randomBatch(network, objective, rows, rows);
      const expected = outputsByHand(network, inputs, rows);
      const outputs = learner.outputs(inputs, rows);
      expect(outputs.length).toBe(expected.length);
      outputs.forEach((value, index) => {
        expect(value).toBeCloseTo(at(expected, index), 5);
      });
    }
  });
});

describe("functions of one number", () => {
  it.each([
    ["tanh", tanh],
    ["logistic", logistic],
  ] as const)("%s is right to a millionth of itself, from the smallest number to the largest", (kind, expected) => {
    const draft = new NetworkDraft(1);
    const input = draft.activation([1, 1]);
    const network = draft.network([input], [draft.add({ kind, input }, [1, 1])]);
    const learner = engine.begin(network, { loss: huber(1), steps: 1, members: 1 }, { weightDecay: 0 });
    const sizes = Array.from({ length: 2000 }, (_, index) => 1.05 ** (index - 1800));
    const inputs = Float32Array.from([0, ...sizes, ...sizes.map((size) => -size), 80, -80, 1e30, -1e30, Infinity, -Infinity]);
    learner.outputs(inputs, inputs.length).forEach((value, index) => {
      const right = expected(at(inputs, index));
      expect(Math.abs(value - right), `${kind}(${at(inputs, index)}) = ${value}`).toBeLessThanOrEqual(1e-6 * Math.abs(right) + 1e-37);
    });
    expect(learner.outputs(Float32Array.of(NaN), 1)).toEqual(Float32Array.of(NaN));
  });
});
