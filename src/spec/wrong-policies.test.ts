// Every mistake that a policy of robot.ts can hold, each with the code, the line and a remedy.

import { describe, expect, it } from "vitest";
import { diagnosticsOf, expectMistake, robotSource, type Mistake, type RobotPieces } from "./testing.ts";

/** The call begins on line 8. */
const policy = (call: string, more: RobotPieces = {}): RobotPieces => ({
  ...more,
  definition: `export default defineRobot({\nname: "robot", rateHz: 20, policy:\n${call}\n});`,
});
const steering: RobotPieces = { action: "export interface Action { /** @range -1 1 */ speed: number }" };
const seeing = (field: string): RobotPieces => ({ observation: `export interface Observation {\n/** @range 0 255 */\n${field} }` });

const OPTION_MISTAKES: readonly Mistake[] = [
  ["no call", policy("[32, 16]"), "spec-policy", 8],
  ["a call of one's own", policy("tree([32, 16])"), "spec-policy", 8],
  ["a third argument", policy("mlp([8], {},\n5)"), "spec-policy", 9],
  ["a second argument of temporal", policy("temporal({ window: 2, convolutions: [{ filters: 1, ticks: 1 }] },\n{})"), "spec-policy", 9],
  ["no hidden widths", policy("mlp()"), "spec-hidden-layers", 8],
  ["hidden widths that are no list", policy("mlp(32)"), "spec-hidden-layers", 8],
  ["a width of zero", policy("mlp([8,\n0])"), "spec-hidden-layers", 9],
  ["a width too large", policy("mlp([8,\n513])"), "spec-hidden-layers", 9],
  ["a width of half", policy("mlp([8,\n1.5])"), "spec-hidden-layers", 9],
  ["too many layers", policy("mlp([1, 2, 3, 4, 5, 6, 7, 8, 9])"), "spec-hidden-layers", 8],
  ["a wrong width behind a gru", policy("gru(8, {\nhidden: [0] })"), "spec-hidden-layers", 9],
  ["an unknown activation", policy(`mlp([8],\n{ activation: "gelu" })`), "spec-activation", 9],
  ["an activation that is a number", policy(`gru(8,\n{ activation: 1 })`), "spec-activation", 9],
  ["an unknown option", policy(`mlp([8],\n{ dropout: 0.5 })`), "spec-unknown-key", 9],
  ["an option of another architecture", policy(`mlp([8],\n{ window: 8 })`), "spec-unknown-key", 9],
  ["an option twice", policy(`mlp([8], { history: 2,\nhistory: 3 })`), "spec-duplicate-key", 9],
  ["options that are no object", policy(`mlp([8],\n"tanh")`), "spec-not-literal", 9],
  ["options that are computed", policy(`mlp([8],\n{ ...usual })`), "spec-not-literal", 9],
];

