import { expect, test } from "vitest";
import { at } from "../core/assert.ts";
import type { IntegerProgram } from "../artifacts/integer-program.ts";
import { GraphBuilder, lowered } from "../lower/testing.ts";
import { createInterpreter } from "./interpreter.ts";

/** Little-endian. */
function floatBytes(...values: readonly number[]): Int8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, index) => {
    view.setFloat32(4 * index, value, true);
  });
  return new Int8Array(view.buffer);
}

test("inputs and outputs stand one after another, each in its own type", () => {
  const builder = new GraphBuilder();
  const real = builder.activation([2], { type: "float32" });
  const [raw, quantized] = [builder.activation([3]), builder.activation([2], { scale: 0.5, zeroPoint: 1 })];
  const largest = builder.activation([], { type: "int32" });
  const again = builder.activation([2], { type: "float32" });
  const graph = builder.graph(
    [raw, real],
    [largest, again, quantized],
    { kind: "quantize", input: real, output: quantized },
    { kind: "dequantize", input: quantized, output: again },
    { kind: "arg-max", input: raw, output: largest, axis: 0 },
  );
  const output = createInterpreter(lowered(graph)).infer(Int8Array.of(3, 9, -2, ...floatBytes(1.25, -100)));
  expect([...output]).toEqual([1, 0, 0, 0, ...floatBytes(1.5, -64.5), 4, -128]);
});

test("quantize rounds halves away from zero, in single precision, and saturates", () => {
  const builder = new GraphBuilder();
  const [real, output] = [
    builder.activation([8], { type: "float32" }),
    builder.activation([8], { scale: Math.fround(0.1), zeroPoint: -2 }),
  ];
  const graph = builder.graph([real], [output], { kind: "quantize", input: real, output });
  const input = floatBytes(0.05, -0.05, 0.149, 0.25, 1e30, -Infinity, NaN, -0.0499);
  expect([...createInterpreter(lowered(graph)).infer(input)]).toEqual([-1, -3, -1, 1, 127, -128, -2, -2]);
});

test("dequantize multiplies in double precision and rounds once", () => {
  const builder = new GraphBuilder();
  const scale = Math.fround(0.1);
  const [input, real] = [builder.activation([2], { scale, zeroPoint: 5 }), builder.activation([2], { type: "float32" })];
  const output = createInterpreter(lowered(builder.graph([input], [real], { kind: "dequantize", input, output: real }))).infer(
    Int8Array.of(5, -128),
  );
  expect([...output]).toEqual([...floatBytes(0, scale * -133)]);
});

test("each output is a fresh array, and an input of the wrong size is a bug", () => {
  const builder = new GraphBuilder();
  const input = builder.activation([2]);
  const interpreter = createInterpreter(lowered(builder.graph([input], [input])));
  const first = interpreter.infer(Int8Array.of(1, 2));
  interpreter.infer(Int8Array.of(3, 4));
  expect(first).toEqual(Int8Array.of(1, 2));
  expect(() => interpreter.infer(Int8Array.of(1))).toThrow("bug in reflexarc");
  expect(() => interpreter.infer(Int8Array.of(1, 2, 3))).toThrow("bug in reflexarc");
});

test("a state starts with what it says, and a step may shift it in place", () => {
  const walk = (base: number): { base: number; strides: number[] } => ({ base, strides: [1] });
  const program: IntegerProgram = {
    buffers: [
      { name: "new", type: "int8", elements: 1 },
      { name: "window", type: "int8", elements: 3 },
      { name: "out", type: "int8", elements: 3 },
    ],
    inputs: [0],
    outputs: [2],
    states: [{ buffer: 1, initial: Int8Array.of(7, 8, 9) }],
    steps: [
      { kind: "copy", name: "shift", input: 1, output: 1, sizes: [2], from: walk(1), to: walk(0) },
      { kind: "copy", name: "append", input: 0, output: 1, sizes: [1], from: walk(0), to: walk(2) },
      { kind: "copy", name: "out", input: 1, output: 2, sizes: [3], from: walk(0), to: walk(0) },
    ],
  };
  const interpreter = createInterpreter(program);
  expect([...interpreter.infer(Int8Array.of(1))]).toEqual([8, 9, 1]);
  expect([...interpreter.infer(Int8Array.of(2))]).toEqual([9, 1, 2]);
  interpreter.reset();
  expect(at(interpreter.infer(Int8Array.of(1)), 0)).toBe(8);
});
