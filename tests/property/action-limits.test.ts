// The last word on actions, in C and in TypeScript: the same bits for any action after any other, numbers or not; and neutral within
// ROBOT_NEUTRAL_TICKS from all of them. Robots are made up; the generated robot.c is compiled and run.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { channelLimits, channelNeutralTicks, LONGEST_NEUTRAL_SECONDS } from "../../src/artifacts/action-limits.ts";
import { limitAction, neutralAction, neutralTicks } from "../../src/artifacts/action-limits.ts";
import { actionWidth, fieldOfChannel, type ActionSpec, type NumberField, type RobotSpec } from "../../src/artifacts/robot-spec.ts";
import { testRobot } from "../conformance/robot.ts";
import { requires } from "../requires.ts";
import { runRobot } from "./robot-program.ts";

/** Reads cases: an action, whether there was one before, and that one. Answers each with the limited action and, from there, the
 * ticks that neutral is away. */
const MAIN = `#include <stdio.h>
#include "robot.h"

static void
put(const robot_action* action) {
    uint8_t bytes[ROBOT_ACTION_BYTES];

    robot_action_to_wire(action, bytes);
    fwrite(bytes, 1, sizeof(bytes), stdout);
}

static uint32_t
ticks_to_neutral(robot_action from) {
    uint8_t here[ROBOT_ACTION_BYTES];
    uint8_t goal[ROBOT_ACTION_BYTES];
    robot_action neutral;
    uint32_t ticks = 0;
    int same = 0;

    robot_neutral(&neutral);
    robot_action_to_wire(&neutral, goal);
    while (!same && ticks <= ROBOT_NEUTRAL_TICKS) {
        robot_action next = neutral;

        robot_limit(&next, &from);
        from = next;
        ticks++;
        robot_action_to_wire(&from, here);
        same = 1;
        for (size_t i = 0; i < sizeof(here); i++) {
            same = same && here[i] == goal[i];
        }
    }
    return ticks;
}

int
main(void) {
    uint8_t bytes[2 * ROBOT_ACTION_BYTES + 1];
    robot_action action;
    robot_action previous;

    robot_neutral(&action);
    put(&action);
    while (fread(bytes, 1, sizeof(bytes), stdin) == sizeof(bytes)) {
        uint32_t ticks;

        (void)robot_action_from_wire(bytes, &action);
        (void)robot_action_from_wire(bytes + ROBOT_ACTION_BYTES + 1, &previous);
        robot_limit(&action, bytes[ROBOT_ACTION_BYTES] ? &previous : NULL);
        put(&action);
        ticks = ticks_to_neutral(previous);
        fwrite(&ticks, sizeof(ticks), 1, stdout);
    }
    return 0;
}
`;

interface Case {
  readonly action: Float32Array;
  readonly previous: Float32Array | null;
}

const field: fc.Arbitrary<NumberField> = fc
  .record({
    minimum: fc.constantFrom(-1, 0, -180, 10, -1e6, 0.001),
    width: fc.constantFrom(1, 2, 0.25, 170, 3e5),
    share: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    slew: fc.option(fc.double({ min: 0.001, max: 4, noNaN: true })),
    length: fc.option(fc.constantFrom(1, 3)),
  })
  .map(({ minimum, width, share, slew, length }) => ({
    kind: "number",
    path: ["field"],
    length,
    range: { minimum, maximum: minimum + width },
    clip: { minimum, maximum: minimum + width },
    unit: "",
    neutral: share === null ? null : Math.min(minimum + share * width, minimum + width),
    slewPerSecond: slew === null ? null : slew * width,
    mirror: null,
    description: "",
  }));

/** What the parser accepts: neutral in time. */
function inTime(one: NumberField, rateHz: number): boolean {
  return channelNeutralTicks(channelLimits(one, rateHz), LONGEST_NEUTRAL_SECONDS * rateHz) !== null;
}