const ARCHITECTURE_MISTAKES: readonly Mistake[] = [
  ["a history of nothing", policy("mlp([8], {\nhistory: 0 })"), "spec-history", 9],
  ["a history too long", policy("mlp([8], {\nhistory: 65 })"), "spec-history", 9],
  ["half a tick of history", policy("mlp([8], {\nhistory: 1.5 })"), "spec-history", 9],
  ["temporal without options", policy("temporal()"), "spec-missing-key", 8],
  ["no window", policy("temporal({ convolutions: [{ filters: 4, ticks: 3 }] })"), "spec-missing-key", 8],
  ["a window of one tick", policy("temporal({ convolutions: [{ filters: 4, ticks: 1 }],\nwindow: 1 })"), "spec-window", 9],
  ["a window too long", policy("temporal({ convolutions: [{ filters: 4, ticks: 1 }],\nwindow: 129 })"), "spec-window", 9],
  ["no convolutions", policy("temporal({ window: 8 })"), "spec-missing-key", 8],
  ["an empty list of convolutions", policy("temporal({ window: 8,\nconvolutions: [] })"), "spec-convolutions", 9],
  ["convolutions that are no list", policy("temporal({ window: 8,\nconvolutions: 3 })"), "spec-convolutions", 9],
  ["a convolution that is no object", policy("temporal({ window: 8, convolutions: [\n16] })"), "spec-not-literal", 9],
  ["a convolution without ticks", policy("temporal({ window: 8, convolutions: [\n{ filters: 4 }] })"), "spec-missing-key", 9],
  ["a convolution without filters", policy("temporal({ window: 8, convolutions: [{ ticks: 4 }] })"), "spec-missing-key", 8],
  ["a convolution of no ticks", policy("temporal({ window: 8, convolutions: [{ filters: 4,\nticks: 0 }] })"), "spec-convolutions", 9],
  ["a stride of zero", policy("temporal({ window: 8, convolutions: [{ filters: 4, ticks: 2,\nstride: 0 }] })"), "spec-convolutions", 9],
  [
    "a convolution of channels",
    policy("temporal({ window: 8, convolutions: [{ filters: 4, ticks: 2,\nkernel: 3 }] })"),
    "spec-unknown-key",
    9,
  ],
  ["a window that is too short", policy("temporal({ window: 4, convolutions:\n[{ filters: 4, ticks: 5 }] })"), "spec-window", 9],
  [
    "a window that the strides use up",
    policy("temporal({ window: 8, convolutions:\n[{ filters: 4, ticks: 2, stride: 3 }, { filters: 4, ticks: 4 }] })"),
    "spec-window",
    9,
  ],
  ["no image", policy("vision({ height: 8, width: 8, filters: [4] })"), "spec-missing-key", 8],
  ["an image that is nowhere", policy(`vision({ height: 8, width: 8, filters: [4],\nimage: "camera" })`), "spec-image", 9],
  ["an image without a name", policy(`vision({ height: 8, width: 8, filters: [4],\nimage: 5 })`), "spec-image", 9],
  ["an image that is a number", policy(`vision({ height: 8, width: 8, filters: [4],\nimage: "front" })`), "spec-image", 9],
  [
    "an image that is a choice",
    policy(`vision({ height: 8, width: 8, filters: [4],\nimage: "eye" })`, {
      observation: `export interface Observation {\neye: "open"\n}`,
    }),
    "spec-image",
    9,
  ],
  [
    "an image of another size",
    policy(`vision({ height: 8, width: 8, filters: [4],\nimage: "camera" })`, seeing("camera: Vec<65>")),
    "spec-image",
    9,
  ],
  [
    "an image that has no mirror image",
    policy(`vision({ height: 8, width: 8, filters: [4],\nimage: "camera" })`, {
      observation:
        "export interface Observation { /** @range 0 255 */ camera: Vec<64>;\n/** @range -1 1 @mirror negate */\nspeed: number }",
      action: "export interface Action { /** @range -1 1 @mirror negate */ speed: number }",
    }),
    "spec-image",
    9,
  ],
  [
    "an image too low",
    policy(`vision({ width: 8, filters: [4], image: "camera",\nheight: 7 })`, seeing("camera: Vec<56>")),
    "spec-image",
    9,
  ],
  [
    "an image too wide",
    policy(`vision({ height: 8, filters: [4], image: "camera",\nwidth: 65 })`, seeing("camera: Vec<520>")),
    "spec-image",
    9,
  ],
  ["no filters", policy(`vision({ height: 8, width: 8, image: "camera" })`, seeing("camera: Vec<64>")), "spec-missing-key", 8],
  [
    "filters of zero",
    policy(`vision({ height: 8, width: 8, image: "camera",\nfilters: [0] })`, seeing("camera: Vec<64>")),
    "spec-filters",
    9,
  ],
  [
    "filters of no layer",
    policy(`vision({ height: 8, width: 8, image: "camera",\nfilters: [] })`, seeing("camera: Vec<64>")),
    "spec-filters",
    9,
  ],
  ["no units", policy("gru()"), "spec-units", 8],
  ["no units at all", policy("gru(\n0)"), "spec-units", 9],
  ["too many units", policy("gru(\n257)"), "spec-units", 9],
  ["units as a list", policy("gru(\n[24])"), "spec-units", 9],
];

