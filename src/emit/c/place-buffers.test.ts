import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at } from "../../core/assert.ts";
import { mostLiveBytes, placeBuffers, type PlacedBuffer } from "./place-buffers.ts";

const buffer = fc
  .record({
    bytes: fc.integer({ min: 1, max: 64 }),
    alignment: fc.constantFrom(1, 1, 2, 4, 8),
    first: fc.nat(12),
    steps: fc.nat(6),
  })
  .map(({ first, steps, ...rest }): PlacedBuffer => ({ ...rest, first, last: first + steps }));

/** What one does without planning much: each buffer, in the order given, at the lowest place that is free. */
function naiveBytes(buffers: readonly PlacedBuffer[]): number {
  const offsets: number[] = [];
  buffers.forEach((each, index) => {
    let offset = 0;
    while (offsets.some((other, before) => overlap(each, offset, at(buffers, before), other)) || offset % each.alignment !== 0) offset++;
    offsets[index] = offset;
  });
  return Math.max(0, ...buffers.map(({ bytes }, index) => at(offsets, index) + bytes));
}

function overlap(one: PlacedBuffer, offset: number, other: PlacedBuffer, otherOffset: number): boolean {
  const inTime = one.first <= other.last && other.first <= one.last;
  return inTime && offset < otherOffset + other.bytes && otherOffset < offset + one.bytes;
}

describe("any buffers", () => {
  test("never overlap while both live, and lie where their alignment allows", () => {
    fc.assert(
      fc.property(fc.array(buffer, { maxLength: 24 }), (buffers) => {
        const { offsets, bytes } = placeBuffers(buffers);
        buffers.forEach((one, index) => {
          const offset = at(offsets, index);
          expect(offset % one.alignment).toBe(0);
          expect(offset + one.bytes).toBeLessThanOrEqual(bytes);
          for (let other = 0; other < index; other++) expect(overlap(one, offset, at(buffers, other), at(offsets, other))).toBe(false);
        });
      }),
    );
  });

  test("need no more than a naive plan, and no less than what lives at once", () => {
    fc.assert(
      fc.property(fc.array(buffer, { maxLength: 16 }), (buffers) => {
        const { bytes } = placeBuffers(buffers);
        expect(bytes).toBeLessThanOrEqual(naiveBytes(buffers));
        expect(bytes).toBeGreaterThanOrEqual(mostLiveBytes(buffers));
      }),
      { numRuns: 50 },
    );
  });
});

test("the best plan is found where few buffers live in turn", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 64 }) }), { maxLength: 6 }), (sizes) => {
      const buffers = sizes.map(({ bytes }, index) => ({ bytes, alignment: 1, first: index % 3, last: (index % 3) + (index % 2) }));
      expect(placeBuffers(buffers).bytes).toBe(bestBytes(buffers));
    }),
    { numRuns: 50 },
  );
});

/** By trying every order of first fit. */
function bestBytes(buffers: readonly PlacedBuffer[]): number {
  if (buffers.length <= 1) return buffers[0]?.bytes ?? 0;
  const orders = (rest: readonly PlacedBuffer[]): PlacedBuffer[][] =>
    rest.length === 0 ? [[]] : rest.flatMap((each, index) => orders(rest.toSpliced(index, 1)).map((order) => [each, ...order]));
  return Math.min(...orders(buffers).map(naiveBytes));
}

test("in a chain, where each buffer lives until the next is written, no byte is lost", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 30 }), (sizes) => {
      const chain = sizes.map((bytes, index) => ({ bytes, alignment: 1, first: index, last: index + 1 }));
      expect(placeBuffers(chain).bytes).toBe(mostLiveBytes(chain));
    }),
  );
});

test("a plan is found that no usual order of first fit gives", () => {
  const placed = [[6, 0, 2], [5, 3, 4], [5, 2, 3], [4, 3, 4]] as const; // prettier-ignore
  const buffers = placed.map(([bytes, first, last]) => ({ bytes, alignment: 1, first, last }));
  expect(mostLiveBytes(buffers)).toBe(14);
  expect(placeBuffers(buffers).bytes).toBe(14);
  expect(naiveBytes(buffers.toSorted((left, right) => right.bytes - left.bytes))).toBe(15);
});

test("many buffers are placed, too", () => {
  const buffers = Array.from({ length: 200 }, (_, index) => ({
    bytes: 1 + ((index * 37) % 64),
    alignment: 1,
    first: index,
    last: index + (index % 7),
  }));
  expect(placeBuffers(buffers).bytes).toBeLessThanOrEqual(naiveBytes(buffers));
});
