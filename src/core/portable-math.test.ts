import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cosine, exp, log, logistic, tanh } from "./portable-math.ts";

/** Doubles between two doubles, of which neither is NaN. */
function unitsInLastPlace(a: number, b: number): number {
  const [first, second] = [...new BigInt64Array(Float64Array.of(a, b).buffer)].map((bits) =>
    bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits,
  );
  return Math.abs(Number((first as bigint) - (second as bigint)));
}

function expectClose(range: { min: number; max: number }, ours: (x: number) => number, theirs: (x: number) => number, units: number): void {
  const inRange = fc.double({ ...range, noNaN: true });
  const evenly = fc.double({ min: 0, max: 1, noNaN: true }).map((share) => range.min + share * (range.max - range.min));
  fc.assert(
    fc.property(fc.oneof(inRange, evenly), (x) => unitsInLastPlace(ours(x), theirs(x)) <= units),
    { numRuns: 20_000 },
  );
}

describe("close to what this machine's Math says", () => {
  test("exp", () => {
    expectClose({ min: -745.2, max: 709.8 }, exp, Math.exp, 2);
    expectClose({ min: -1, max: 1 }, exp, Math.exp, 2);
  });
  test("log", () => {
    expectClose({ min: 0, max: Number.MAX_VALUE }, log, Math.log, 4);
    expectClose({ min: 0.25, max: 4 }, log, Math.log, 4);
  });
  test("tanh", () => {
    expectClose({ min: -25, max: 25 }, tanh, Math.tanh, 4);
  });
  test("logistic", () => {
    expectClose({ min: 0, max: 40 }, logistic, (x) => 1 / (1 + Math.exp(-x)), 4);
    expectClose({ min: -700, max: 0 }, logistic, (x) => Math.exp(x) / (1 + Math.exp(x)), 4);
  });
  test("cosine, also beside its zeros", () => {
    expectClose({ min: -10, max: 10 }, cosine, Math.cos, 4);
    expectClose({ min: -(2 ** 20), max: 2 ** 20 }, cosine, Math.cos, 4);
    fc.assert(
      fc.property(fc.integer({ min: -600_000, max: 600_000 }), (quarters) => {
        const angle = (quarters * Math.PI) / 2;
        expect(unitsInLastPlace(cosine(angle), Math.cos(angle))).toBeLessThanOrEqual(4);
      }),
    );
  });
});

test("special values", () => {
  expect([exp(Infinity), exp(-Infinity), exp(0), exp(710), exp(-746), exp(NaN)]).toEqual([Infinity, 0, 1, Infinity, 0, NaN]);
  expect([log(Infinity), log(0), log(1), log(-1), log(Number.MIN_VALUE), log(NaN)]).toEqual([
    Infinity,
    -Infinity,
    0,
    NaN,
    Math.log(Number.MIN_VALUE),
    NaN,
  ]);
  expect([tanh(Infinity), tanh(-Infinity), tanh(0), tanh(-0), tanh(1e300), tanh(NaN)]).toEqual([1, -1, 0, -0, 1, NaN]);
  expect([logistic(Infinity), logistic(-Infinity), logistic(0), logistic(-1000), logistic(NaN)]).toEqual([1, 0, 0.5, 0, NaN]);
  expect([cosine(0), cosine(Infinity), cosine(NaN)]).toEqual([1, NaN, NaN]);
  expect(() => cosine(1e7)).toThrow("too large");
});

test("the same bits everywhere", () => {
  const functions = [exp, log, tanh, logistic, cosine];
  const words = new Uint32Array(Float64Array.from(functions.flatMap((each) => [0.1, 0.7, 1.9, 12.3].map(each))).buffer);
  expect(words.reduce((hash, word) => Math.imul(hash ^ word, 0x01000193) >>> 0, 0x811c9dc5)).toMatchInlineSnapshot(`3790659789`);
});
