// Every mistake that a robot.ts can hold, each with the code, the line and a remedy.

import { describe, expect, it } from "vitest";
import { MAXIMUM_CHANNELS } from "../artifacts/robot-spec.ts";
import { MAXIMUM_LABELS } from "./labels.ts";
import { diagnosticsOf, expectMistake, observing, robotSource, type Mistake, type RobotPieces } from "./testing.ts";

const labels = (count: number): string => Array.from({ length: count }, (_, index) => `"label-${index}"`).join(" | ");
const defined = (body: string): RobotPieces => ({ definition: `export default defineRobot({\n${body}\n});` });
const acting = (action: string): RobotPieces => ({ action });

const FIELD_MISTAKES: readonly Mistake[] = [
  ["no range", observing("front: number;"), "spec-missing-range", 3],
  ["no range behind a clip", observing("/** @clip 0 1 */\nfront: number;"), "spec-missing-range", 4],
  ["no range on a vector", observing("range: Vec<3>;"), "spec-missing-range", 3],
  ["a range of one number", observing("/** Near.\n * @range 5 */\nfront: number;"), "spec-bad-interval", 4],
  ["a range of words", observing("/** @range low high */\nfront: number;"), "spec-bad-interval", 3],
  ["a range of dots", observing("/** @range 0..5 */\nfront: number;"), "spec-bad-interval", 3],
  ["a range with a tail", observing("/** @range 0 5 metres */\nfront: number;"), "spec-bad-interval", 3],
  ["an empty range", observing("/** @range */\nfront: number;"), "spec-bad-interval", 3],
  ["an infinite range", observing("/** @range 0 Infinity */\nfront: number;"), "spec-bad-interval", 3],
  ["a reversed range", observing("/** @range 5 0 */\nfront: number;"), "spec-interval-reversed", 3],
  ["a range without width", observing("/** @range 5 5 */\nfront: number;"), "spec-interval-precision", 3],
  ["a range narrower than single precision", observing("/** @range 1000000 1000000.001 */\nfront: number;"), "spec-interval-precision", 3],
  ["a range wider than single precision", observing("/** @range 0 1e39 */\nfront: number;"), "spec-interval-precision", 3],
  ["a reversed clip", observing("/** @range 0 5\n @clip 2 1 */\nfront: number;"), "spec-interval-reversed", 4],
  ["a clip that is no numbers", observing("/** @range 0 5\n @clip near */\nfront: number;"), "spec-bad-interval", 4],
  ["a clip below the range", observing("/** @range 0 5\n @clip -1 1 */\nfront: number;"), "spec-clip-outside-range", 4],
  ["a clip above the range", observing("/** @range 0 5 @clip 0 6 */\nfront: number;"), "spec-clip-outside-range", 3],
  ["an empty unit", observing("/** @unit @range 0 5 */\nfront: number;"), "spec-empty-unit", 3],
  ["a tag given twice", observing("/** @range 0 5\n @range 0 6 */\nfront: number;"), "spec-duplicate-tag", 4],
  ["a range on a choice", observing(`/** @range 0 1 */\ndoor: "open" | "closed";`), "spec-misplaced-tag", 3],
  ["a range on an interface", observing("/** @range 0 1 */\nimu: {\n/** @range 0 1 */\npitch: number };"), "spec-misplaced-tag", 3],
  ["an optional field", observing("/** @range 0 5 */\nfront?: number;"), "spec-optional-field", 4],
  ["a field that may be undefined", observing("/** @range 0 5 */\nfront: number | undefined;"), "spec-optional-field", 4],
  ["a field that may be null", observing(`door: "open" | null;`), "spec-optional-field", 3],
  ["a boolean", observing("bumper: boolean;"), "spec-boolean", 3],
  ["true or false", observing("bumper: true;"), "spec-boolean", 3],
  ["any", observing("front: any;"), "spec-unsupported-type", 3],
  ["no type", observing("front;"), "spec-unsupported-type", 3],
  ["a string", observing("front: string;"), "spec-unsupported-type", 3],
  ["bigint", observing("front: bigint;"), "spec-unsupported-type", 3],
  ["an array", observing("front: number[];"), "spec-unsupported-type", 3],
  ["a readonly array", observing("front: readonly number[];"), "spec-unsupported-type", 3],
  ["a generic array", observing("front: Array<number>;"), "spec-unsupported-type", 3],
  ["a typed array", observing("front: Float32Array;"), "spec-unsupported-type", 3],
  ["a tuple", observing("front: [number, number];"), "spec-unsupported-type", 3],
  ["a date", observing("front: Date;"), "spec-unsupported-type", 3],
  ["a function", observing("front: () => number;"), "spec-unsupported-type", 3],
  ["a type that nobody declares", observing("front: Metres;"), "spec-unsupported-type", 3],
  ["numbers as labels", observing("gear: 1 | 2;"), "spec-unsupported-type", 3],
  ["labels and a number", observing(`front: "none" |\nnumber;`), "spec-unsupported-type", 3],
  ["an intersection", observing(`front: { a: "x" } & { b: "y" };`), "spec-unsupported-type", 3],
  ["a method", observing("front(): number;"), "spec-unsupported-member", 3],
  ["an index signature", observing("[name: string]: number;"), "spec-unsupported-member", 3],
  ["an enum", { observation: "enum Door { Open }\nexport interface Observation {\ndoor: Door }" }, "spec-unsupported-type", 4],
  ["a class", { observation: "class Door {}\nexport interface Observation {\ndoor: Door }" }, "spec-unsupported-type", 4],
  [
    "a generic",
    { observation: "interface Of<T> { a: T }\nexport interface Observation {\ndoor: Of<number> }" },
    "spec-unsupported-type",
    4,
  ],
  [
    "a Vec of one's own",
    { observation: "type Wec<N> = N;\nexport interface Observation {\n/** @range 0 1 */ x: Wec<3> }" },
    "spec-unsupported-type",
    4,
  ],
  ["a hyphen in a name", observing(`/** @range 0 5 */\n"front-left": number;`), "spec-field-name", 4],
  ["a dollar in a name", observing("/** @range 0 5 */\n$front: number;"), "spec-field-name", 4],
  ["a number as name", observing("/** @range 0 5 */\n1: number;"), "spec-field-name", 4],
  ["a computed name", observing(`/** @range 0 5 */\n["front"]: number;`), "spec-field-name", 4],
  ["a letter beyond ASCII", observing("/** @range 0 5 */\ngröße: number;"), "spec-field-name", 4],
  ["a keyword of C", observing("/** @range 0 5 */\nfloat: number;"), "spec-reserved-name", 4],
  ["a keyword of C++", observing("/** @range 0 5 */\nclass: number;"), "spec-reserved-name", 4],
  ["a field given twice", observing("/** @range 0 5 */\na: number;\n/** @range 0 5 */\na: number;"), "spec-duplicate-field", 6],
  [
    "fields that differ by case",
    observing("/** @range 0 5 */\nfrontLeft: number;\n/** @range 0 5 */\nfrontleft: number;"),
    "spec-similar-fields",
    6,
  ],
  [
    "a path like another name",
    observing("/** @range 0 5 */\nimu_x: number;\nimu: {\n/** @range 0 1 */\nx: number };"),
    "spec-similar-fields",
    7,
  ],
  ["a Vec of no length", observing("/** @range 0 5 */\nrange: Vec;"), "spec-vector-length", 4],
  ["a Vec of number", observing("/** @range 0 5 */\nrange: Vec<number>;"), "spec-vector-length", 4],
  ["a Vec of zero", observing("/** @range 0 5 */\nrange: Vec<0>;"), "spec-vector-length", 4],
  ["a Vec of half", observing("/** @range 0 5 */\nrange: Vec<1.5>;"), "spec-vector-length", 4],
  ["a negative Vec", observing("/** @range 0 5 */\nrange: Vec<-3>;"), "spec-vector-length", 4],
  ["a huge Vec", observing(`/** @range 0 5 */\nrange: Vec<${MAXIMUM_CHANNELS + 1}>;`), "spec-vector-length", 4],
  [
    "vectors huge together",
    observing(`/** @range 0 5 */\na: Vec<${MAXIMUM_CHANNELS}>;\n/** @range 0 5 */\nb: Vec<1>;`),
    "spec-too-many-channels",
    2,
  ],
  [
    "more fields than a person reads",
    observing(Array.from({ length: 1025 }, (_, index) => `/** @range 0 5 */\nf${index}: number;`).join("\n")),
    "spec-too-many-channels",
    2,
  ],
  ["an empty label", observing(`door: "open" |\n"";`), "spec-bad-label", 4],
  ["a label of signs", observing(`door: "open" |\n"!?";`), "spec-bad-label", 4],
  ["a label with a line break", observing(`door: "open" |\n"a\\nb";`), "spec-bad-label", 4],
  ["a label given twice", observing(`door: "open" |\n"open";`), "spec-duplicate-label", 4],
  ["labels that C can't tell apart", observing(`door: "half-open" |\n"halfOpen";`), "spec-similar-labels", 4],
  ["too many labels", observing(`door: ${labels(MAXIMUM_LABELS + 1)};`), "spec-too-many-labels", 3],
  ["a nested mistake", observing("imu: {\n/** @range 0 5 */\npitch: number;\nroll: number };"), "spec-missing-range", 6],
  ["an empty interface in a field", observing("imu: {};"), "spec-empty-interface", 3],
  [
    "an interface in itself",
    { observation: "interface Imu {\nimu: Imu }\nexport interface Observation {\nimu: Imu }" },
    "spec-recursive-type",
    3,
  ],
  ["an alias of itself", { observation: "type Imu =\nImu;\nexport interface Observation {\nimu: Imu }" }, "spec-recursive-type", 3],
  ["an interface that extends itself", { observation: "export interface Observation\nextends Observation {}" }, "spec-recursive-type", 3],
  [
    "an interface that extends labels",
    { observation: `type Door = "a";\nexport interface Observation\nextends Door {}` },
    "spec-unsupported-type",
    4,
  ],
];

