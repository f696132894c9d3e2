import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeAction,
  decodeFloatAction,
  encodeNumber,
  encodeObservation,
  normaliseAction,
  normaliseObservation,
  observationFault,
  policyInputWidth,
} from "./encoding.ts";
import type { PolicyForm } from "./policy-form.ts";
import { DEFAULT_SAFETY, type ActionSpec, type NumberField, type RobotSpec } from "./robot-spec.ts";
import { mlpPolicy } from "./testing.ts";

const number = (path: string, minimum: number, maximum: number): NumberField => ({
  kind: "number",
  path: [path],
  length: null,
  range: { minimum, maximum },
  clip: { minimum, maximum },
  unit: "",
  neutral: null,
  slewPerSecond: null,
  mirror: null,
  description: "",
});

const SPEC: RobotSpec = {
  name: "tester",
  rateHz: 10,
  observation: [
    { ...number("ranges", 0, 4), length: 2, clip: { minimum: 0, maximum: 1.5 } },
    { kind: "choice", path: ["mode"], labels: ["a", "b"], description: "" },
  ],
  action: { kind: "continuous", fields: [number("speed", -1, 1), number("servo", 10, 170)] },
  policy: mlpPolicy([4]),
  safety: DEFAULT_SAFETY,
};

const ALONE: PolicyForm = { head: { kind: "plain" }, members: 1, memory: { kind: "none" } };
const LABELS: ActionSpec = { kind: "discrete", labels: ["a", "b", "c"], neutral: null, mirror: null };

describe("observations", () => {
  test("numbers become 256 levels, choices one-hot", () => {
    expect(policyInputWidth(SPEC)).toBe(4);
    expect([...encodeObservation(SPEC, [0, 1.5, 1])]).toEqual([-128, 127, -128, 127]);
    expect([...encodeObservation(SPEC, [4, 0.75, 0])]).toEqual([127, 0, 127, -128]);
  });

  test("an encoded number is never more than half a step off, and grows with the number", () => {
    fc.assert(
      fc.property(fc.float({ min: -3, max: 5, noNaN: true }), fc.float({ min: -3, max: 5, noNaN: true }), (one, other) => {
        const levels = [one, other].map((value) => encodeNumber(value, -3, 5));
        levels.forEach((level, index) => {
          expect(Math.abs((level + 128) * (8 / 255) - 3 - (index === 0 ? one : other))).toBeLessThanOrEqual(4 / 255 + 1e-5);
        });
        if (one <= other) expect(levels[0]).toBeLessThanOrEqual(levels[1] ?? NaN);
      }),
    );
  });

  test("training sees what the board sees, before rounding", () => {
    const input = new Float32Array(5);
    normaliseObservation(SPEC, [3, 0.75, 1], input, 1);
    expect(input).toEqual(Float32Array.of(0, 254 / 255, -1 / 255, -256 / 255, 254 / 255));
  });

  test("impossible readings are found", () => {
    expect(observationFault(SPEC, [0, 4, 1])).toBeNull();
    expect(observationFault(SPEC, [0, NaN, 1])).toMatchObject({ channel: 1, reason: "not-a-number" });
    expect(observationFault(SPEC, [-Infinity, 1, 1])).toMatchObject({ channel: 0, reason: "out-of-range" });
    expect(observationFault(SPEC, [0, 4.01, 1])).toMatchObject({ channel: 1, reason: "out-of-range" });
    expect(observationFault(SPEC, [0, 4, 2])).toMatchObject({ channel: 2, reason: "unknown-label" });
  });
});

describe("actions", () => {
  test("are -1..1 across their range, and back", () => {
    const normal = normaliseAction(SPEC.action, [0.5, 90]);
    expect([...normal]).toEqual([0.5, 0]);
    const scale = Math.fround(2 / 255);
    const levels = [...normal].map((value) => Math.round(value / scale));
    const [speed = NaN, servo = NaN] = decodeAction(SPEC.action, ALONE, levels, scale, 0);
    expect(speed).toBeCloseTo(0.5, 2);
    expect(servo).toBeCloseTo(90, 0);
  });

  test("never leave their range, whatever the policy says", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -128, max: 127 }),
        fc.integer({ min: -128, max: 127 }),
        fc.float({ min: Math.fround(0.001), max: 10, noNaN: true }),
        (one, other, scale) => {
          const [speed = NaN, servo = NaN] = decodeAction(SPEC.action, ALONE, [one, other], scale, 3);
          expect(Math.abs(speed)).toBeLessThanOrEqual(1);
          expect(servo).toBeGreaterThanOrEqual(10);
          expect(servo).toBeLessThanOrEqual(170);
        },
      ),
    );
  });

  test("the first highest label wins", () => {
    expect([...decodeAction(LABELS, ALONE, [5, 7, 7], 1, 0)]).toEqual([1]);
  });

  test("of several members are their mean, of labels the first with the highest sum", () => {
    const three: PolicyForm = { ...ALONE, members: 3 };
    expect([...decodeAction(LABELS, three, [5, 7, 0, 5, 1, 0, 5, 7, 0], 1, 0)]).toEqual([0]);
    // Sums 30 and 90 of zero points 3 * 4: 18 / 3 / 60 of the speed's half range 1, and 78 / 3 / 60 of the servo's 80.
    const [speed = NaN, servo = NaN] = decodeAction(SPEC.action, three, [5, 50, 15, 10, 10, 30], Math.fround(1 / 60), 4);
    expect(speed).toBeCloseTo(0.1, 6);
    expect(servo).toBeCloseTo(90 + (80 * 26) / 60, 4);
    expect([...decodeFloatAction(SPEC.action, three, [0.25, -1, 0.5, 0, 0.75, 0.25])]).toEqual([0.5, 70]);
  });

  test("of a mixture are those in the first bin with the highest sum of scores, never between two", () => {
    const form: PolicyForm = { head: { kind: "mixture", bins: 3 }, members: 2, memory: { kind: "none" } };
    // Each member: three scores, then speed and servo in each bin.
    const first = [10, 50, 40, /**/ 1, 1, -100, -80, 100, 80];
    const second = [10, 20, 30, /**/ 2, 2, -90, -70, 90, 70];
    expect([...decodeAction(SPEC.action, form, [...first, ...second], Math.fround(1 / 100), 0)]).toEqual([
      Math.fround(-0.95),
      Math.fround(90 + Math.fround(Math.fround((80 * Math.fround(1 / 100)) / 2) * -150)),
    ]);
    const [speed = NaN] = decodeFloatAction(
      SPEC.action,
      form,
      [...first, ...second.with(1, 19)].map((each) => each / 100),
    );
    expect(speed).toBe(Math.fround(0.95));
  });

  test("of an output of another form are a bug", () => {
    expect(() => decodeAction(LABELS, { ...ALONE, members: 2 }, [5, 7, 7], 1, 0)).toThrow("3 outputs are not 2 x 3");
  });
});
