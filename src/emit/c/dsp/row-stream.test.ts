// The streams against the law: read here word by word, as the kernels' documentation says.

import { expect, test } from "vitest";
import { clamp } from "../../../core/fixed-point.ts";
import { at } from "../../../core/assert.ts";
import { upperProduct } from "./offset-window.ts";
import { outputOf, rowLaws } from "./row-law.ts";
import { layerOf } from "./layer-plan.ts";
import { RECTIFIED_SLOTS, rectifiedRows, rectifiedStream, SIGNED_SHIFT, signedStream, stepsOf, type Packing } from "./row-stream.ts";
import { randomBytes, randomLayer, type LayerOptions } from "./testing.ts";

const ORDER = [0, 2, 1, 3];

/** int16 pairs, what is missing filled with something that must not matter. */
function pairsOf(bytes: Int8Array): number[] {
  return Array.from({ length: 8 * stepsOf(bytes.length) }, (_, place) => bytes[(place & ~3) + at(ORDER, place & 3)] ?? 12345);
}

const low = (word: number): number => (word << 16) >> 16;
const high = (word: number): number => word >> 16;
const lowerByte = (half: number): number => (half << 24) >> 24;

class Reader {
  private place = 0;
  private readonly words: Uint32Array;

  constructor(words: Uint32Array) {
    this.words = words;
  }

  next(): number {
    return at(this.words, this.place++) | 0;
  }

  get isDone(): boolean {
    return this.place === this.words.length;
  }
}

/** Sums of `rows` accumulators, before anything is scaled. */
function sums(reader: Reader, packing: Packing, pairs: readonly number[], rows: 2 | 4): number[] {
  const found = Array.from({ length: rows }, () => reader.next());
  for (let step = 0; step < pairs.length; step += 8) {
    for (let row = 0; row < rows; row += packing === "packed" ? 2 : 1) {
      for (let place = step; place < step + 8; place += 2) {
        const word = reader.next();
        const [x, y] = [at(pairs, place), at(pairs, place + 1)];
        found[row] = (at(found, row) + low(word) * x + high(word) * y) | 0;
        if (packing === "packed") found[row + 1] = (at(found, row + 1) + lowerByte(low(word)) * x + lowerByte(high(word)) * y) | 0;
      }
    }
    if (packing === "packed") continue;
  }
  if (packing === "packed") for (let row = 0; row < rows; row += 2) found[row] = (at(found, row) - at(found, row + 1)) | 0;
  return found;
}

function expected(options: LayerOptions, seed: number, bytes: Int8Array): number[] {
  const step = randomLayer(seed, options);
  return rowLaws(step, options.inputs).map((law, row) => {
    const weights = step.weights.subarray(row * options.inputs, (row + 1) * options.inputs);
    return outputOf(
      law,
      weights.reduce((sum, weight, column) => sum + weight * (at(bytes, column) - step.inputZeroPoint), at(step.bias, row)),
    );
  });
}

const SHAPES = [[1, 1], [3, 2], [8, 4], [13, 5], [30, 16], [64, 9]] as const; // prettier-ignore

test.each(SHAPES.flatMap(([inputs, outputs]) => (["packed", "wide"] as const).map((packing) => ({ inputs, outputs, packing }))))(
  "$packing rows of $inputs inputs to $outputs behind a relu",
  ({ inputs, outputs, packing }) => {
    for (let seed = 1; seed <= 3; seed++) {
      const options = { inputs, outputs, rectified: true };
      const blocks = rectifiedRows(layerOf(randomLayer(seed, options)), packing);
      expect(blocks).not.toBeNull();
      const bytes = randomBytes(seed, inputs);
      const reader = new Reader(rectifiedStream(blocks ?? [], 4));
      const output: number[] = [];
      for (let place = -1; place !== 0;) {
        const found = sums(reader, packing, pairsOf(bytes), 4);
        place = reader.next();
        const multipliers = found.map(() => reader.next());
        const addend = reader.next();
        const values = found.map((sum, slot) => {
          const value = (addend + upperProduct(sum, at(multipliers, slot))) >> at(RECTIFIED_SLOTS[packing], slot).shift;
          return clamp(value, -128, 127);
        });
        [1, 3, 0, 2].forEach((slot, row) => (output[place + row] = at(values, slot)));
      }
      expect(reader.isDone).toBe(true);
      expect(output.slice(0, outputs)).toEqual(expected(options, seed, bytes));
    }
  },
);

test.each(SHAPES.flatMap(([inputs, outputs]) => (["packed", "wide"] as const).map((packing) => ({ inputs, outputs, packing }))))(
  "$packing rows of $inputs inputs to $outputs of both signs",
  ({ inputs, outputs, packing }) => {
    for (let seed = 1; seed <= 3; seed++) {
      const options = { inputs, outputs, rectified: false };
      const stream = signedStream(layerOf(randomLayer(seed, options)), packing);
      expect(stream).not.toBeNull();
      const bytes = randomBytes(seed, inputs);
      const reader = new Reader(stream ?? new Uint32Array());
      const output: number[] = [];
      for (let following = 1; following > 0;) {
        const found = sums(reader, packing, pairsOf(bytes), 2);
        following = reader.next();
        const [multipliers, jumps] = [[reader.next(), reader.next()], [reader.next(), reader.next()]]; // prettier-ignore
        const addend = reader.next();
        if (packing === "packed") found[1] = (256 * at(found, 1) + reader.next()) | 0;
        found.slice(0, following < 0 ? 1 : 2).forEach((sum, row) => {
          const jumped = sum < 0 ? sum - at(jumps, row) : sum;
          output.push(clamp((addend + upperProduct(jumped, at(multipliers, row))) >> SIGNED_SHIFT, -128, 127));
        });
      }
      expect(reader.isDone).toBe(true);
      expect(output).toEqual(expected(options, seed, bytes));
    }
  },
);

test("two weights that do not fit a halfword have no packed stream, but a wide one", () => {
  const layer = layerOf({
    ...randomLayer(1, { inputs: 2, outputs: 4, rectified: true }),
    weights: Int8Array.of(1, 1, 1, 1, -128, 1, 1, 1),
  });
  const negative = { ...layer, weights: Int8Array.of(-1, 1, 1, 1, -128, 1, 1, 1) };
  expect(rectifiedRows(layer, "packed")).not.toBeNull();
  expect(rectifiedRows(negative, "packed")).toBeNull();
  expect(rectifiedRows(negative, "wide")).not.toBeNull();
});