const moving = (tags: string): RobotPieces => acting(`export interface Action {\n/** @range -1 1\n${tags} */\nspeed: number }`);
const defining = (option: string): RobotPieces => defined(`name: "robot", rateHz: 20, policy: mlp([8]),\n${option}`);

const LIMIT_MISTAKES: readonly Mistake[] = [
  ["a slew of nothing", moving("@slew"), "spec-bad-slew", 7],
  ["a slew of zero", moving("@slew 0"), "spec-bad-slew", 7],
  ["a negative slew", moving("@slew -2"), "spec-bad-slew", 7],
  ["a slew with a unit", moving("@slew 2 m/s"), "spec-bad-slew", 7],
  ["an infinite slew", moving("@slew 1e999"), "spec-bad-slew", 7],
  ["a slew that takes more than a minute", moving("@slew 0.015"), "spec-slew-slow", 7],
  [
    "a slew that single precision can't follow",
    acting("export interface Action {\n/** @range 1000000 1000010\n@slew 0.2 */\nspeed: number }"),
    "spec-slew-slow",
    7,
  ],
  ["a neutral of nothing", moving("@neutral"), "spec-bad-neutral", 7],
  ["a neutral word", moving("@neutral stop"), "spec-bad-neutral", 7],
  ["a neutral below the range", moving("@neutral -1.001"), "spec-neutral-outside-range", 7],
  ["a neutral above the range", moving("@neutral 2"), "spec-neutral-outside-range", 7],
  ["a neutral that is no label", acting(`/** @neutral halt */\nexport type Action = "go" | "stop";`), "spec-neutral-label", 5],
  ["a neutral label of nothing", acting(`/** @neutral */\nexport type Action = "go" | "stop";`), "spec-neutral-label", 5],
  ["a slew of labels", acting(`/** @slew 2 */\nexport type Action = "go" | "stop";`), "spec-misplaced-tag", 5],
  ["a range of labels", acting(`/** @range 0 1 */\nexport type Action = "go" | "stop";`), "spec-misplaced-tag", 5],
  [
    "a neutral above all of Action",
    acting("/** @neutral 0 */\nexport interface Action {\n/** @range 0 1 */\na: number }"),
    "spec-misplaced-tag",
    5,
  ],
  [
    "a slew of a vector's interface",
    acting("export interface Action {\n/** @slew 1 */\narm: {\n/** @range 0 1 */\na: number } }"),
    "spec-misplaced-tag",
    6,
  ],
  ["a slew of an observation", observing("/** @range 0 5\n@slew 2 */\nfront: number;"), "spec-misplaced-tag", 4],
  ["a neutral observation", observing("/** @range 0 5\n@neutral 2 */\nfront: Vec<2>;"), "spec-misplaced-tag", 4],
  ["a neutral label observed", observing(`/** @neutral a */\ndoor: "a" | "b";`), "spec-misplaced-tag", 3],
  ["a tag above Observation", { observation: `/** @range 0 1 */\nexport interface Observation { door: "a" }` }, "spec-misplaced-tag", 2],
  ["autonomous as a word", defining(`autonomous: "yes"`), "spec-safety", 8],
  ["autonomous as a call", defining("autonomous: Boolean(1)"), "spec-safety", 8],
  ["a link timeout below", defining("linkTimeoutMs: 99"), "spec-safety", 8],
  ["a link timeout above", defining("linkTimeoutMs: 60001"), "spec-safety", 8],
  ["a link timeout in seconds", defining("linkTimeoutMs: 0.5"), "spec-safety", 8],
  ["stale ticks below", defining("staleTicks: -1"), "spec-safety", 8],
  ["stale ticks above", defining("staleTicks: 101"), "spec-safety", 8],
  ["half a stale tick", defining("staleTicks: 1.5"), "spec-safety", 8],
];

