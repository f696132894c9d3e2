import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hash64 } from "../../core/hash.ts";
import { at } from "../../core/assert.ts";
import { GraphBuilder, lowered, spreadScale } from "../../lower/testing.ts";
import { elementCount, type Graph, type Padding } from "../../artifacts/graph.ts";
import { createInterpreter } from "../interpreter.ts";
import { bytesOf, clampByte, indices, placeOf, quantization, scaleExactly } from "./testing.ts";

const sizes = (maximum: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: maximum });

function run(graph: Graph, input: Int8Array): Int8Array {
  return createInterpreter(lowered(graph)).infer(input);
}

test.each(["average-pool-2d", "max-pool-2d"] as const)("%s takes the taps inside the image", (kind) => {
  const padding = fc.constantFrom<Padding>("same", "valid");
  fc.assert(
    fc.property(sizes(6), sizes(3), sizes(3), sizes(3), padding, fc.nat(1000), (size, window, stride, channels, how, seed) => {
      const outputs = how === "same" ? Math.ceil(size / stride) : Math.ceil((size - window + 1) / stride);
      if (outputs < 1) return;
      const before = how === "same" ? Math.max(0, Math.floor(((outputs - 1) * stride + window - size) / 2)) : 0;
      const [from, to] = [
        [1, size, size, channels],
        [1, outputs, outputs, channels],
      ] as const;
      const input = bytesOf(elementCount(from), seed);
      const builder = new GraphBuilder();
      const quantized = { scale: 0.1, zeroPoint: 3 };
      const [source, output] = [builder.activation(from, quantized), builder.activation(to, quantized)];
      const both = (each: number): { height: number; width: number } => ({ height: each, width: each });
      const settings = { padding: how, window: both(window), stride: both(stride), activation: "relu" } as const;
      const graph = builder.graph([source], [output], { kind, input: source, output, ...settings });
      const expected = indices(to).map((index) => {
        const [, y = 0, x = 0, channel = 0] = index;
        const taps = indices([window, window])
          .map(([down = 0, right = 0]) => [0, y * stride - before + down, x * stride - before + right, channel])
          .filter(([, fromY = 0, fromX = 0]) => fromY >= 0 && fromY < size && fromX >= 0 && fromX < size)
          .map((tap) => at(input, placeOf(tap, from)));
        const sum = taps.reduce((total, tap) => total + tap, 0);
        const average = Math.sign(sum) * Math.floor(Math.abs(sum) / taps.length + 0.5);
        return Math.max(3, kind === "max-pool-2d" ? Math.max(...taps) : average) + 0;
      });
      expect([...run(graph, input)]).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

test("mean rescales and divides in one multiplier", () => {
  const shapes = fc.array(sizes(5), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(shapes, fc.nat(15), quantization, quantization, fc.nat(1000), (shape, mask, from, to, seed) => {
      const axes = shape.map((_, dimension) => dimension).filter((dimension) => (mask >> dimension) % 2 === 1);
      const kept = shape.map((size, dimension) => (axes.includes(dimension) ? 1 : size));
      const count = elementCount(shape) / elementCount(kept);
      const input = bytesOf(elementCount(shape), seed);
      const builder = new GraphBuilder();
      const [source, output] = [builder.activation(shape, from), builder.activation(kept, to)];
      const graph = builder.graph([source], [output], { kind: "mean", input: source, output, axes });
      const sums = new Map<number, number>();
      indices(shape).forEach((index) => {
        const place = placeOf(
          index.map((each, dimension) => (axes.includes(dimension) ? 0 : each)),
          kept,
        );
        sums.set(place, (sums.get(place) ?? 0) + at(input, placeOf(index, shape)) - from.zeroPoint);
      });
      const actual = run(graph, input);
      sums.forEach((sum, place) => {
        expect(at(actual, place)).toBe(clampByte(scaleExactly(sum, from.scale / to.scale, count) + to.zeroPoint));
      });
    }),
    { numRuns: 200 },
  );
});

test("arg-max gives the first of the largest, as int32", () => {
  fc.assert(
    fc.property(sizes(3), sizes(6), sizes(3), fc.nat(1000), (outer, count, inner, seed) => {
      const input = bytesOf(outer * count * inner, seed).map((value) => value >> 5);
      const builder = new GraphBuilder();
      const [source, output] = [builder.activation([outer, count, inner]), builder.activation([outer, inner], { type: "int32" })];
      const raw = run(builder.graph([source], [output], { kind: "arg-max", input: source, output, axis: 1 }), input);
      const expected = indices([outer, inner]).map(([first = 0, last = 0]) => {
        const row = Array.from({ length: count }, (_, index) => at(input, (first * count + index) * inner + last));
        return row.indexOf(Math.max(...row));
      });
      const view = new DataView(raw.buffer);
      expect(expected.map((_, index) => view.getInt32(4 * index, true))).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

describe("softmax", () => {
  const softmax = (shape: readonly number[], scale: number, beta: number): Graph => {
    const builder = new GraphBuilder();
    const [input, output] = [builder.activation(shape, { scale }), builder.activation(shape, { scale: 1 / 256, zeroPoint: -128 })];
    return builder.graph([input], [output], { kind: "softmax", input, output, beta });
  };

  /** The hash is of what TensorFlow Lite's reference softmax (tflite-micro 90b983c2b) gives for the same rows. */
  test("is the reference kernel's, over many scales, betas and rows", () => {
    const outputs = Array.from({ length: 500 }, (_, counter) => {
      const depth = 1 + (counter % 40);
      const row = Int8Array.from({ length: depth }, (__, index) =>
        counter % 7 === 0 ? 5 : (Math.imul(counter * 41 + index, 0x9e3779b1) >>> 24) - 128,
      );
      return [...run(softmax([1, depth], spreadScale(counter, -20, 26), spreadScale(counter + 1000, -2, 4)), row)];
    });
    expect(hash64(Uint8Array.from(outputs.flat()))).toBe("94241a55725a259c");
  });

  test("rows stand for themselves, and add up to about one", () => {
    const input = bytesOf(12, 5);
    const output = run(softmax([3, 4], Math.fround(0.03), 1), input);
    for (let row = 0; row < 3; row++) {
      const own = output.subarray(4 * row, 4 * row + 4);
      expect(own).toEqual(run(softmax([4], Math.fround(0.03), 1), input.subarray(4 * row, 4 * row + 4)));
      expect(Math.abs(own.reduce((sum, value) => sum + value + 128, 0) - 256)).toBeLessThanOrEqual(3);
    }
  });

  test("of very many equal elements gives each nothing", () => {
    expect(new Set(run(softmax([4095], 1, 1), new Int8Array(4095)))).toEqual(new Set([-128]));
  });
});
