import { expect, test } from "vitest";
import { Random } from "../core/random.ts";
import type { FloatNetwork } from "../artifacts/network.ts";
import { activationRanges, affordable } from "./activation-ranges.ts";
import { denseNetwork } from "./testing.ts";

const row = (...values: number[]): Float32Array => Float32Array.from(values);

/** Adds its input to what it remembers. */
const counter: FloatNetwork = {
  tensors: ["observation", "state", "sum", "action"].map((name) => ({ kind: "activation", name, shape: [1, 1] })),
  operators: [
    { kind: "add", left: 0, right: 1, output: 2, activation: "none" },
    { kind: "relu", input: 2, output: 3 },
  ],
  inputs: [0, 1],
  outputs: [3, 2],
};

test("state goes along within a sequence, and begins at zero in the next", () => {
  const [observation, state, sum, action] = activationRanges(counter, [
    [row(1), row(2), row(-0.5)],
    [row(-2), row(0.5)],
  ]);
  expect(observation).toEqual({ minimum: -2, maximum: 2 });
  expect(state).toEqual({ minimum: -2, maximum: 3 });
  expect(sum).toEqual({ minimum: -2, maximum: 3 });
  expect(action).toEqual({ minimum: 0, maximum: 3 });
});

test("zero is within every range, and parameters have none", () => {
  expect(activationRanges(counter, [[row(5)]])[0]).toEqual({ minimum: 0, maximum: 5 });
  expect(activationRanges(counter, [])).toEqual(counter.tensors.map(() => ({ minimum: 0, maximum: 0 })));
  const network = denseNetwork([2, 2], "relu", new Random(1));
  const ranges = activationRanges(network, [[row(0.5, 1)]]);
  expect(ranges.map((range) => range === null)).toEqual(network.tensors.map(({ kind }) => kind === "parameter"));
});

test("of more than there is time for, every k-th sequence is looked at", () => {
  const network = denseNetwork([10, 10], "relu", new Random(1));
  const sequences = Array.from({ length: 10 }, (_, index) => ({ length: 5, index }));
  expect(affordable(network, sequences, 5000)).toEqual(sequences);
  expect(affordable(network, sequences, 2000).map(({ index }) => index)).toEqual([0, 3, 6, 9]);
  expect(affordable(network, sequences, 1).map(({ index }) => index)).toEqual([0]);
});
