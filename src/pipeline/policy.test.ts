// Policies tick by tick: float and int8 remember the same way, and forget when they are told to.

import { describe, expect, test } from "vitest";
import { randomBundle, randomObservation, testRobot } from "../../tests/conformance/robot.ts";
import { at } from "../core/assert.ts";
import { Random } from "../core/random.ts";
import { encodeObservation, normaliseObservation, policyInputWidth } from "../artifacts/encoding.ts";
import type { Architecture, PolicySpec } from "../artifacts/robot-spec.ts";
import { createFloatInterpreter } from "../quantize/float-interpreter.ts";
import { floatPolicy, fixedOutput, hasFixedOutput, int8Policy, isOracles, type Policy } from "./policy.ts";

const HISTORY: Architecture = { kind: "mlp", hidden: [8], history: 4, activation: "tanh" };
const TEMPORAL: Architecture = {
  ...{ kind: "temporal", window: 6, convolutions: [{ filters: 5, ticks: 3, stride: 1 }], hidden: [6], activation: "relu" },
};
const RECURRENT: Architecture = { kind: "gru", units: 6, hidden: [6], activation: "relu" };
const POLICIES: readonly (readonly [string, Partial<PolicySpec>])[] = [
  ["none", {}],
  ["a history", { architecture: HISTORY }],
  ["a window", { architecture: TEMPORAL }],
  ["a state", { architecture: RECURRENT }],
  ["a state a member", { architecture: RECURRENT, ensemble: { members: 2, trunk: "none" } }],
  ["a window, and bins", { architecture: TEMPORAL, head: { kind: "mixture", bins: 3 } }],
];
const TICKS = 20;

function observations(spec: Parameters<typeof randomObservation>[0], seed: number): Float32Array[] {
  const random = new Random(seed);
  return Array.from({ length: TICKS }, () => randomObservation(spec, random));
}

describe.each(POLICIES)("what is remembered: %s", (name, policy) => {
  const robot = testRobot("continuous", policy);
  const { spec } = robot;
  const { form, graph, network } = randomBundle(robot, 2);
  if (network === null) throw new Error("a bundle of our own");
  const makers: readonly (readonly [string, () => Policy])[] = [
    ["float", () => floatPolicy(spec, form, network)],
    ["int8", () => int8Policy(spec, form, graph)],
  ];

  test.each(makers)("%s forgets at a reset, and nothing else", (_, make) => {
    const one = make();
    const acted = observations(spec, 1).map((observation) => one.action(observation));
    one.reset();
    expect(observations(spec, 1).map((observation) => one.action(observation))).toEqual(acted);
    const last = at(observations(spec, 1), TICKS - 1);
    one.reset();
    // With nothing before it, the same observation means something else.
    if (name === "none") expect(one.action(last)).toEqual(acted[TICKS - 1]);
    else expect(one.action(last)).not.toEqual(acted[TICKS - 1]);
  });

  test("an output is what its action is decoded from", () => {
    const [one, other] = [int8Policy(spec, form, graph), int8Policy(spec, form, graph)];
    for (const observation of observations(spec, 2)) expect(one.decode(one.output(observation))).toEqual(other.action(observation));
  });
});

test("the float network gets its window oldest first, zeros before the start", () => {
  const robot = testRobot("continuous", { architecture: HISTORY });
  const { spec } = robot;
  const { form, network } = randomBundle(robot, 2);
  if (network === null) throw new Error("a bundle of our own");
  const interpreter = createFloatInterpreter(network);
  const policy = floatPolicy(spec, form, network);
  const width = policyInputWidth(spec);
  const seen = observations(spec, 3);
  for (let tick = 0; tick < TICKS; tick++) {
    const window = new Float32Array(4 * width);
    for (let age = 0; age < 4 && age <= tick; age++) normaliseObservation(spec, at(seen, tick - age), window, (3 - age) * width);
    const [output] = interpreter.infer([window]);
    const low = at(spec.action.kind === "continuous" ? spec.action.fields : [], 0).clip;
    const expected = (low.minimum + low.maximum) / 2 + ((low.maximum - low.minimum) / 2) * (output?.[0] ?? NaN);
    expect(policy.action(at(seen, tick))[0]).toBeCloseTo(Math.min(Math.max(expected, low.minimum), low.maximum), 5);
  }
});

test("int8 follows float", () => {
  const robot = testRobot("continuous", { architecture: RECURRENT });
  const { form, graph, network } = randomBundle(robot, 2);
  if (network === null) throw new Error("a bundle of our own");
  const [float, int8] = [floatPolicy(robot.spec, form, network), int8Policy(robot.spec, form, graph)];
  const apart = observations(robot.spec, 4).map((observation) => {
    const [one, other] = [float.action(observation), int8.action(observation)];
    return Math.abs(at(one, 0) - at(other, 0));
  });
  expect(Math.max(...apart)).toBeLessThan(0.15);
});

describe("a board that is followed", () => {
  const robot = testRobot("continuous", { architecture: RECURRENT });
  const { spec } = robot;
  const { form, graph } = randomBundle(robot, 2);

  test("is the oracle's as long as it says when it began afresh, and skips what it did not infer", () => {
    const [oracle, board] = [int8Policy(spec, form, graph), int8Policy(spec, form, graph)];
    observations(spec, 5).forEach((observation, tick) => {
      const afresh = tick === 0 || tick === 7;
      if (afresh) board.reset();
      const inferred = tick % 5 !== 3;
      const output = inferred ? board.output(observation) : new Int8Array(3);
      expect(isOracles(oracle, { inferred, afresh, output }, observation)).toBe(true);
    });
  });

  test("differs when it forgets and does not say so", () => {
    const [oracle, board] = [int8Policy(spec, form, graph), int8Policy(spec, form, graph)];
    const agrees = observations(spec, 5).map((observation, tick) => {
      if (tick === 7) board.reset();
      return isOracles(oracle, { inferred: true, afresh: tick === 0, output: board.output(observation) }, observation);
    });
    expect(agrees.indexOf(false)).toBe(7);
    expect(encodeObservation(spec, at(observations(spec, 5), 7)).some((value) => value !== 0)).toBe(true);
  });
});

test("outputs are fixed but for labels, of which the highest counts", () => {
  const [continuous, discrete] = [testRobot("continuous"), testRobot("discrete")];
  const bins = { head: { kind: "mixture", bins: 3 } } as const;
  expect(fixedOutput(continuous.spec, { head: { kind: "plain" } })).not.toBeNull();
  expect(fixedOutput(continuous.spec, bins)).not.toBeNull();
  expect(fixedOutput(discrete.spec, { head: { kind: "plain" } })).toBeNull();
  const { form, graph } = randomBundle(continuous, 1);
  expect(hasFixedOutput(continuous.spec, form, graph)).toBe(true);
  const calibrated = graph.tensors.map((tensor, id) =>
    id === graph.outputs[0] ? { ...tensor, quantization: { ...tensor.quantization, scales: [0.5] } } : tensor,
  );
  expect(hasFixedOutput(continuous.spec, form, { ...graph, tensors: calibrated })).toBe(false);
});
