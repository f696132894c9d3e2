import { expect, it } from "vitest";
import { DEFAULT_SAFETY, type NumberField, type RobotSpec } from "../../artifacts/robot-spec.ts";
import { mlpPolicy } from "../../artifacts/testing.ts";
import { actionLines, exampleValues, observationLines } from "./example.ts";

const number = (path: string, minimum: number, maximum: number, others: Partial<NumberField> = {}): NumberField => ({
  ...{ kind: "number", path: path.split("."), length: null, unit: "", neutral: null, slewPerSecond: null, mirror: null, description: "" },
  ...{ range: { minimum, maximum }, clip: { minimum, maximum } },
  ...others,
});

const spec = (action: RobotSpec["action"]): RobotSpec => ({
  name: "walker",
  rateHz: 50,
  observation: [
    number("range", 0, 5.1, { length: 24, unit: "m" }),
    { kind: "choice", path: ["imu", "state"], labels: ["up-right", "up right"], description: "" },
    number("battery", 0, 12.6, { unit: "V */ int evil;\n\\" }),
  ],
  action,
  policy: mlpPolicy([4]),
  safety: DEFAULT_SAFETY,
});

const discrete = (neutral: string | null): RobotSpec => spec({ kind: "discrete", labels: ["go", "stop"], neutral, mirror: null });

it("assigns each field of an observation, with unit, range and elements", () => {
  expect(observationLines(discrete("stop"))).toEqual([
    "observation->range[i] = ...; // m, 0 to 5.1, i = 0 to 23",
    "observation->imu.state = ...; // ROBOT_IMU_STATE_UP_RIGHT, ROBOT_IMU_STATE_UP_RIGHT_2",
    "observation->battery = ...; // V * / int evil; /, 0 to 12.6",
  ]);
});

it("reads each field of an action", () => {
  const fields = [number("shoulder", -1.5, 1.5, { unit: "rad" }), number("gripper.force", 0, 180, { length: 2 })];
  expect(actionLines(spec({ kind: "continuous", fields }))).toEqual([
    "action->shoulder // rad, -1.5 to 1.5",
    "action->gripper.force[i] // 0 to 180, i = 0 to 1",
  ]);
});

it("names the labels of an action, and actuators off where none of them is neutral", () => {
  expect(actionLines(discrete("stop"))).toEqual(["action->label // ROBOT_ACTION_GO, ROBOT_ACTION_STOP"]);
  expect(actionLines(discrete(null))).toEqual(["action->label // ROBOT_ACTION_GO, ROBOT_ACTION_STOP, ROBOT_NO_CHOICE (actuators off)"]);
});

it("puts the prefix before every line, and ends no comment", () => {
  const { OBSERVATION, ACTION } = exampleValues(discrete("stop"), " * ");
  for (const line of `${OBSERVATION}\n${ACTION}`.split("\n")) expect(line).toMatch(/^ \* (observation|action)->/);
  expect(OBSERVATION).not.toContain("*/");
});
