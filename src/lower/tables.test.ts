// The hashes are of what TensorFlow Lite Micro's kernels (tflite-micro 90b983c2b, x86-64) give for the same scales and zero points.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hash64 } from "../core/hash.ts";
import { at } from "../core/assert.ts";
import { elementwiseGraph, lowered, refusal, spreadScale, spreadZeroPoint } from "./testing.ts";

type ElementwiseKind = Parameters<typeof elementwiseGraph>[0];

function tableOf(
  operator: ElementwiseKind,
  from: { scale: number; zeroPoint: number },
  to: { scale: number; zeroPoint: number },
): Int8Array {
  const step = at(lowered(elementwiseGraph(operator, from, to)).steps, 0);
  if (step.kind !== "table") throw new Error(`${operator.kind} became ${step.kind}`);
  return step.table;
}

function tableOfCounter(kind: ElementwiseKind["kind"], counter: number): Int8Array {
  const from = { scale: spreadScale(counter, -14, 18), zeroPoint: spreadZeroPoint(counter) };
  const to = { scale: spreadScale(counter + 1000, -14, 17), zeroPoint: spreadZeroPoint(counter + 31) };
  const magnitude = spreadScale(counter + 2000, -8, 9);
  if (kind === "leaky-relu") return tableOf({ kind, alpha: counter % 2 === 1 ? -magnitude : magnitude }, from, to);
  if (kind === "hard-swish" && to.scale < from.scale / 128) return tableOf({ kind }, from, { ...to, scale: from.scale / 64 });
  return tableOf({ kind }, from, to);
}

describe("tables are those of the reference kernels", () => {
  test.each([
    ["logistic", "2352f9077ac069a0"],
    ["tanh", "9fb7f1984160c4b8"],
    ["hard-swish", "4cdeecccd31a4f6b"],
    ["leaky-relu", "04be06de128d7746"],
    ["quantize", "4ef04c1dc9145415"],
  ] as const)("%s", (kind, hash) => {
    const tables = Array.from({ length: 500 }, (_, counter) => tableOfCounter(kind, counter));
    expect(hash64(Uint8Array.from(tables.flatMap((table) => [...table])))).toBe(hash);
  });
});

const scale = fc.double({ min: 0.001, max: 0.2, noNaN: true }).map(Math.fround);
const zeroPoint = fc.integer({ min: -128, max: 127 });

test("the tanh table is within one step of tanh, odd around its zero point, and never falls", () => {
  fc.assert(
    fc.property(scale, zeroPoint, (inputScale, inputZeroPoint) => {
      const table = tableOf({ kind: "tanh" }, { scale: inputScale, zeroPoint: inputZeroPoint }, { scale: 1 / 128, zeroPoint: 0 });
      table.forEach((value, index) => {
        const exact = Math.max(-128, Math.min(127, 128 * Math.tanh(inputScale * (index - 128 - inputZeroPoint))));
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(1);
        if (index > 0) expect(value).toBeGreaterThanOrEqual(table[index - 1] ?? NaN);
      });
      expect(table[inputZeroPoint + 128]).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test("relu rescales, and is within three quarters of a step (two roundings) of what it stands for", () => {
  fc.assert(
    fc.property(scale, zeroPoint, scale, zeroPoint, (inputScale, inputZeroPoint, outputScale, outputZeroPoint) => {
      const table = tableOf(
        { kind: "relu" },
        { scale: inputScale, zeroPoint: inputZeroPoint },
        { scale: outputScale, zeroPoint: outputZeroPoint },
      );
      table.forEach((value, index) => {
        const real = Math.max(0, inputScale * (index - 128 - inputZeroPoint)) / outputScale + outputZeroPoint;
        expect(Math.abs(value - Math.min(127, real))).toBeLessThanOrEqual(0.7501);
      });
    }),
    { numRuns: 50 },
  );
});

test("relu6 clamps the raw values and rescales nothing", () => {
  const table = tableOf({ kind: "relu6" }, { scale: 0.1, zeroPoint: -20 }, { scale: 7, zeroPoint: 90 });
  expect([-128, -21, -20, 0, 39, 40, 41, 127].map((value) => table[value + 128])).toEqual([-20, -20, -20, 0, 39, 40, 40, 40]);
});

test("what leaves int32, and scales that TensorFlow Lite Micro refuses, are refused", () => {
  const coarse = { scale: 1, zeroPoint: 0 };
  expect(refusal(elementwiseGraph({ kind: "relu" }, coarse, { scale: 2 ** -22, zeroPoint: 0 }))).toBe(null);
  expect(refusal(elementwiseGraph({ kind: "relu" }, coarse, { scale: 2 ** -23, zeroPoint: 0 }))).toBe("accumulator-overflow");
  expect(refusal(elementwiseGraph({ kind: "quantize" }, { scale: 1e30, zeroPoint: 0 }, { scale: 1e-30, zeroPoint: 0 }))).toBe(
    "accumulator-overflow",
  );
  expect(refusal(elementwiseGraph({ kind: "leaky-relu", alpha: 3e38 }, { scale: 10, zeroPoint: 0 }, coarse))).toBe(
    "scales-out-of-proportion",
  );
  expect(refusal(elementwiseGraph({ kind: "hard-swish" }, coarse, { scale: 1 / 64, zeroPoint: 0 }))).toBe(null);
  expect(refusal(elementwiseGraph({ kind: "hard-swish" }, coarse, { scale: 1 / 256, zeroPoint: 0 }))).toBe("hard-swish-scales");
});
