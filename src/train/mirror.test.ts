import { describe, expect, it } from "vitest";
import { normaliseAction, normaliseObservation, policyInputWidth } from "../artifacts/encoding.ts";
import type { ActionSpec, Field, RobotSpec } from "../artifacts/robot-spec.ts";
import { applyMirror, mirrorInputs, mirrorOf, mirrorTarget, mirrorTargets } from "./mirror.ts";
import { numberField, robotOf } from "./testing.ts";

function encoded(robot: RobotSpec, observation: readonly number[]): Float32Array {
  const inputs = new Float32Array(policyInputWidth(robot));
  normaliseObservation(robot, observation, inputs, 0);
  return inputs;
}

function mirrored(robot: RobotSpec, observation: readonly number[]): Float32Array {
  const inputs = encoded(robot, observation);
  const image = new Float32Array(inputs.length + 1);
  applyMirror(mirrorInputs(robot), inputs, 0, image, 1);
  return image.subarray(1);
}

function expectImage(observation: readonly Field[], seen: readonly number[], image: readonly number[]): void {
  const robot = robotOf({ observation });
  mirrored(robot, seen).forEach((value, index) => {
    expect(value).toBeCloseTo(encoded(robot, image)[index] ?? NaN, 5);
  });
}

const uneven = { minimum: -1, maximum: 3 };

describe("mirrorInputs", () => {
  it("changes signs, whatever the range", () => {
    expectImage([numberField("turn", { mirror: { kind: "negate" } })], [0.25], [-0.25]);
    expectImage([numberField("turn", { range: uneven, clip: uneven, mirror: { kind: "negate" } })], [0.75], [-0.75]);
  });

  it("exchanges fields", () => {
    const left = numberField("left", { mirror: { kind: "swap", path: ["right"] } });
    const right = numberField("right", { mirror: { kind: "swap", path: ["left"] } });
    expectImage([left, numberField("ahead"), right], [0.1, 0.2, 0.3], [0.3, 0.2, 0.1]);
    expectImage([left, { ...right, range: uneven, clip: uneven }], [0.1, 0.3], [0.3, 0.1]);
  });

  it("turns rings around their heading, and rows around their middle", () => {
    const ring = (axis: number): Field => numberField("range", { length: 4, mirror: { kind: "reverse", axis } });
    expectImage([ring(0)], [0.1, 0.2, 0.3, 0.4], [0.1, 0.4, 0.3, 0.2]);
    expectImage([ring(1.5)], [0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]);
  });

  it("reverses each row of the image that a vision policy sees", () => {
    const camera = numberField("camera", { length: 6, mirror: { kind: "reverse", axis: 2.5 } });
    const architecture = { kind: "vision", image: ["camera"], height: 2, width: 3, filters: [2], hidden: [2], activation: "relu" } as const;
    const robot = robotOf({ observation: [camera], architecture });
    const values = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
    mirrored(robot, values).forEach((value, index) => {
      expect(value).toBeCloseTo(encoded(robot, [0.3, 0.2, 0.1, 0.6, 0.5, 0.4])[index] ?? NaN, 5);
    });
  });

  it("leaves choices alone, and comes back when done twice", () => {
    const mode: Field = { kind: "choice", path: ["mode"], labels: ["slow", "fast"], description: "" };
    const fields = [mode, numberField("turn", { mirror: { kind: "negate" } })];
    expectImage(fields, [1, 0.5], [1, -0.5]);
    const robot = robotOf({ observation: fields });
    const twice = new Float32Array(3);
    applyMirror(mirrorInputs(robot), mirrored(robot, [1, 0.5]), 0, twice, 0);
    twice.forEach((value, index) => {
      expect(value).toBeCloseTo(encoded(robot, [1, 0.5])[index] ?? NaN, 5);
    });
  });
});

describe("mirrorTargets", () => {
  it("exchanges labels", () => {
    const action: ActionSpec = { kind: "discrete", labels: ["left", "ahead", "right"], neutral: null, mirror: [["left", "right"]] };
    expect(mirrorTargets(action)).toEqual({ labels: Uint32Array.of(2, 1, 0) });
  });

  it("changes the channels of an action", () => {
    const turn = numberField("turn", { range: uneven, clip: uneven, mirror: { kind: "negate" } });
    const action: ActionSpec = { kind: "continuous", fields: [numberField("speed"), turn] };
    const image = new Float32Array(2);
    mirrorTarget(mirrorTargets(action), normaliseAction(action, [0.5, 0.75]), 0, image, 0);
    expect([...image]).toEqual([...normaliseAction(action, [0.5, -0.75])]);
  });
});

describe("mirrorOf", () => {
  it("is null where robot.ts says nothing of a symmetry, or only one side of it", () => {
    expect(mirrorOf(robotOf())).toBeNull();
    const discrete = (mirror: [] | null): ActionSpec => ({ kind: "discrete", labels: ["a", "b"], neutral: null, mirror });
    expect(mirrorOf(robotOf({ action: discrete(null), observation: [numberField("a", { mirror: { kind: "negate" } })] }))).toBeNull();
    expect(mirrorOf(robotOf({ action: discrete([]) }))).toBeNull();
    expect(mirrorOf(robotOf({ action: discrete([]), observation: [numberField("a", { mirror: { kind: "negate" } })] }))).not.toBeNull();
  });
});
