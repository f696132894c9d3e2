// Range, slew and neutral of actions; tests/property/action-limits.test.ts holds the generated C to the same.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { channelLimits, channelNeutralTicks, limitAction, neutralAction, neutralTicks } from "./action-limits.ts";
import { DEFAULT_SAFETY, NO_ACTION, type NumberField, type RobotSpec } from "./robot-spec.ts";
import { mlpPolicy } from "./testing.ts";

function number(
  minimum: number,
  maximum: number,
  limits: Partial<Pick<NumberField, "neutral" | "slewPerSecond" | "length">> = {},
): NumberField {
  const range = { minimum, maximum };
  const usual = { length: null, neutral: null, slewPerSecond: null, mirror: null, unit: "", description: "" };
  return { kind: "number", path: ["x"], range, clip: range, ...usual, ...limits };
}

function robot(...fields: readonly NumberField[]): RobotSpec {
  return {
    name: "tester",
    rateHz: 10,
    observation: [number(0, 1)],
    action: { kind: "continuous", fields },
    policy: mlpPolicy([4]),
    safety: DEFAULT_SAFETY,
  };
}

function choosing(neutral: string | null): RobotSpec {
  return { ...robot(), action: { kind: "discrete", labels: ["go", "stop"], neutral, mirror: null } };
}

describe("neutral", () => {
  test("is what the spec says, else zero or the nearest value in range", () => {
    const spec = robot(number(-1, 1), number(10, 170), number(-9, -3), number(10, 170, { neutral: 90, length: 2 }));
    expect([...neutralAction(spec)]).toEqual([0, 10, -3, 90, 90]);
  });

  test("is the label that the spec names, else none", () => {
    expect([...neutralAction(choosing("stop"))]).toEqual([1]);
    expect([...neutralAction(choosing(null))]).toEqual([NO_ACTION]);
  });
});

describe("limits", () => {
  const spec = robot(number(-1, 1, { slewPerSecond: 2, neutral: 0.5 }), number(0, 100));

  test("keep the range, and make neutral what is no number", () => {
    expect([...limitAction(spec, [7, -3], null)]).toEqual([1, 0]);
    expect([...limitAction(spec, [-Infinity, NaN], null)]).toEqual([-1, 0]);
    expect([...limitAction(spec, [NaN, Infinity], null)]).toEqual([0.5, 100]);
  });

  test("let a number move by one tick of its slew", () => {
    expect([...limitAction(spec, [1, 100], [0, 0])]).toEqual([Math.fround(0.2), 100]);
    expect([...limitAction(spec, [-1, 0], [0, 100])]).toEqual([-Math.fround(0.2), 0]);
    expect([...limitAction(spec, [0.125, 0], [0, 0])]).toEqual([0.125, 0]);
  });

  test("take what came before for what it can have been", () => {
    expect([...limitAction(spec, [-1, 0], [Infinity, 0])]).toEqual([Math.fround(1 - Math.fround(0.2)), 0]);
    expect([...limitAction(spec, [0.5, 0], [NaN, NaN])]).toEqual([0.5, 0]);
  });

  test("make neutral what is no label", () => {
    for (const wrong of [2, 254, NO_ACTION, NaN, -1]) {
      expect([...limitAction(choosing("stop"), [wrong], [0])]).toEqual([1]);
      expect([...limitAction(choosing(null), [wrong], null)]).toEqual([NO_ACTION]);
    }
    expect([...limitAction(choosing("stop"), [0], [1])]).toEqual([0]);
  });
});

describe("ticks to neutral", () => {
  test("are one without a slew, and with one that crosses the range at once", () => {
    expect(neutralTicks(choosing("stop"))).toBe(1);
    expect(neutralTicks(robot(number(-1, 1), number(0, 1, { slewPerSecond: 10 })))).toBe(1);
    expect(channelLimits(number(0, 1, { slewPerSecond: 1e300 }), 10).step).toBeNull();
  });

  test("are those of the slowest number, from the farther end", () => {
    expect(neutralTicks(robot(number(0, 100, { slewPerSecond: 250 }), number(-1, 3, { slewPerSecond: 5 })))).toBe(6);
    expect(neutralTicks(robot(number(0, 100, { slewPerSecond: 250, neutral: 60 })))).toBe(3);
  });

  test("are unknown where single precision never gets there", () => {
    expect(channelNeutralTicks(channelLimits(number(1e6, 1e6 + 10, { slewPerSecond: 0.1 }), 10), 10_000)).toBeNull();
  });

  test("are enough for any action", () => {
    const field = fc
      .record({
        minimum: fc.float({ min: -100, max: 100, noNaN: true }),
        width: fc.float({ min: 1, max: 50, noNaN: true }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        slew: fc.double({ min: 0.1, max: 100, noNaN: true }),
      })
      .map(({ minimum, width, share, slew }) =>
        number(minimum, minimum + width, { slewPerSecond: slew * width, neutral: Math.min(minimum + share * width, minimum + width) }),
      );
    fc.assert(
      fc.property(field, fc.float(), (one, from) => {
        const moved = robot(one);
        const neutral = neutralAction(moved);
        let action = limitAction(moved, [from], null);
        for (let tick = 0; tick < neutralTicks(moved); tick++) action = limitAction(moved, neutral, action);
        expect(action).toEqual(neutral);
      }),
    );
  });
});
