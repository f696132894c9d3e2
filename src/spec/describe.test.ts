// The rows that `reflexarc check` shows.

import { expect, it } from "vitest";
import { schemaHash } from "../artifacts/robot-spec.ts";
import { describeSpec } from "./describe.ts";
import { observing, robotSource, specOf } from "./testing.ts";

it("describes fields, bytes and the policy's size", () => {
  const spec = specOf(robotSource(observing(`/** Rays. @unit m @range 0 5 @clip 0 1 */\nrange: Vec<3>;\nimu: { state: "off" | "on" };`)));
  expect(describeSpec(spec)).toEqual({
    name: "robot",
    rateHz: 20,
    schemaHash: schemaHash(spec),
    observation: {
      fields: [
        {
          name: "range",
          type: "Vec<3>",
          unit: "m",
          range: { minimum: 0, maximum: 5 },
          clip: { minimum: 0, maximum: 1 },
          wireBytes: 12,
          description: "Rays.",
        },
        { name: "imu.state", type: `"off" | "on"`, unit: "", range: null, clip: null, wireBytes: 1, description: "" },
      ],
      wireBytes: 13,
    },
    action: {
      kind: "discrete",
      fields: [
        {
          ...{ name: "action", type: `"go" | "stop"`, unit: "", range: null, clip: null, wireBytes: 1, description: "" },
          ...{ neutral: "(none)", slewPerSecond: null },
        },
      ],
      wireBytes: 1,
    },
    safety: { autonomous: false, linkTimeoutMs: 500, staleTicks: 2, neutralTicks: 1 },
    // 5 inputs (three numbers, two labels), 8 hidden, 2 outputs: 5 * 8 + 8 + 8 * 2 + 2.
    policy: { kind: "mlp", hidden: [8], activation: "relu", inputs: 5, outputs: 2, parameters: 66 },
  });
});

it("describes continuous actions and policies without hidden layers", () => {
  const spec = specOf(
    robotSource({
      action: "export interface Action {\n/** @range -1 1 @slew 5 */\nwheel: Vec<2>;\n/** @range 1 2 @neutral 1.1 */\nlamp: number }",
      definition: `export default defineRobot({ name: "robot", rateHz: 20, policy: mlp([]) });`,
    }),
  );
  const { action, policy, safety } = describeSpec(spec);
  expect(action.fields).toMatchObject([
    { neutral: 0, slewPerSecond: 5 },
    { neutral: 1.1, slewPerSecond: null },
  ]);
  expect(safety.neutralTicks).toBe(4); // a quarter each tick
  expect(action).toMatchObject({ kind: "continuous", wireBytes: 12 });
  expect(policy).toMatchObject({ inputs: 1, outputs: 3, parameters: 6 });
});

it("survives JSON", () => {
  const description = describeSpec(specOf(robotSource({})));
  expect(JSON.parse(JSON.stringify(description))).toEqual(description);
});
