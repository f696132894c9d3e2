// Correct policies of every kind: what robot.ts asks for, what the package's own functions return, what `reflexarc check` says of it.

import { describe, expect, it } from "vitest";
import type { PolicySpec } from "../artifacts/robot-spec.ts";
import { mlpPolicy } from "../artifacts/testing.ts";
import * as api from "./api.ts";
import { describePolicy } from "./describe-policy.ts";
import { policyExpression } from "./policy-text.ts";
import { robotSource, specOf } from "./testing.ts";

/** Sees 64 pixels, a number and two labels: 67 inputs; drives two wheels. */
const specWith = (expression: string): ReturnType<typeof specOf> =>
  specOf(
    robotSource({
      observation:
        'export interface Observation { /** @range 0 1 */ speed: number; eye: { /** @range 0 255 */ pixels: Vec<64> }; door: "open" | "shut" }',
      action: "export interface Action { /** @range -1 1 */ wheels: Vec<2> }",
      definition: `const LAYERS = [32, 16];
export default defineRobot({ name: "robot", rateHz: 20, policy: ${expression} });`,
    }),
  );

const { gaussian, gru, mixture, mlp, plain, temporal, vision } = api;
const plainly = { head: { kind: "plain" }, ensemble: { members: 1, trunk: "none" } } as const;
const image = { image: "eye.pixels", height: 8, width: 8 } as const;

interface Case {
  readonly expression: string;
  readonly returned: PolicySpec;
  readonly policy: PolicySpec;
  readonly summary: string;
  readonly parameters: number;
}

const CASES: readonly Case[] = [
  {
    expression: "mlp(LAYERS)",
    returned: mlp([32, 16]),
    policy: mlpPolicy([32, 16]),
    summary: "mlp 67-32-16-2, relu",
    parameters: 68 * 32 + 33 * 16 + 17 * 2,
  },
  {
    expression: `mlp([], { history: 4, activation: "tanh", head: plain() })`,
    returned: mlp([], { history: 4, activation: "tanh", head: plain() }),
    policy: { architecture: { kind: "mlp", hidden: [], history: 4, activation: "tanh" }, ...plainly },
    summary: "mlp 268-2, tanh, over 4 ticks",
    parameters: 269 * 2,
  },
  {
    expression: `mlp([8, 4], { head: mixture(5), ensemble: { members: 3, trunk: "shared" } })`,
    returned: mlp([8, 4], { head: mixture(5), ensemble: { members: 3, trunk: "shared" } }),
    policy: { ...mlpPolicy([8, 4]), head: { kind: "mixture", bins: 5 }, ensemble: { members: 3, trunk: "shared" } },
    summary: "mlp 67-8-4-15, relu, mixture of 5 bins, 3 members with one trunk",
    parameters: 68 * 8 + 3 * (9 * 4 + 5 * 15),
  },
  {
    expression:
      "temporal({ window: 16, convolutions: [{ filters: 8, ticks: 3, stride: 2 }, { filters: 4, ticks: 3 }], hidden: [10], ensemble: 2 })",
    returned: temporal({
      window: 16,
      convolutions: [
        { filters: 8, ticks: 3, stride: 2 },
        { filters: 4, ticks: 3 },
      ],
      hidden: [10],
      ensemble: 2,
    }),
    policy: {
      architecture: {
        kind: "temporal",
        window: 16,
        convolutions: [
          { filters: 8, ticks: 3, stride: 2 },
          { filters: 4, ticks: 3, stride: 1 },
        ],
        hidden: [10],
        activation: "relu",
      },
      head: { kind: "plain" },
      ensemble: { members: 2, trunk: "none" },
    },
    summary: "temporal over 16 ticks of 67, convolutions 8 x 3 ticks every 2, 4 x 3 ticks, then 20-10-2, relu, 2 members side by side",
    parameters: 2 * (8 * (3 * 67 + 1) + 4 * (3 * 8 + 1) + 21 * 10 + 11 * 2),
  },
  {
    expression: `vision({ image: "eye.pixels", height: 8, width: 8, filters: [4, 6], head: gaussian() })`,
    returned: vision({ ...image, filters: [4, 6], head: gaussian() }),
    policy: {
      architecture: { ...image, kind: "vision", image: ["eye", "pixels"], filters: [4, 6], hidden: [], activation: "relu" },
      head: { kind: "gaussian" },
      ensemble: { members: 1, trunk: "none" },
    },
    summary: "vision of eye.pixels 8 x 8, filters 4, 6, then 27-2, relu, gaussian",
    parameters: 4 * 10 + 6 * 37 + 28 * 2,
  },
  {
    expression: `gru(24, { hidden: [8] })`,
    returned: gru(24, { hidden: [8] }),
    policy: { architecture: { kind: "gru", units: 24, hidden: [8], activation: "relu" }, ...plainly },
    summary: "gru of 24 units over 67, then 24-8-2, relu",
    parameters: 3 * 24 * (67 + 24 + 2) + 25 * 8 + 9 * 2,
  },
];

describe("a policy", () => {
  it.each(CASES)("$expression is read, returned, described and written", ({ expression, returned, policy, summary, parameters }) => {
    const spec = specWith(expression);
    expect(spec.policy).toEqual(policy);
    expect(returned).toEqual(policy);
    expect(describePolicy(spec)).toMatchObject({ ...policy, summary, parameters, inputs: 67 });
    expect(specWith(policyExpression(policy)).policy).toEqual(policy);
  });

  it("is written without what goes without saying", () => {
    expect(policyExpression(mlpPolicy([16, 16]))).toBe("mlp([16, 16])");
    expect(policyExpression(gru(8))).toBe("gru(8)");
    expect(policyExpression(mlp([4], { history: 2, activation: "tanh", head: gaussian(), ensemble: 3 }))).toBe(
      `mlp([4], { history: 2, activation: "tanh", head: gaussian(), ensemble: 3 })`,
    );
  });

  it("sees images of up to 64 x 64", () => {
    const definition = `export default defineRobot({ name: "robot", rateHz: 20, policy: vision({ image: "camera", height: 64, width: 64, filters: [8] }) });`;
    const observation = "export interface Observation { /** @range 0 255 */ camera: Vec<4096> }";
    expect(describePolicy(specOf(robotSource({ observation, definition }))).inputs).toBe(4096);
  });
});
