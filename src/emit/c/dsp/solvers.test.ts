// Both solvers against the law, accumulator by accumulator.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quantizeMultiplier } from "../../../core/fixed-point.ts";
import { upperProduct, type Slot } from "./offset-window.ts";
import { rectifiedOutput, solveRectified, solveWithoutAddend } from "./rectified-solver.ts";
import { outputOf, type RowLaw } from "./row-law.ts";
import { RECTIFIED_SLOTS, SIGNED_SHIFT } from "./row-stream.ts";
import { signedOutput, solveSigned } from "./signed-solver.ts";

/** Multipliers 2^-11.5 to 2^-5: those of rows of 2 to 256 inputs. */
const real = fc.double({ min: -11.5, max: -5.1, noNaN: true }).map((power) => 2 ** power);
/** Powers of two and their neighbours: sums that lie exactly between two outputs. */
const exact = fc
  .tuple(fc.integer({ min: -11, max: -7 }), fc.integer({ min: -2, max: 2 }))
  .map(([power, change]) => 2 ** power + change * 2 ** -38);
const reach = fc.integer({ min: 200, max: 300_000 });

function lawOf(multiplier: number, zeroPoint: number, low: number, high: number): RowLaw {
  return { multiplier: quantizeMultiplier(multiplier), zeroPoint, minimum: -128, maximum: 127, lowest: -low, highest: high };
}

/** All of a short range; both ends, the middle and a sample of a long one. */
function accumulators({ lowest, highest }: RowLaw): number[] {
  const stride = Math.max(1, Math.floor((highest - lowest) / 5_000));
  const found = [];
  for (let each = lowest; each <= highest; each += stride) found.push(each);
  for (let each = Math.max(lowest, -500); each <= Math.min(highest, 500); each++) found.push(each);
  return [...found, highest];
}

const rectifiedLaw = fc.tuple(fc.oneof(real, exact), reach, reach).map(([multiplier, low, high]) => lawOf(multiplier, -128, low, high));
const anyLaw = fc
  .tuple(fc.oneof(real, exact), fc.integer({ min: -128, max: 127 }), reach, reach)
  .map(([multiplier, zeroPoint, low, high]) => lawOf(multiplier, zeroPoint, low, high));

describe("behind a relu", () => {
  test.each(["packed", "wide"] as const)("four %s rows that share an addend give what the law gives", (packing) => {
    fc.assert(
      fc.property(fc.tuple(rectifiedLaw, rectifiedLaw, rectifiedLaw, rectifiedLaw), (laws) => {
        const slots = RECTIFIED_SLOTS[packing];
        const solved = solveRectified(laws, slots);
        expect(solved).not.toBeNull();
        laws.forEach((law, index) => {
          const [slot, row] = [slots[index] as Slot, solved?.rows[index] ?? { multiplier: 0, bias: 0 }];
          const wrong = accumulators(law).filter((each) => rectifiedOutput(each, slot, row, solved?.addend ?? 0) !== outputOf(law, each));
          expect(wrong).toEqual([]);
        });
      }),
      { numRuns: 40 },
    );
  });

  test("a row without an addend, its multiplier odd or even as wished", () => {
    fc.assert(
      fc.property(rectifiedLaw, fc.constantFrom("odd", "even"), (law, parity) => {
        const slot = RECTIFIED_SLOTS.wide[0] as Slot;
        const row = solveWithoutAddend(law, slot, parity);
        expect(row).not.toBeNull();
        if (row === null) return;
        expect(row.multiplier % 2).toBe(parity === "odd" ? 1 : 0);
        expect(accumulators(law).filter((each) => rectifiedOutput(each, slot, row, 0) !== outputOf(law, each))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test("fewer rows than slots, and a row that can give only one output", () => {
    const constant = { ...lawOf(2 ** -9, -128, 30, 40) };
    const solved = solveRectified([null, constant, null, null], RECTIFIED_SLOTS.packed);
    expect(solved).not.toBeNull();
    for (let each = -30; each <= 40; each++) {
      expect(
        rectifiedOutput(each, RECTIFIED_SLOTS.packed[1] as Slot, solved?.rows[1] ?? { multiplier: 0, bias: 0 }, solved?.addend ?? 0),
      ).toBe(-128);
    }
  });

  test.each([
    ["a multiplier above the slot's range", lawOf(0.6, -128, 1000, 1000)],
    ["a multiplier of no more than a few bits", lawOf(2 ** -30, 100, 2 ** 29, 2 ** 29)],
    ["thresholds on both sides of zero", lawOf(0.0034567, 0, 100_000, 100_000)],
    ["another clamp", { ...lawOf(2 ** -8, -128, 1000, 1000), minimum: -100 }],
    ["a multiplier of nothing", lawOf(0, -128, 1000, 1000)],
  ])("null for %s", (_, law) => {
    expect(solveRectified([law], RECTIFIED_SLOTS.packed)).toBeNull();
  });
});

describe("with outputs of both signs", () => {
  test("a pair of rows gives what the law gives", () => {
    fc.assert(
      fc.property(fc.tuple(anyLaw, anyLaw), ([first, second]) => {
        const laws = [first, { ...second, zeroPoint: first.zeroPoint }];
        const solved = solveSigned(laws, SIGNED_SHIFT);
        expect(solved).not.toBeNull();
        laws.forEach((law, index) => {
          const row = solved?.rows[index] ?? { multiplier: 0, bias: 0, jump: 0 };
          const wrong = accumulators(law).filter(
            (each) => signedOutput(each, row, solved?.addend ?? 0, SIGNED_SHIFT) !== outputOf(law, each),
          );
          expect(wrong).toEqual([]);
        });
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ["a multiplier above the range", lawOf(0.6, 3, 1000, 1000)],
    ["another clamp", { ...lawOf(2 ** -8, 3, 1000, 1000), maximum: 100 }],
  ])("null for %s", (_, law) => {
    expect(solveSigned([law], SIGNED_SHIFT)).toBeNull();
  });
});

test("the upper word of a product is exact", () => {
  const int32 = fc.oneof(fc.integer(), fc.constantFrom(-2147483648, 2147483647, -1, 0, 65535, 65536, -65536));
  fc.assert(fc.property(int32, int32, (a, b) => upperProduct(a, b) + 0 === Number((BigInt(a) * BigInt(b)) >> 32n)));
});
