// Correct robots of every kind come out as they were written.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ActionSpec, Field, Interval, NumberField, RobotSpec } from "../artifacts/robot-spec.ts";
import * as api from "./api.ts";
import { parseRobot } from "./parse-robot.ts";
import { observing, robotSource, specOf } from "./testing.ts";

const number = (name: string, more: Partial<NumberField> = {}): NumberField => {
  const range = more.range ?? { minimum: 0, maximum: 5 };
  return { kind: "number", path: name.split("."), length: null, range, clip: range, unit: "", description: "", ...more };
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
      action: { kind: "discrete", labels: ["go"] },
      policy: { kind: "mlp", hidden: [4], activation: "tanh" },
    });
  });

  it("may begin with a byte order mark and lie on any drive", () => {
    expect(specOf(`\uFEFF${robotSource({})}`, {}, "C:\\robots\\robot.ts").name).toBe("robot");
  });

  it("know every name that the package gives a robot.ts", () => {
    const names = Object.keys(api).sort();
    expect(names).toEqual(["defineRobot", "mlp"]);
    expect(api.defineRobot({ name: "robot", rateHz: 20, policy: api.mlp([8]) })).toEqual({
      name: "robot",
      rateHz: 20,
      policy: { kind: "mlp", hidden: [8], activation: "relu" },
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
  const ultrasonic = { unit: "m", range: { minimum: 0, maximum: 5.1 }, clip: { minimum: 0, maximum: 1.5 } };
  const action = { kind: "discrete", labels: ["move-forward", "slight-right-turn", "sharp-right-turn", "slight-left-turn"] };

  it("wall-follower senses 24 ranges", () => {
    const spec = template("wall-follower");
    expect(spec).toMatchObject({ name: "wall-follower", rateHz: 9, action, policy: { hidden: [32, 16], activation: "relu" } });
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
      fields: [{ path: ["shoulder"], range: { minimum: -1, maximum: 1 } }, { path: ["elbow"] }],
    });
  });
});

describe("any correct robot", () => {
  const interval = fc
    .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1, max: 1e6, noNaN: true }))
    .map(([minimum, width]): Interval => ({ minimum: minimum + 0, maximum: minimum + width }));
  const labels = fc.uniqueArray(fc.stringMatching(/^[a-f]{1,4}(-[a-f0-9]{1,3}){0,2}$/), {
    minLength: 1,
    maxLength: 6,
    selector: (label) => label.replaceAll("-", ""),
  });
  const details = fc.record({
    range: interval,
    clipped: fc.boolean(),
    length: fc.option(fc.integer({ min: 1, max: 60 })),
    unit: fc.constantFrom("", "m", "rad/s", "°C"),
    description: fc.constantFrom("", "Far away.", "2 * 3 / 4 at 5"),
  });
  const numberField = (path: readonly string[]): fc.Arbitrary<NumberField> =>
    details.map(({ range, clipped, length, unit, description }) => {
      const middle = (range.minimum + range.maximum) / 2;
      return {
        kind: "number",
        path,
        length,
        range,
        clip: clipped ? { minimum: middle, maximum: range.maximum } : range,
        unit,
        description,
      };
    });
  const field = (path: readonly string[]): fc.Arbitrary<Field> =>
    fc.oneof(
      numberField(path),
      labels.map((list): Field => ({ kind: "choice", path, labels: list, description: "" })),
    );
  /** Paths that don't collide: `f0`, `f1.g.h`, ... */
  const paths = fc
    .array(fc.constantFrom([], ["g"], ["g", "h"]), { minLength: 1, maxLength: 8 })
    .map((tails) => tails.map((tail, index) => [`f${index}`, ...tail]));
  const list = <Element>(each: (path: readonly string[]) => fc.Arbitrary<Element>): fc.Arbitrary<Element[]> =>
    paths.chain((all) => fc.tuple(...all.map(each)));
  const robot: fc.Arbitrary<RobotSpec> = fc.record({
    name: fc.stringMatching(/^[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,2}$/),
    rateHz: fc.integer({ min: 1, max: 1000 }),
    observation: list(field),
    action: fc.oneof(
      labels.map((each): ActionSpec => ({ kind: "discrete", labels: each })),
      list(numberField).map((fields): ActionSpec => ({ kind: "continuous", fields })),
    ),
    policy: fc.record({
      kind: fc.constant("mlp" as const),
      hidden: fc.array(fc.integer({ min: 1, max: 512 }), { maxLength: 8 }),
      activation: fc.constantFrom("relu", "tanh"),
    }),
  });

  it("parses to what it was written from", () => {
    fc.assert(
      fc.property(robot, (spec) => {
        expect(specOf(printRobot(spec))).toEqual(spec);
      }),
      { numRuns: 60 },
    );
  });
});

function printRobot(spec: RobotSpec): string {
  const { hidden, activation } = spec.policy;
  const action =
    spec.action.kind === "discrete"
      ? `type Action = ${printLabels(spec.action.labels)};`
      : `interface Action {\n${spec.action.fields.map(printField).join("\n")}\n}`;
  return robotSource({
    observation: `export interface Observation {\n${spec.observation.map(printField).join("\n")}\n}`,
    action: `export ${action}`,
    definition: `export default defineRobot({ name: "${spec.name}", rateHz: ${spec.rateHz}, policy: mlp(${JSON.stringify(hidden)}, { activation: "${activation}" }) });`,
  });
}

function printField(field: Field): string {
  const [last = "", ...parents] = [...field.path].reverse();
  const leaf =
    field.kind === "choice"
      ? `${last}: ${printLabels(field.labels)};`
      : `${printTags(field)}\n${last}: ${field.length === null ? "number" : `Vec<${field.length}>`};`;
  return parents.reduce((inner, name) => `${name}: {\n${inner}\n};`, leaf);
}

function printTags({ description, unit, range, clip }: NumberField): string {
  const unitTag = unit === "" ? "" : `@unit ${unit} `;
  const clipTag = clip === range ? "" : `@clip ${clip.minimum} ${clip.maximum} `;
  return `/** ${description} ${unitTag}@range ${range.minimum} ${range.maximum} ${clipTag}*/`;
}

function printLabels(labels: readonly string[]): string {
  return labels.map((label) => JSON.stringify(label)).join(" | ");
}