const FILE_MISTAKES: readonly Mistake[] = [
  ["no Observation", { observation: "" }, "spec-no-observation", 1],
  ["an Observation that isn't exported", { observation: "interface Observation { a: number }" }, "spec-not-exported", 2],
  ["an Observation of labels", { observation: `export type Observation = "a" | "b";` }, "spec-observation", 2],
  ["an Observation that is a number", { observation: "export type Observation = number;" }, "spec-observation", 2],
  ["an Observation that is a class", { observation: "export class Observation {}" }, "spec-not-a-type", 2],
  ["an empty Observation", { observation: "export interface Observation {}" }, "spec-empty-interface", 2],
  ["no Action", acting(""), "spec-no-action", 1],
  ["an Action that isn't exported", acting(`type Action = "go";`), "spec-not-exported", 5],
  ["an empty Action", acting("export interface Action {}"), "spec-empty-interface", 5],
  ["an Action that is a number", acting("export type Action = number;"), "spec-action", 5],
  ["an Action that is a string", acting("export type Action = string;"), "spec-unsupported-type", 5],
  ["an Action that is boolean", acting("export type Action = boolean;"), "spec-boolean", 5],
  ["an Action without range", acting("export interface Action {\nspeed: number }"), "spec-missing-range", 6],
  [
    "an Action with a choice",
    acting(`export interface Action {\n/** @range 0 1 */\nspeed: number; lamp: "on" | "off" }`),
    "spec-action-choice",
    5,
  ],
  ["an Action of too many labels", acting(`export type Action = ${labels(65)};`), "spec-too-many-labels", 5],
  ["an Action with a label twice", acting(`export type Action = "go" |\n"go";`), "spec-duplicate-label", 6],
  ["no default export", { definition: "" }, "spec-no-default", 6],
  ["two default exports", { definition: `${robotSource({}).split("\n").at(-1)}\nexport default 5;` }, "spec-two-defaults", 7],
  [
    "a default export before the robot's",
    { definition: `export default 5;\n${robotSource({}).split("\n").at(-1)}` },
    "spec-two-defaults",
    7,
  ],
  ["a default that is no robot", { definition: "export default { name: 1 };" }, "spec-no-define-robot", 6],
  ["a default function", { definition: "export default function robot() {}" }, "spec-no-define-robot", 6],
  ["a defineRobot of one's own", { definition: "const f = (x: unknown) => x;\nexport default f({});" }, "spec-no-define-robot", 7],
  ["defineRobot of nothing", { definition: "export default defineRobot();" }, "spec-not-literal", 6],
  ["defineRobot of a call", { definition: "export default defineRobot(make());" }, "spec-not-literal", 6],
  ["defineRobot with a spread", defined(`name: "robot", rateHz: 20, policy: mlp([8]),\n...more`), "spec-not-literal", 8],
  ["no name", defined("rateHz: 20, policy: mlp([8])"), "spec-missing-key", 6],
  ["no rate", defined(`name: "robot", policy: mlp([8])`), "spec-missing-key", 6],
  ["no policy", defined(`name: "robot", rateHz: 20`), "spec-missing-key", 6],
  ["an unknown key", defined(`name: "robot", rateHz: 20, policy: mlp([8]),\nrate: 5`), "spec-unknown-key", 8],
  ["a key given twice", defined(`name: "robot", rateHz: 20, policy: mlp([8]),\nrateHz: 5`), "spec-duplicate-key", 8],
  ["a name in camel case", defined(`name: "myRobot", rateHz: 20, policy: mlp([8])`), "spec-robot-name", 7],
  ["an empty name", defined(`name: "", rateHz: 20, policy: mlp([8])`), "spec-robot-name", 7],
  ["a long name", defined(`name: "${"r".repeat(33)}", rateHz: 20, policy: mlp([8])`), "spec-robot-name", 7],
  [
    "a name from a variable that can change",
    { definition: `let name = "robot";\nexport default defineRobot({ name, rateHz: 20, policy: mlp([8]) });` },
    "spec-robot-name",
    7,
  ],
  [
    "a name that is itself",
    { definition: `const name = name;\nexport default defineRobot({ name, rateHz: 20, policy: mlp([8]) });` },
    "spec-robot-name",
    7,
  ],
  ["a rate of zero", defined(`name: "robot",\nrateHz: 0, policy: mlp([8])`), "spec-rate", 8],
  ["a rate too fast", defined(`name: "robot",\nrateHz: 1001, policy: mlp([8])`), "spec-rate", 8],
  ["a negative rate", defined(`name: "robot",\nrateHz: -20, policy: mlp([8])`), "spec-rate", 8],
  ["a broken rate", defined(`name: "robot",\nrateHz: 12.5, policy: mlp([8])`), "spec-rate", 8],
  ["a rate that is a text", defined(`name: "robot",\nrateHz: "20", policy: mlp([8])`), "spec-rate", 8],
  ["a rate that is computed", defined(`name: "robot",\nrateHz: 4 * 5, policy: mlp([8])`), "spec-rate", 8],
  ["a syntax error", observing("front: number,,"), "spec-syntax", 3],
  ["a missing brace", { definition: "export default defineRobot({" }, "spec-syntax", 6],
  ["an import of nothing", { observation: `import "./missing.ts";\nexport interface Observation { door: "a" }` }, "spec-missing-import", 2],
];

