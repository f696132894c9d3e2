// Correct robots of every kind come out as they were written.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_SAFETY, schemaHash } from "../artifacts/robot-spec.ts";
import type { ActionSpec, Field, Interval, NumberField, RobotSpec } from "../artifacts/robot-spec.ts";
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
    expect(acting(tagged).action).toEqual({ kind: "discrete", labels, neutral: "turn left" });
    expect(acting(`export type Action = "turn left" | "stop";`).action).toEqual({ kind: "discrete", labels, neutral: null });
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
      action: { kind: "discrete", labels: ["go"], neutral: null },
      policy: { kind: "mlp", hidden: [4], activation: "tanh" },
      safety: DEFAULT_SAFETY,
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
      fields: [{ path: ["shoulder"], range: { minimum: -1, maximum: 1 }, neutral: 0, slewPerSecond: 8 }, { path: ["elbow"] }],
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
  const observed = (path: readonly string[]): fc.Arbitrary<NumberField> =>
    details.map(({ range, clipped, length, unit, description }) => {
      const middle = (range.minimum + range.maximum) / 2;
      return {
        kind: "number",
        path,
        length,
        range,
        clip: clipped ? { minimum: middle, maximum: range.maximum } : range,
        unit,
        neutral: null,
        slewPerSecond: null,
        description,
      };
    });
  /** A slew that takes a thousandth of a second at least is fast enough at any rate. */
  const acted = (path: readonly string[]): fc.Arbitrary<NumberField> =>
    fc
      .tuple(observed(path), fc.option(fc.constantFrom(0, 0.25, 1)), fc.option(fc.integer({ min: 1001, max: 1e6 })))
      .map(([one, share, slew]): NumberField => {
        const { minimum, maximum } = one.range;
        const neutral = share === null ? null : share === 1 ? maximum : minimum + share * (maximum - minimum);
        return { ...one, neutral, slewPerSecond: slew === null ? null : slew * (maximum - minimum) };
      });
  const field = (path: readonly string[]): fc.Arbitrary<Field> =>
    fc.oneof(
      observed(path),
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
      fc
        .tuple(labels, fc.boolean())
        .map(([each, named]): ActionSpec => ({ kind: "discrete", labels: each, neutral: named ? (each.at(-1) ?? null) : null })),
      list(acted).map((fields): ActionSpec => ({ kind: "continuous", fields })),
    ),
    policy: fc.record({
      kind: fc.constant("mlp" as const),
      hidden: fc.array(fc.integer({ min: 1, max: 512 }), { maxLength: 8 }),
      activation: fc.constantFrom("relu", "tanh"),
    }),
    safety: fc.record({
      autonomous: fc.boolean(),
      linkTimeoutMs: fc.integer({ min: 100, max: 60_000 }),
      staleTicks: fc.integer({ min: 0, max: 100 }),
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
  const neutral = spec.action.kind === "discrete" ? spec.action.neutral : null;
  const action =
    spec.action.kind === "discrete"
      ? `type Action = ${printLabels(spec.action.labels)};`
      : `interface Action {\n${spec.action.fields.map(printField).join("\n")}\n}`;
  return robotSource({
    observation: `export interface Observation {\n${spec.observation.map(printField).join("\n")}\n}`,
    action: neutral === null ? `export ${action}` : `/** @neutral ${neutral} */\nexport ${action}`,
    definition: `export default defineRobot({ name: "${spec.name}", rateHz: ${spec.rateHz}, policy: mlp(${JSON.stringify(hidden)}, { activation: "${activation}" }), ${JSON.stringify(spec.safety).slice(1)});`,
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

function printTags({ description, unit, range, clip, neutral, slewPerSecond }: NumberField): string {
  const unitTag = unit === "" ? "" : `@unit ${unit} `;
  const clipTag = clip === range ? "" : `@clip ${clip.minimum} ${clip.maximum} `;
  const neutralTag = neutral === null ? "" : `@neutral ${neutral} `;
  const slewTag = slewPerSecond === null ? "" : `@slew ${slewPerSecond} `;
  return `/** ${description} ${unitTag}@range ${range.minimum} ${range.maximum} ${clipTag}${neutralTag}${slewTag}*/`;
}

function printLabels(labels: readonly string[]): string {
  return labels.map((label) => JSON.stringify(label)).join(" | ");
}