const continuous: fc.Arbitrary<RobotSpec> = fc
  .record({ rateHz: fc.constantFrom(1, 9, 50, 333), fields: fc.array(field, { minLength: 1, maxLength: 4 }) })
  .map(({ rateHz, fields }) => {
    const named = fields.map((each, index) => ({ ...each, path: ["part", `field${index}`] }));
    const action: ActionSpec = {
      kind: "continuous",
      fields: named.map((each) => (inTime(each, rateHz) ? each : { ...each, slewPerSecond: null })),
    };
    return { ...testRobot("continuous").spec, rateHz, action };
  });

function casesOf(spec: RobotSpec): fc.Arbitrary<readonly Case[]> {
  const fields = spec.action.kind === "continuous" ? fieldOfChannel(spec.action.fields) : [];
  const ends = fields.flatMap((each) => (each.kind === "number" ? [each.range.minimum, each.range.maximum] : []));
  const number = fc.oneof(fc.float(), fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 1e-45, ...ends.map(Math.fround)));
  const value = fields.length === 0 ? fc.integer({ min: 0, max: 255 }) : fc.oneof(number, withinEnds(ends));
  const flat = fc.array(value, { minLength: actionWidth(spec), maxLength: actionWidth(spec) }).map((each) => Float32Array.from(each));
  return fc.array(fc.record({ action: flat, previous: fc.option(flat) }), { minLength: 300, maxLength: 300 });
}

function withinEnds(ends: readonly number[]): fc.Arbitrary<number> {
  return fc.double({ min: Math.min(...ends), max: Math.max(...ends), noNaN: true });
}

/** The program's answers: the neutral action, then for each case the limited action and the ticks to neutral. */
async function runC(spec: RobotSpec, cases: readonly Case[]): Promise<Buffer> {
  const input = Buffer.concat(
    cases.flatMap(({ action, previous }) => [wire(spec, action), Buffer.of(previous === null ? 0 : 1), wire(spec, previous ?? action)]),
  );
  return runRobot(spec, MAIN, input);
}

/** With the very bits of what is no number, unlike link/wire.ts, which writes labels only. */
function wire(spec: RobotSpec, action: Float32Array): Buffer {
  return spec.action.kind === "discrete" ? Buffer.from(action) : Buffer.from(action.slice().buffer);
}

async function compare(spec: RobotSpec, cases: readonly Case[]): Promise<void> {
  const answers = await runC(spec, cases);
  const bytes = wire(spec, neutralAction(spec)).length;
  expect(answers.length).toBe(bytes + cases.length * (bytes + 4));
  expect(answers.subarray(0, bytes)).toEqual(wire(spec, neutralAction(spec)));
  let most = 0;
  cases.forEach(({ action, previous }, index) => {
    const offset = bytes + index * (bytes + 4);
    const expected = wire(spec, limitAction(spec, action, previous));
    expect({ action, previous, limited: answers.subarray(offset, offset + bytes) }).toEqual({ action, previous, limited: expected });
    most = Math.max(most, answers.readUInt32LE(offset + bytes));
  });
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(neutralTicks(spec));
}

describe.skipIf(requires("cc", "c++"))("robot_limit and robot_neutral", () => {
  test("of numbers do what limitAction and neutralAction do", async () => {
    const robots = continuous.chain((spec) => casesOf(spec).map((cases) => ({ spec, cases })));
    await fc.assert(
      fc.asyncProperty(robots, ({ spec, cases }) => compare(spec, cases)),
      { numRuns: 12, endOnFailure: true },
    );
  }, 120_000);

  test.each(["stop", null])("of labels do, too, with %s as neutral", async (neutral) => {
    const { spec } = testRobot("discrete");
    if (spec.action.kind !== "discrete") throw new Error("labels");
    const labels = Array.from({ length: 256 }, (_, label) => Float32Array.of(label));
    await compare(
      { ...spec, action: { ...spec.action, neutral } },
      labels.flatMap((action) => [
        { action, previous: null },
        { action, previous: Float32Array.of(1) },
      ]),
    );
  });
});