describe("a wrong robot.ts", () => {
  for (const mistake of [...FIELD_MISTAKES, ...LIMIT_MISTAKES, ...FILE_MISTAKES]) {
    const [name] = mistake;
    it(`with ${name}`, () => {
      expectMistake(mistake);
    });
  }

  it("that is missing says how to get one", () => {
    const [diagnostic] = diagnosticsOf(undefined);
    expect(diagnostic).toMatchObject({ code: "spec-missing-file", where: { file: "robot.ts" } });
    expect(diagnostic?.hint).toContain("reflexarc init");
  });

  it("has all its mistakes told, in the order of the lines", () => {
    const source = robotSource({
      ...observing("front: number;\nbumper: boolean;\n/** @range 3 1 */\nback?: number;"),
      ...acting(`export type Action = "go" | "go";`),
      ...defined(`name: "My Robot", rateHz: 0, policy: mlp([0, 8, 9999])`),
    });
    expect(diagnosticsOf(source).map((each) => [each.code, each.where?.line])).toEqual([
      ["spec-missing-range", 3],
      ["spec-boolean", 4],
      ["spec-interval-reversed", 5],
      ["spec-optional-field", 6],
      ["spec-duplicate-label", 8],
      ["spec-robot-name", 10],
      ["spec-rate", 10],
      ["spec-hidden-layers", 10],
      ["spec-hidden-layers", 10],
    ]);
  });

  it("names the file that holds the mistake", () => {
    const source = robotSource({
      observation: `import type { Imu } from "./parts/imu.ts";\nexport interface Observation { imu: Imu; other: Imu }`,
    });
    const diagnostics = diagnosticsOf(source, { "parts/imu.ts": "export interface Imu {\n  pitch: number;\n}" });
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({ code: "spec-missing-range", where: { file: "parts/imu.ts", line: 2, column: 3 } });
  });

  it("names the file with the syntax error", () => {
    const source = robotSource({ observation: `import type { Imu } from "./imu.ts";\nexport interface Observation { imu: Imu }` });
    expect(diagnosticsOf(source, { "imu.ts": "export interface Imu {\n  pitch: ;\n}" })).toMatchObject([
      { code: "spec-syntax", where: { file: "imu.ts", line: 2 } },
    ]);
  });

  it("doesn't hang on interfaces that multiply", () => {
    const levels = Array.from({ length: 40 }, (_, level) => `interface L${level} { a: L${level + 1}; b: L${level + 1} }`);
    const source = robotSource({
      observation: [...levels, `interface L40 { door: "open" | "closed" }`, "export interface Observation { top: L0 }"].join("\n"),
    });
    expect(diagnosticsOf(source).map((each) => each.code)).toEqual(["spec-too-many-channels"]);
  });

  it("hints at the import when Vec is unknown, and at Vec where an array is meant", () => {
    const unknown = `export interface Observation {\n/** @range 0 1 */\nrange: Vec<3> }\n${robotSource({}).split("\n").slice(4).join("\n")}`;
    expect(diagnosticsOf(unknown)[0]?.hint).toContain("import");
    expect(diagnosticsOf(robotSource(observing("range: number[];")))[0]?.hint).toContain("Vec<");
  });

  it("is warned of tags that mean nothing, and read all the same", () => {
    const diagnostics = diagnosticsOf(robotSource(observing("/** @range 0 5\n * @clp 0 1 */\nfront: number;")));
    expect(diagnostics).toMatchObject([{ code: "spec-unknown-tag", severity: "warning", where: { line: 4, column: 4 } }]);
  });
});
