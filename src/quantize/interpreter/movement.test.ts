import fc from "fast-check";
import { expect, test } from "vitest";
import { GraphBuilder, lowered } from "../../lower/testing.ts";
import { elementCount, type Graph } from "../../artifacts/graph.ts";
import { createInterpreter } from "../interpreter.ts";
import { bytesOf, indices, placeOf } from "./testing.ts";

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });

function run(graph: Graph, input: Int8Array): number[] {
  return [...createInterpreter(lowered(graph)).infer(input)];
}

/** The elements of a shape, each where `from` says that it stands in the input; null: `filling`. */
function gathered(
  shape: readonly number[],
  input: Int8Array,
  inputShape: readonly number[],
  from: (index: number[]) => number[] | null,
  filling = 0,
): number[] {
  return indices(shape).map((index) => {
    const place = from(index);
    return place === null ? filling : (input[placeOf(place, inputShape)] ?? NaN);
  });
}

test("concatenation puts inputs side by side along any axis, split takes them apart again", () => {
  fc.assert(
    fc.property(shapes, fc.nat(3), fc.integer({ min: 1, max: 3 }), fc.nat(1000), (shape, anyAxis, parts, seed) => {
      const axis = anyAxis % shape.length;
      const whole = shape.map((size, dimension) => (dimension === axis ? size * parts : size));
      const input = bytesOf(elementCount(whole), seed);
      const builder = new GraphBuilder();
      const from = builder.activation(whole);
      const pieces = Array.from({ length: parts }, () => builder.activation(shape));
      const to = builder.activation(whole);
      const split = builder.graph([from], pieces, { kind: "split", input: from, outputs: pieces, axis });
      const both = builder.graph([from], [to], at0(split), { kind: "concatenation", inputs: pieces, output: to, axis });
      const expected = pieces.flatMap((_, piece) =>
        gathered(shape, input, whole, (index) =>
          index.map((each, dimension) => (dimension === axis ? each + piece * (shape[axis] ?? 0) : each)),
        ),
      );
      expect(run(split, input)).toEqual(expected);
      expect(run(both, input)).toEqual([...input]);
    }),
    { numRuns: 200 },
  );
});

function at0(graph: Graph): Graph["operators"][number] {
  const [first] = graph.operators;
  if (first === undefined) throw new Error("no operator");
  return first;
}

test("concatenation takes inputs of different widths", () => {
  const builder = new GraphBuilder();
  const [narrow, wide, output] = [builder.activation([2, 1, 2]), builder.activation([2, 3, 2]), builder.activation([2, 4, 2])];
  const graph = builder.graph([narrow, wide], [output], { kind: "concatenation", inputs: [wide, narrow], output, axis: 1 });
  const input = Int8Array.from({ length: 16 }, (_, index) => index);
  expect(run(graph, input)).toEqual([4, 5, 6, 7, 8, 9, 0, 1, 10, 11, 12, 13, 14, 15, 2, 3]);
});

test("strided slices go forwards and backwards", () => {
  const dimension = fc.integer({ min: 1, max: 5 }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      begin: fc.nat(size - 1),
      stride: fc.constantFrom(-3, -2, -1, 1, 2, 3),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  );
  fc.assert(
    fc.property(fc.array(dimension, { minLength: 1, maxLength: 4 }), fc.nat(1000), (dimensions, seed) => {
      const shape = dimensions.map(({ size }) => size);
      const begin = dimensions.map((each) => each.begin);
      const strides = dimensions.map(({ stride }) => stride);
      const sizes = dimensions.map(({ size, begin: first, stride, share }) => {
        const possible = Math.floor((stride > 0 ? size - 1 - first : first) / Math.abs(stride)) + 1;
        return Math.max(1, Math.round(possible * share));
      });
      const input = bytesOf(elementCount(shape), seed);
      const builder = new GraphBuilder();
      const [from, to] = [builder.activation(shape), builder.activation(sizes)];
      const graph = builder.graph([from], [to], { kind: "strided-slice", input: from, output: to, begin, strides, sizes });
      const source = (index: number[]): number[] => index.map((each, place) => (begin[place] ?? 0) + each * (strides[place] ?? 0));
      expect(run(graph, input)).toEqual(gathered(sizes, input, shape, source));
    }),
    { numRuns: 300 },
  );
});

test("padding surrounds the input with the output's zero point", () => {
  const dimension = fc.record({ size: fc.integer({ min: 1, max: 4 }), before: fc.nat(2), after: fc.nat(2) });
  fc.assert(
    fc.property(
      fc.array(dimension, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: -128, max: 127 }),
      fc.nat(1000),
      (dimensions, zeroPoint, seed) => {
        const shape = dimensions.map(({ size }) => size);
        const before = dimensions.map((each) => each.before);
        const padded = dimensions.map((each) => each.before + each.size + each.after);
        const input = bytesOf(elementCount(shape), seed);
        const builder = new GraphBuilder();
        const [from, to] = [builder.activation(shape), builder.activation(padded, { zeroPoint })];
        const graph = builder.graph([from], [to], {
          kind: "pad",
          input: from,
          output: to,
          before,
          after: dimensions.map(({ after }) => after),
        });
        const source = (index: number[]): number[] | null => {
          const inside = index.map((each, place) => each - (before[place] ?? 0));
          return inside.every((each, place) => each >= 0 && each < (shape[place] ?? 0)) ? inside : null;
        };
        expect(run(graph, input)).toEqual(gathered(padded, input, shape, source, zeroPoint));
      },
    ),
    { numRuns: 200 },
  );
});
