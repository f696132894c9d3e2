import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at } from "../core/assert.ts";
import { linearAxis, logarithmicAxis, type Axis } from "./axis.ts";

const labels = (axis: Axis): string[] => axis.ticks.map((tick) => tick.label);
const ticks = (axis: Axis): number[] => axis.ticks.map((tick) => tick.value);

describe("linear axis", () => {
  test.each([
    { values: [0, 97.3], expected: ["0", "20", "40", "60", "80", "100"] },
    { values: [0.75, 0.98], expected: ["0.75", "0.80", "0.85", "0.90", "0.95", "1.00"] },
    { values: [-0.3, 0.3], expected: ["\u22120.4", "\u22120.2", "0.0", "0.2", "0.4"] },
    { values: [0, 51234.5], expected: ["0", "20\u202f000", "40\u202f000", "60\u202f000"] },
    { values: [0, 1e-5], expected: ["0.000000", "2e-6", "4e-6", "6e-6", "8e-6", "1e-5"] },
  ])("$values gets round ticks", ({ values, expected }) => {
    expect(labels(linearAxis(values, "rounded"))).toEqual(expected);
  });

  test("tight ends lie at the values, with ticks within", () => {
    const axis = linearAxis([800, 5660], "tight");
    expect([axis.minimum, axis.maximum]).toEqual([800, 5660]);
    expect(ticks(axis)).toEqual([1000, 2000, 3000, 4000, 5000]);
  });

  test("whole numbers get whole ticks", () => {
    expect(ticks(linearAxis([1, 3], "tight"))).toEqual([1, 2, 3]);
    expect(ticks(linearAxis([1], "tight"))).toEqual([1]);
    expect(ticks(linearAxis([0, 1.5], "tight"))).toContain(0.5);
  });

  test("nothing, one value and values that are not finite still make an axis", () => {
    for (const values of [[], [NaN], [0], [0.25, 0.25], [-7], [Infinity, 3]]) {
      const axis = linearAxis(values, "rounded");
      expect(axis.maximum).toBeGreaterThan(axis.minimum);
      expect(ticks(axis).every(Number.isFinite)).toBe(true);
    }
  });

  test("whatever the values: all within, two to eleven ascending ticks, evenly apart", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.double({ min: -1e300, max: 1e300, noNaN: true }), fc.double({ min: 100, max: 101, noNaN: true }), fc.integer()),
          { minLength: 1 },
        ),
        (values) => {
          const axis = linearAxis(values, "rounded");
          const places = ticks(axis).map((tick) => axis.fraction(tick));
          expect(places.length).toBeGreaterThanOrEqual(2);
          expect(places.length).toBeLessThanOrEqual(11);
          places.forEach((place, index) => {
            expect(place).toBeCloseTo(index / (places.length - 1), 6);
          });
          for (const value of values) {
            expect(axis.fraction(value)).toBeGreaterThanOrEqual(-1e-6);
            expect(axis.fraction(value)).toBeLessThanOrEqual(1 + 1e-6);
          }
        },
      ),
    );
  });
});

describe("logarithmic axis", () => {
  test.each([
    { values: [0.06, 1.4], expected: ["0.05", "0.1", "0.2", "0.5", "1", "2"] },
    { values: [0.001, 10], expected: ["0.001", "0.01", "0.1", "1", "10"] },
    { values: [0.02, 2], expected: ["0.01", "0.03", "0.1", "0.3", "1", "3"] },
    { values: [1, 1], expected: ["1", "2"] },
    { values: [], expected: ["0.1", "0.2", "0.5", "1"] },
    { values: [0, -1, NaN, 1, 9], expected: ["1", "2", "5", "10"] },
  ])("$values", ({ values, expected }) => {
    expect(labels(logarithmicAxis(values))).toEqual(expected);
  });

  test("equal ratios are equally far", () => {
    const axis = logarithmicAxis([0.01, 100]);
    expect(axis.fraction(0.1) - axis.fraction(0.01)).toBeCloseTo(axis.fraction(100) - axis.fraction(10), 12);
  });

  test("whatever the values: all within, and few ticks", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1e-30, max: 1e30, noNaN: true }), { minLength: 1 }), (values) => {
        const axis = logarithmicAxis(values);
        expect(axis.ticks.length).toBeLessThanOrEqual(9);
        expect(at(axis.ticks, 0).value).toBe(axis.minimum);
        for (const value of values) {
          expect(axis.minimum).toBeLessThanOrEqual(value);
          expect(axis.maximum).toBeGreaterThanOrEqual(value);
        }
      }),
    );
  });
});
