// Correct robots of every kind come out as they were written.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEFAULT_SAFETY, schemaHash } from "../artifacts/robot-spec.ts";
import type { Field, NumberField, RobotSpec } from "../artifacts/robot-spec.ts";
import { mlpPolicy } from "../artifacts/testing.ts";
import * as api from "./api.ts";
import { parseRobot } from "./parse-robot.ts";
import { observing, robotSource, specOf } from "./testing.ts";

const number = (name: string, more: Partial<NumberField> = {}): NumberField => {
  const range = more.range ?? { minimum: 0, maximum: 5 };
  return {
    kind: "number",
    path: name.split("."),
    length: null,
    range,
    clip: range,
    unit: "",
    neutral: null,
    slewPerSecond: null,
    mirror: null,
    description: "",
    ...more,
  };
};
const fieldsOf = (members: string): readonly Field[] => specOf(robotSource(observing(members))).observation;

describe("fields", () => {
  it("read unit, range and clip from one line or several, and the description before them", () => {
    const expected = number("front", {
      unit: "m/s^2",
      range: { minimum: -0.001, maximum: 510 },
      clip: { minimum: -0.0005, maximum: 100 },
      description: "How near.",
    });
    expect(fieldsOf("/** How near. @unit m/s^2 @range -1e-3 5.1E+2 @clip -.0005 100. */\nfront: number;")).toEqual([expected]);
    expect(
      fieldsOf(
        "/**\r\n * How\r\n * near.\r\n *\r\n * @unit m/s^2\r\n * @range -1e-3 5.1E+2\r\n * @clip -.0005 +100\r\n */\r\nfront: number;",
      ),
    ).toEqual([expected]);
  });

  it("are documented on their own line too", () => {
    expect(fieldsOf('/** @range 0 1 */ a: number; /** @range 0 5 */ b: number; c: /** nothing */ "x"')).toEqual([
      number("a", { range: { minimum: 0, maximum: 1 } }),
      number("b"),
      { kind: "choice", path: ["c"], labels: ["x"], description: "" },
    ]);
  });

  it("don't take the comment behind the one before", () => {
    expect(fieldsOf("/** @range 0 5 */\na: number; /** @range 0 1 */\n/** @range 0 5 */\nb: number;")).toEqual([number("a"), number("b")]);
  });

  it("leave addresses and links in a description alone", () => {
    expect(fieldsOf("/** By me@home.org, {@link x}. @range 0 5 */\nfront: number;")).toEqual([
      number("front", { description: "By me@home.org, {@link x}." }),
    ]);
  });

  it("keep the order of labels even where TypeScript met them in another", () => {
    const labels = ["gamma", "alpha", "beta"];
    const members = `first: "alpha" | "beta";\nsecond: "gamma" | ("alpha" | "beta");`;
    expect(fieldsOf(members)[1]).toEqual({ kind: "choice", path: ["second"], labels, description: "" });
  });

  it("follow aliases, nested interfaces, extends and merged declarations", () => {
    const observation = `
      type Metres = number;
      type Door = "open" | Shut;
      type Shut = "shut" | "locked";
      interface Base { /** @range 0 5 */ first: Metres; /** @range 0 1 */ second: number }
      type Imu = { readonly angle: { /** @range 0 5 */ pitch: number } };
      interface Body extends Base { imu: Imu; /** @range 0 5 */ second: number }
      export type Observation = Whole;
      interface Whole extends Body { door: Door }
      interface Whole { /** @range 0 5 */ "last": Vec<2> }`;
    expect(specOf(robotSource({ observation })).observation).toEqual([
      number("first"),
      number("imu.angle.pitch"),
      number("second"),
      { kind: "choice", path: ["door"], labels: ["open", "shut", "locked"], description: "" },
      number("last", { length: 2 }),
    ]);
  });

  it("inherit what two bases share once", () => {
    const observation = `
      interface Root { /** @range 0 5 */ a: number }
      interface Left extends Root { /** @range 0 5 */ b: number }
      interface Right extends Root { /** @range 0 5 */ c: number }
      export interface Observation extends Left, Right {}`;
    expect(specOf(robotSource({ observation })).observation).toEqual([number("a"), number("b"), number("c")]);
  });
});

describe("limits", () => {
  const acting = (action: string): RobotSpec => specOf(robotSource({ action }));

  it("are read from an action's tags, in any order", () => {
    const { action } = acting(
      "export interface Action {\n/** Ahead. @slew 2.5 @range -1 1 @neutral .5 */\nspeed: number;\n/** @range 1 5 */\nlamp: Vec<2> }",
    );
    const range = { minimum: -1, maximum: 1 };
    expect(action).toEqual({
      kind: "continuous",
      fields: [
        number("speed", { range, clip: range, neutral: 0.5, slewPerSecond: 2.5, description: "Ahead." }),
        number("lamp", { length: 2, range: { minimum: 1, maximum: 5 }, clip: { minimum: 1, maximum: 5 } }),
      ],
    });
  });

  it("name a label above all of Action, and only there", () => {
    const labels = ["turn left", "stop"];
    const tagged = `/** One a tick. @neutral turn left */\nexport type Action = "turn left" | "stop";`;
    expect(acting(tagged).action).toEqual({ kind: "discrete", labels, neutral: "turn left", mirror: null });
    expect(acting(`export type Action = "turn left" | "stop";`).action).toEqual({ kind: "discrete", labels, neutral: null, mirror: null });
  });

  it("never hold -0, which C would print as 0", () => {
    const { action } = acting("export interface Action {\n/** @range -0 1 @neutral -0 */\nspeed: number }");
    const [field] = action.kind === "continuous" ? action.fields : [];
    expect([field?.range.minimum, field?.neutral]).toEqual([0, 0]);
  });

  it("take what defineRobot says of silence", () => {
    const definition = `const PATIENT = true;
      export default defineRobot({ name: "robot", rateHz: 20, policy: mlp([8]), autonomous: PATIENT, linkTimeoutMs: 60_000, staleTicks: 0 });`;
    expect(specOf(robotSource({ definition })).safety).toEqual({ autonomous: true, linkTimeoutMs: 60_000, staleTicks: 0 });
    expect(specOf(robotSource({})).safety).toEqual({ autonomous: false, linkTimeoutMs: 500, staleTicks: 2 });
  });

  it("are no part of the schema, so that recordings and boards from before them still fit", () => {
    const plain = specOf(robotSource({ action: "export interface Action {\n/** @range -1 1 */\nspeed: number }" }));
    const limited = acting("export interface Action {\n/** @range -1 1 @neutral 0.5 @slew 3 */\nspeed: number }");
    expect(limited.action).not.toEqual(plain.action);
    const patient = { ...limited, safety: { autonomous: true, linkTimeoutMs: 900, staleTicks: 7 } };
    expect(schemaHash(patient)).toBe(schemaHash(plain));
  });
});

