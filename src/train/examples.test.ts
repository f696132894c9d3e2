import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Samples } from "../artifacts/samples.ts";
import { Random } from "../core/random.ts";
import type { Batch } from "./engine.ts";
import { Examples } from "./examples.ts";
import { mirrorOf } from "./mirror.ts";
import { numberField, robotOf, samplesOf } from "./testing.ts";

/** Row i senses i + 1 and is told -(i + 1). */
function counting(rows: number, changes: Partial<Samples> = {}): Samples {
  const numbers = Array.from({ length: rows }, (_, row) => [row + 1]);
  return {
    ...samplesOf(
      numbers,
      numbers.map(([number = 0]) => [-number]),
    ),
    ...changes,
  };
}

function all(examples: Examples): Batch {
  return examples.gather(
    Uint32Array.from({ length: examples.count }, (_, index) => index),
    examples.newBatch(examples.count),
  );
}

describe("windows", () => {
  it("hold what came before, and zeros before a stretch begins", () => {
    const { rows, inputs, targets } = all(new Examples(counting(5, { starts: Uint32Array.of(0, 3) }), { ticks: 3, steps: 1, members: 1 }));
    expect(rows).toBe(5);
    expect([...inputs]).toEqual([0, 0, 1, 0, 1, 2, 1, 2, 3, 0, 0, 4, 0, 4, 5]);
    expect([...targets]).toEqual([-1, -2, -3, -4, -5]);
  });

  it("end at rows that carry weight, and see those that carry none", () => {
    const { inputs, targets, weights } = all(
      new Examples(counting(3, { weights: Float32Array.of(0, 1, 3) }), { ticks: 2, steps: 1, members: 2 }),
    );
    expect([...inputs]).toEqual([1, 2, 2, 3]);
    expect([...targets]).toEqual([-2, -3]);
    expect([...weights]).toEqual([0.5, 0.5, 1.5, 1.5]);
  });
});

describe("sequences", () => {
  it("begin with their stretch, overlap by half and end with it", () => {
    const { rows, inputs, weights } = all(new Examples(counting(7), { ticks: 4, steps: 4, members: 1 }));
    expect(rows).toBe(3);
    expect([...inputs]).toEqual([1, 2, 3, 4, 3, 4, 5, 6, 4, 5, 6, 7]);
    expect([...weights].map((weight) => weight > 0)).toEqual([1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1].map(Boolean));
  });

  it("of a short stretch are filled up behind", () => {
    const { inputs, targets, weights } = all(new Examples(counting(2), { ticks: 4, steps: 4, members: 1 }));
    expect([...inputs]).toEqual([1, 2, 0, 0]);
    expect([...targets]).toEqual([-1, -2, 0, 0]);
    expect([...weights]).toEqual([2, 2, 0, 0]);
  });

  it("count each row once, of whatever length the stretches are", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 23 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        (lengths, ticks) => {
          let rows = 0;
          const starts = lengths.map((length) => (rows += length) - length);
          const { inputs, weights } = all(
            new Examples(counting(rows, { starts: Uint32Array.from(starts) }), { ticks, steps: ticks, members: 1 }),
          );
          const counted = [...inputs].filter((_, slot) => (weights[slot] ?? 0) > 0);
          expect(counted.sort((one, other) => one - other)).toEqual(Array.from({ length: rows }, (_, row) => row + 1));
        },
      ),
    );
  });
});

describe("examples", () => {
  it("have a mean weight of 1", () => {
    const weights = Float32Array.from({ length: 40 }, (_, row) => row % 5);
    for (const steps of [1, 6]) {
      const { weights: given } = all(new Examples(counting(40, { weights }), { ticks: 6, steps, members: 2 }));
      expect(given.reduce((sum, weight) => sum + weight, 0) / given.length).toBeCloseTo(1, 5);
    }
  });

  it("are followed by their mirror images", () => {
    const turn = numberField("turn", { mirror: { kind: "negate" } });
    const robot = robotOf({ observation: [turn], action: { kind: "continuous", fields: [turn] } });
    const samples = samplesOf([[0.5], [0.25]], [[0.1], [0.2]]);
    const { inputs, targets } = all(new Examples(samples, { ticks: 2, steps: 1, members: 1 }, mirrorOf(robot)));
    const expectNear = (values: Float32Array, expected: readonly number[]): void => {
      expect(values).toHaveLength(expected.length);
      values.forEach((value, index) => {
        expect(Math.abs(value - (expected[index] ?? NaN))).toBeLessThan(0.01);
      });
    };
    expectNear(inputs, [0, 0.5, 0.5, 0.25, 0, -0.5, -0.5, -0.25]);
    expectNear(targets, [0.1, 0.2, -0.1, -0.2]);
  });

  it("are drawn for each member by itself", () => {
    const { weights } = all(new Examples(counting(4000), { ticks: 1, steps: 1, members: 2 }, null, new Random(1)));
    const share = (times: number): number => weights.filter((weight) => weight === times).length / weights.length;
    expect(share(0)).toBeCloseTo(Math.exp(-1), 1);
    expect(share(1)).toBeCloseTo(Math.exp(-1), 1);
    expect(share(2)).toBeCloseTo(Math.exp(-1) / 2, 1);
    expect(weights.some((weight, index) => index % 2 === 0 && weight !== weights[index + 1])).toBe(true);
  });

  it("fill a part of a batch's room", () => {
    const examples = new Examples(counting(3), { ticks: 1, steps: 1, members: 1 });
    const batch = examples.gather(Uint32Array.of(2, 0), examples.newBatch(3));
    expect([batch.rows, [...batch.inputs]]).toEqual([2, [3, 1]]);
  });
});