const HEAD_MISTAKES: readonly Mistake[] = [
  ["a head of a name", policy(`mlp([8], {\nhead: "mixture" })`, steering), "spec-head", 9],
  ["a head that is not called", policy("mlp([8], {\nhead: gaussian })", steering), "spec-head", 9],
  ["a mixture of labels", policy("mlp([8], {\nhead: mixture(5) })"), "spec-head", 9],
  ["a gaussian of labels", policy("mlp([8], {\nhead: gaussian() })"), "spec-head", 9],
  ["a mixture of nothing", policy("mlp([8], {\nhead: mixture() })", steering), "spec-head", 9],
  ["a mixture of one", policy("mlp([8], { head: mixture(\n1) })", steering), "spec-head", 9],
  ["a mixture of many", policy("mlp([8], { head: mixture(\n17) })", steering), "spec-head", 9],
  ["a mixture of a list", policy("mlp([8], { head: mixture(\n[5]) })", steering), "spec-head", 9],
  ["a mixture of two numbers", policy("mlp([8], { head: mixture(5,\n5) })", steering), "spec-head", 9],
  ["a gaussian of something", policy("mlp([8], { head: gaussian(\n2) })", steering), "spec-head", 9],
  ["an ensemble of none", policy("mlp([8], {\nensemble: 0 })"), "spec-ensemble", 9],
  ["an ensemble of many", policy("mlp([8], {\nensemble: 9 })"), "spec-ensemble", 9],
  ["an ensemble of a word", policy(`mlp([8], {\nensemble: "three" })`), "spec-not-literal", 9],
  ["an ensemble without members", policy(`mlp([8, 8], {\nensemble: { trunk: "shared" } })`), "spec-missing-key", 9],
  ["an ensemble of half a member", policy("mlp([8], { ensemble: {\nmembers: 1.5 } })"), "spec-ensemble", 9],
  ["an ensemble with an unknown trunk", policy(`mlp([8, 8], { ensemble: { members: 3,\ntrunk: "half" } })`), "spec-ensemble", 9],
  ["a trunk of a single network", policy(`mlp([8, 8], { ensemble: { members: 1,\ntrunk: "shared" } })`), "spec-ensemble", 9],
  ["a trunk without a layer", policy(`mlp([8], { ensemble: { members: 3,\ntrunk: "shared" } })`), "spec-ensemble", 9],
];

describe("a wrong policy", () => {
  for (const mistake of [...OPTION_MISTAKES, ...ARCHITECTURE_MISTAKES, ...HEAD_MISTAKES]) {
    const [name] = mistake;
    it(`with ${name}`, () => {
      expectMistake(mistake);
    });
  }

  it("is told how long its window must be", () => {
    const [diagnostic] = diagnosticsOf(
      robotSource(policy("temporal({ window: 8, convolutions: [{ filters: 4, ticks: 2, stride: 3 }, { filters: 4, ticks: 4 }] })")),
    );
    // The last filter sees four places of the first, three ticks apart, of two ticks each: 3 * 3 + 2.
    expect(diagnostic).toMatchObject({
      message: "convolution 2 sees 4 ticks, and only 3 of the window are left",
      hint: "write window: 11 or more, or fewer ticks",
    });
  });

  it("is told how to import what it calls", () => {
    const source = robotSource(policy("gru(24, { head: mixture(3) })")).replace(/import .*/, `import { defineRobot } from "reflexarc";`);
    expect(diagnosticsOf(source)[0]?.hint).toContain(`import { defineRobot, gru } from "reflexarc"`);
  });

  it("has all its mistakes told at once", () => {
    const source = robotSource(policy(`gru(0, { hidden: [0], activation: "sine", head: mixture(5), ensemble: 9 })`));
    expect(diagnosticsOf(source).map((each) => each.code)).toEqual([
      "spec-units",
      "spec-hidden-layers",
      "spec-activation",
      "spec-head",
      "spec-ensemble",
    ]);
  });

  it("is told beside the mistakes of the fields", () => {
    const pieces = policy(`vision({ image: "camera", height: 8, width: 8, filters: [] })`, seeing("camera: boolean"));
    expect(diagnosticsOf(robotSource(pieces)).map((each) => each.code)).toEqual(["spec-boolean", "spec-image", "spec-filters"]);
  });
});