describe("files", () => {
  it("import types and constants from one another, in a circle and from above", () => {
    const source = `
      import * as robots from "reflexarc";
      import type { Arm as Limb } from "./arm.js";
      import { RATE } from "../shared";
      export type { Action } from "./arm";
      export interface Observation { arm: Limb }
      const policy = robots.mlp([4], { activation: "tanh" as const });
      const robot = robots.defineRobot({ "name": \`arm-robot\`, rateHz: RATE, policy });
      export { robot as default };`;
    const others = {
      "../lab/arm.ts": `import { type Vec as List } from "reflexarc";\nimport {} from "./robot.ts";\nexport interface Arm { /** @range 0 5 */ joint: List<0x10> }\nexport type Action = "go";`,
      "../shared/index.ts": `export * from "./rate.ts";`,
      "../shared/rate.ts": "const SLOW = (2_0) satisfies number;\nexport const RATE = SLOW;",
    };
    expect(specOf(source, others, "../lab/robot.ts")).toEqual({
      name: "arm-robot",
      rateHz: 20,
      observation: [number("arm.joint", { length: 16 })],
      action: { kind: "discrete", labels: ["go"], neutral: null, mirror: null },
      policy: mlpPolicy([4], "tanh"),
      safety: DEFAULT_SAFETY,
    });
  });

  it("may begin with a byte order mark and lie on any drive", () => {
    expect(specOf(`\uFEFF${robotSource({})}`, {}, "C:\\robots\\robot.ts").name).toBe("robot");
  });

  it("know every name that the package gives a robot.ts", () => {
    const names = Object.keys(api).sort();
    expect(names).toEqual(["defineRobot", "gaussian", "gru", "mixture", "mlp", "plain", "temporal", "vision"]);
    expect(api.defineRobot({ name: "robot", rateHz: 20, policy: api.mlp([8]) })).toEqual({
      name: "robot",
      rateHz: 20,
      policy: mlpPolicy([8]),
    });
  });
});

describe("templates", () => {
  const template = (name: string): RobotSpec => {
    const path = new URL(`../../templates/robots/${name}/robot.ts`, import.meta.url);
    const outcome = parseRobot("robot.ts", () => readFileSync(path, "utf8"));
    if (!outcome.ok || outcome.warnings.length > 0) throw new Error(JSON.stringify(outcome));
    return outcome.value;
  };
  it("keep the schema that they had before actions had limits", () => {
    expect(["wall-follower", "wall-follower-4", "servo-arm"].map((name) => schemaHash(template(name)))).toEqual([
      "d9a80e011e6b4dab",
      "9a54d5dc22aa2a7a",
      "a0fa957e64e6f939",
    ]);
  });

  const ultrasonic = { unit: "m", range: { minimum: 0, maximum: 5.1 }, clip: { minimum: 0, maximum: 1.5 } };
  const action = { kind: "discrete", labels: ["move-forward", "slight-right-turn", "sharp-right-turn", "slight-left-turn"], neutral: null };

  it("wall-follower senses 24 ranges", () => {
    const spec = template("wall-follower");
    expect(spec).toMatchObject({ name: "wall-follower", rateHz: 9, action, policy: mlpPolicy([32, 16]) });
    expect(spec.observation).toMatchObject([{ path: ["range"], length: 24, ...ultrasonic }]);
  });

  it("wall-follower-4 senses four", () => {
    const spec = template("wall-follower-4");
    expect(spec).toMatchObject({ name: "wall-follower-4", rateHz: 9, action });
    expect(spec.observation).toMatchObject(
      ["front", "left", "right", "back"].map((name) => ({ path: [name], length: null, ...ultrasonic })),
    );
  });

  it("servo-arm holds every kind of field and acts continuously", () => {
    const spec = template("servo-arm");
    expect(spec.observation.map((field) => [field.path.join("."), field.kind])).toEqual([
      ["joint", "number"],
      ["targetDistance", "number"],
      ["gripper.opening", "number"],
      ["gripper.contact", "choice"],
    ]);
    expect(spec.action).toMatchObject({
      kind: "continuous",
      fields: [{ path: ["shoulder"], range: { minimum: -1, maximum: 1 }, neutral: 0, slewPerSecond: 8 }, { path: ["elbow"] }],
    });
  });
});
