import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at } from "../../core/assert.ts";
import { GraphBuilder, lowered } from "../../lower/testing.ts";
import { elementCount, type Graph } from "../../artifacts/graph.ts";
import { createInterpreter } from "../interpreter.ts";
import { bytesOf, clampByte, indices, placeOf, quantization, scale, scaleExactly, byte, type ScaleAndZero } from "./testing.ts";

type Kind = "add" | "sub" | "mul";

/** The definition, in the kernel's own order. */
function combine(kind: Kind, left: number, right: number, one: ScaleAndZero, other: ScaleAndZero, to: ScaleAndZero): number {
  const [a, b] = [left - one.zeroPoint, right - other.zeroPoint];
  if (kind === "mul") return clampByte(scaleExactly(a * b, (one.scale * other.scale) / to.scale) + to.zeroPoint);
  const round = kind === "sub" ? Math.fround : Number;
  const twice = round(2 * Math.max(one.scale, other.scale));
  const [scaledA, scaledB] = [scaleExactly(a * 2 ** 20, round(one.scale / twice)), scaleExactly(b * 2 ** 20, round(other.scale / twice))];
  const sum = kind === "add" ? scaledA + scaledB : scaledA - scaledB;
  return clampByte(scaleExactly(sum, round(twice / round(2 ** 20 * to.scale))) + to.zeroPoint);
}

/** Two shapes that broadcast to a third: of each dimension, one side or the other may have one element, or end there. */
const shapes = fc
  .record({
    dimensions: fc.array(fc.record({ size: fc.integer({ min: 1, max: 3 }), one: fc.constantFrom("left", "right", "none", "none") }), {
      maxLength: 5,
    }),
    missing: fc.nat(2),
    shorter: fc.boolean(),
  })
  .map(({ dimensions, missing, shorter }) => {
    const side = (name: string): number[] => dimensions.map(({ size, one }) => (one === name ? 1 : size));
    // A side may lack its first dimensions.
    const [left, right] = [side("left"), side("right")];
    const cut = Math.min(missing, dimensions.length);
    const [first, second] = shorter ? [left.slice(cut), right] : [left, right.slice(cut)];
    const output = dimensions.map((_, index) => {
      const of = (shape: readonly number[]): number => shape[index - (dimensions.length - shape.length)] ?? 1;
      return Math.max(of(first), of(second));
    });
    return { left: first, right: second, output };
  });

function element(data: Int8Array, shape: readonly number[], index: readonly number[]): number {
  const own = index.slice(index.length - shape.length).map((each, dimension) => (shape[dimension] === 1 ? 0 : each));
  return at(data, placeOf(own, shape));
}

describe.each(["add", "sub", "mul"] as const)("%s", (kind) => {
  test.each(["both computed", "left constant", "right constant"])("is its definition under broadcasting, %s", (sides) => {
    fc.assert(
      fc.property(shapes, quantization, quantization, scale, byte, fc.nat(1000), (shape, one, other, outputScale, zeroPoint, seed) => {
        const to = { scale: outputScale, zeroPoint };
        const [left, right] = [bytesOf(elementCount(shape.left), seed), bytesOf(elementCount(shape.right), seed + 1)];
        const builder = new GraphBuilder();
        const constant = (data: Int8Array, from: readonly number[], how: ScaleAndZero): number =>
          builder.constant(from, data, [how.scale], 0, how.zeroPoint);
        const leftId = sides === "left constant" ? constant(left, shape.left, one) : builder.activation(shape.left, one);
        const rightId = sides === "right constant" ? constant(right, shape.right, other) : builder.activation(shape.right, other);
        const output = builder.activation(shape.output, to);
        const inputs = [leftId, rightId].filter((id) => at(builder.tensors, id).kind === "activation");
        const graph: Graph = builder.graph(inputs, [output], { kind, left: leftId, right: rightId, output, activation: "none" });
        const raw = Int8Array.from([...(sides === "left constant" ? [] : left), ...(sides === "right constant" ? [] : right)]);
        const expected = indices(shape.output).map((index) =>
          combine(kind, element(left, shape.left, index), element(right, shape.right, index), one, other, to),
        );
        expect([...createInterpreter(lowered(graph)).infer(raw)]).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });
});

test("the fused activation clamps after the zero point", () => {
  const builder = new GraphBuilder();
  const input = builder.activation([3], { scale: 0.1 });
  const output = builder.activation([3], { scale: Math.fround(0.1), zeroPoint: -10 });
  const right = builder.constant([1], Int8Array.of(0), [0.1]);
  const graph = builder.graph([input], [output], { kind: "add", left: input, right, output, activation: "relu6" });
  expect([...createInterpreter(lowered(graph)).infer(Int8Array.of(-50, 30, 100))]).toEqual([-10, 20, 50]);
});
