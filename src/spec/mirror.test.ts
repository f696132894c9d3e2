// What @mirror says of fields and labels, and every mistake that it can hold.

import { describe, expect, it } from "vitest";
import { hasMirrorImage, schemaHash, type NumberField, type RobotSpec } from "../artifacts/robot-spec.ts";
import { diagnosticsOf, expectMistake, observing, robotSource, specOf, type Mistake, type RobotPieces } from "./testing.ts";

const acting = (tags: string): RobotPieces => ({ action: `/** ${tags} */\nexport type Action = "left" | "slow left" | "right" | "stop";` });
const mirrors = ({ observation }: RobotSpec): readonly NumberField["mirror"][] =>
  observation.map((field) => (field.kind === "number" ? field.mirror : null));

describe("@mirror", () => {
  it("negates, swaps and reverses", () => {
    const fields = `
      /** Turning. @mirror negate @range -2 2 @clip -1 1 @unit rad/s */ turn: number;
      imu: { /** @range 0 5 @mirror swap far */ near: Vec<2> };
      /** @range 0 5 @mirror swap imu.near */ far: Vec<2>;
      /** @range 0 5 @mirror reverse */ row: Vec<4>;
      /** @range 0 5 @mirror reverse 12 */ ring: Vec<24>;
      /** @range 0 5 @mirror reverse 0.5 */ between: Vec<24>;
      /** @range 0 5 */ front: number;`;
    expect(mirrors(specOf(robotSource(observing(fields))))).toEqual([
      { kind: "negate" },
      { kind: "swap", path: ["far"] },
      { kind: "swap", path: ["imu", "near"] },
      { kind: "reverse", axis: 1.5 },
      { kind: "reverse", axis: 12 },
      { kind: "reverse", axis: 0.5 },
      null,
    ]);
  });

  it("pairs labels, and may say that none changes", () => {
    const mirror = (tags: string): unknown => {
      const { action } = specOf(robotSource(acting(tags)));
      return action.kind === "discrete" ? action.mirror : undefined;
    };
    expect(mirror("@neutral stop @mirror left=right")).toEqual([["left", "right"]]);
    expect(mirror("@mirror slow left = right, left=stop")).toEqual([
      ["slow left", "right"],
      ["left", "stop"],
    ]);
    expect(mirror("@mirror")).toEqual([]);
    expect(mirror("One a tick.")).toBeNull();
  });

  it("is no part of the schema", () => {
    const plain = specOf(robotSource({ ...observing("/** @range -1 1 */\nturn: number;"), ...acting("") }));
    const mirrored = specOf(
      robotSource({ ...observing("/** @range -1 1 @mirror negate */\nturn: number;"), ...acting("@mirror left=right") }),
    );
    expect(mirrored).not.toEqual(plain);
    expect(schemaHash(mirrored)).toBe(schemaHash(plain));
    expect([hasMirrorImage(plain), hasMirrorImage(mirrored)]).toEqual([false, true]);
  });

  it("of one side alone is warned of, and does nothing", () => {
    const source = robotSource(observing("/** @range -1 1 @mirror negate */\nturn: number;"));
    expect(diagnosticsOf(source)).toMatchObject([
      { code: "spec-half-mirror", severity: "warning", hint: expect.stringContaining("left=right") as string },
    ]);
    expect(hasMirrorImage(specOf(source))).toBe(false);
    expect(diagnosticsOf(robotSource(acting("@mirror left=right")))).toMatchObject([{ code: "spec-half-mirror" }]);
  });
});

/** A number on line 4, what its comment says on line 3. */
const reading = (tags: string, type = "number"): RobotPieces => observing(`/** @range -1 1\n ${tags} */\na: ${type};`);
const pair = (tags: string, other: string): RobotPieces => observing(`/** @range -1 1\n${tags} */\na: number;\n${other}`);

const MISTAKES: readonly Mistake[] = [
  ["that says nothing", reading("@mirror"), "spec-mirror", 4],
  ["of an unknown kind", reading("@mirror flip"), "spec-mirror", 4],
  ["that negates something", reading("@mirror negate a"), "spec-mirror", 4],
  ["that negates a skewed range", observing("/** @range 0 5\n@mirror negate */\na: number;"), "spec-mirror", 4],
  ["that negates a skewed clip", reading("@clip -1 0.5\n@mirror negate"), "spec-mirror", 5],
  ["that reverses a number", reading("@mirror reverse"), "spec-mirror", 4],
  ["that reverses around a word", reading("@mirror reverse front", "Vec<4>"), "spec-mirror", 4],
  ["that reverses around nothing there", reading("@mirror reverse 4", "Vec<4>"), "spec-mirror", 4],
  ["that reverses around a negative index", reading("@mirror reverse -1", "Vec<4>"), "spec-mirror", 4],
  ["that reverses around a third", reading("@mirror reverse 1.3", "Vec<4>"), "spec-mirror", 4],
  ["that swaps with nothing", reading("@mirror swap"), "spec-mirror", 4],
  ["that swaps with what isn't there", reading("@mirror swap b"), "spec-mirror", 4],
  ["that swaps with itself", reading("@mirror swap a"), "spec-mirror", 4],
  ["that swaps with a choice", pair("@mirror swap b", `b: "x";`), "spec-mirror", 4],
  ["that swaps one way", pair("@mirror swap b", "/** @range -1 1 */ b: number;"), "spec-mirror", 4],
  ["that swaps with what is negated", pair("@mirror swap b", "/** @range -1 1 @mirror negate */ b: number;"), "spec-mirror", 4],
  ["above a choice", observing(`/** @mirror negate */\ndoor: "a" | "b";`), "spec-misplaced-tag", 3],
  ["above an interface", observing("/** @mirror negate */\nimu: { /** @range 0 1 */ a: number };"), "spec-misplaced-tag", 3],
  ["above Observation", { observation: `/** @mirror negate */\nexport interface Observation { door: "a" }` }, "spec-misplaced-tag", 2],
  ["of an unknown label", acting("@mirror left=up"), "spec-mirror", 5],
  ["of a label alone", acting("@mirror left"), "spec-mirror", 5],
  ["of three labels", acting("@mirror left=right=stop"), "spec-mirror", 5],
  ["of a label twice", acting("@mirror left=right, left=stop"), "spec-mirror", 5],
  ["of a label and itself", acting("@mirror left=left"), "spec-mirror", 5],
  ["that ends with a comma", acting("@mirror left=right,"), "spec-mirror", 5],
];

describe("a wrong @mirror", () => {
  for (const mistake of MISTAKES) {
    const [name] = mistake;
    it(name, () => {
      expectMistake(mistake);
    });
  }

  it("is told at both fields where they differ", () => {
    const fields = "/** @range 0 5 @mirror swap b */\na: number;\n/** @range 0 6 @mirror swap a */\nb: number;";
    expect(diagnosticsOf(robotSource(observing(fields))).map(({ code, where }) => [code, where?.line])).toEqual([
      ["spec-mirror", 3],
      ["spec-mirror", 5],
    ]);
  });

  it("of a choice is told what to write instead", () => {
    const [diagnostic] = diagnosticsOf(robotSource(observing(`/** @mirror swap b */\ndoor: "a" | "b";`)));
    expect(diagnostic?.hint).toContain("@mirror swap");
  });
});
