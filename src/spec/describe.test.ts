// The rows that `reflexarc check` shows.

import { expect, it } from "vitest";
import { schemaHash } from "../artifacts/robot-spec.ts";
import { mlpPolicy } from "../artifacts/testing.ts";
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
          mirror: "",
          description: "Rays.",
        },
        { name: "imu.state", type: `"off" | "on"`, unit: "", range: null, clip: null, wireBytes: 1, mirror: "", description: "" },
      ],
      wireBytes: 13,
    },
    action: {
      kind: "discrete",
      fields: [
        {
          ...{ name: "action", type: `"go" | "stop"`, unit: "", range: null, clip: null, wireBytes: 1, mirror: "", description: "" },
          ...{ neutral: "(none)", slewPerSecond: null },
        },
      ],
      wireBytes: 1,
    },
    safety: { autonomous: false, linkTimeoutMs: 500, staleTicks: 2, neutralTicks: 1 },
    // 5 inputs (three numbers, two labels), 8 hidden, 2 outputs: 5 * 8 + 8 + 8 * 2 + 2.
    policy: { ...mlpPolicy([8]), summary: "mlp 5-8-2, relu", inputs: 5, outputs: 2, parameters: 66 },
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

it("describes what is mirrored", () => {
  const spec = specOf(
    robotSource({
      ...observing(`/** @range -1 1 @mirror negate */ turn: number; /** @range 0 1 @mirror reverse */ row: Vec<3>;
/** @range 0 1 @mirror reverse 2 */ ring: Vec<4>; /** @range 0 1 @mirror swap far */ near: number; /** @range 0 1 @mirror swap near */ far: number;`),
      action: `/** @mirror left=right, left-back=right-back */ export type Action = "left" | "right" | "left-back" | "right-back";`,
    }),
  );
  const { observation, action } = describeSpec(spec);
  expect(observation.fields.map((field) => field.mirror)).toEqual(["negate", "reverse", "reverse 2", "swap far", "swap near"]);
  expect(action.fields[0]?.mirror).toBe("left=right, left-back=right-back");
});

it("survives JSON", () => {
  const description = describeSpec(specOf(robotSource({})));
  expect(JSON.parse(JSON.stringify(description))).toEqual(description);
});
