import fc from "fast-check";
import { expect, test } from "vitest";
import { GraphBuilder, lowered } from "../../lower/testing.ts";
import { lowerGraph } from "../../lower/lower-graph.ts";
import type { Graph, Padding } from "../../artifacts/graph.ts";
import { createInterpreter } from "../interpreter.ts";
import { byte, bytesOf, clampByte, quantization, scaleExactly, type ScaleAndZero } from "./testing.ts";

const sizes = (maximum: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: maximum });
const seeds = fc.nat(10_000);

/** Weights have these scales; outputs get a scale under which about half of them stay within int8. */
const WEIGHT_SCALES = [0.01, 0.02, 0.005, 0.04].map(Math.fround);

function biasOf(outputs: number, seed: number): Int32Array {
  return Int32Array.from(bytesOf(outputs, seed), (value) => value * 37);
}

test("fully connected is its definition, per tensor and per channel", () => {
  fc.assert(
    fc.property(
      sizes(3),
      sizes(9),
      sizes(4),
      fc.boolean(),
      quantization,
      byte,
      seeds,
      (batches, inputs, outputs, perChannel, from, zeroPoint, seed) => {
        const to: ScaleAndZero = { scale: Math.fround(from.scale * inputs * 2), zeroPoint };
        const scales = perChannel && outputs > 1 ? WEIGHT_SCALES.slice(0, outputs) : WEIGHT_SCALES.slice(0, 1);
        const [weights, bias, input] = [bytesOf(inputs * outputs, seed), biasOf(outputs, seed + 1), bytesOf(batches * inputs, seed + 2)];
        const builder = new GraphBuilder();
        const ids = {
          input: builder.activation([batches, inputs], from),
          weights: builder.constant([outputs, inputs], weights, scales),
          bias: builder.constant([outputs], bias),
          output: builder.activation([batches, outputs], to),
        };
        const program = lowered(builder.graph([ids.input], [ids.output], { kind: "fully-connected", ...ids, activation: "none" }));
        const expected = Array.from({ length: batches * outputs }, (_, place) => {
          const [batch, output] = [Math.floor(place / outputs), place % outputs];
          let sum = bias[output] ?? NaN;
          for (let index = 0; index < inputs; index++) {
            sum += (weights[output * inputs + index] ?? NaN) * ((input[batch * inputs + index] ?? NaN) - from.zeroPoint);
          }
          const weightScale = scales[scales.length === 1 ? 0 : output] ?? NaN;
          const product = scales.length === 1 ? Math.fround(from.scale * weightScale) : from.scale * weightScale;
          return clampByte(scaleExactly(sum, product / to.scale) + to.zeroPoint);
        });
        expect([...createInterpreter(program).infer(input)]).toEqual(expected);
      },
    ),
    { numRuns: 200 },
  );
});

interface Case {
  readonly size: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: Padding;
  /** Groups of a convolution, or input channels of a depthwise one. */
  readonly groups: number;
  readonly depth: number;
  readonly outputsPerGroup: number;
  readonly seed: number;
}

const pairs = (maximum: number): fc.Arbitrary<[number, number]> => fc.tuple(sizes(maximum), sizes(maximum));

const cases: fc.Arbitrary<Case> = fc.record({
  ...{ size: pairs(6), kernel: pairs(3), stride: pairs(2), dilation: pairs(2), padding: fc.constantFrom<Padding>("same", "valid") },
  ...{ groups: sizes(3), depth: sizes(3), outputsPerGroup: sizes(2), seed: seeds },
});

/** What tensorflow/lite/kernels/padding.h says of one direction. */
function direction(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: Padding,
): { readonly outputs: number; readonly before: number } {
  const reach = (kernel - 1) * dilation + 1;
  const outputs = padding === "same" ? Math.ceil(size / stride) : Math.ceil((size - reach + 1) / stride);
  return { outputs, before: Math.max(0, Math.floor(((outputs - 1) * stride + reach - size) / 2)) };
}

/** Both kinds of convolution at once: group g of the output reads channels g * depth .. of the input. @returns null where the window
 * does not fit, or where lowering refuses. */
function convolve(kind: "conv-2d" | "depthwise-conv-2d", each: Case): { readonly actual: number[]; readonly expected: number[] } | null {
  const depth = kind === "conv-2d" ? each.depth : 1;
  const { groups, outputsPerGroup, seed } = each;
  const [channels, outputs] = [groups * depth, groups * outputsPerGroup];
  const [rows, columns] = [0, 1].map((side) =>
    direction(each.size[side] ?? 0, each.kernel[side] ?? 0, each.stride[side] ?? 0, each.dilation[side] ?? 0, each.padding),
  ) as [ReturnType<typeof direction>, ReturnType<typeof direction>];
  if (rows.outputs < 1 || columns.outputs < 1) return null;
  const [height, width] = each.size;
  const [kernelHeight, kernelWidth] = each.kernel;
  const [from, to] = [
    { scale: 0.05, zeroPoint: -13 },
    { scale: 0.2, zeroPoint: 11 },
  ].map((one) => ({ ...one, scale: Math.fround(one.scale) }));
  if (from === undefined || to === undefined) return null;
  const weights = bytesOf(outputs * kernelHeight * kernelWidth * depth, seed);
  const bias = biasOf(outputs, seed + 1);
  const input = bytesOf(height * width * channels, seed + 2);
  const scales = Array.from({ length: outputs }, (_, output) => WEIGHT_SCALES[output % WEIGHT_SCALES.length] ?? NaN);
  const builder = new GraphBuilder();
  const shape = kind === "conv-2d" ? [outputs, kernelHeight, kernelWidth, depth] : [1, kernelHeight, kernelWidth, outputs];
  const ids = {
    input: builder.activation([1, height, width, channels], from),
    weights: builder.constant(shape, weights, scales, kind === "conv-2d" ? 0 : 3),
    bias: builder.constant([outputs], bias),
    output: builder.activation([1, rows.outputs, columns.outputs, outputs], to),
  };
  const plane = ([vertical, horizontal]: readonly [number, number]): { height: number; width: number } => ({
    height: vertical,
    width: horizontal,
  });
  const settings = { padding: each.padding, stride: plane(each.stride), dilation: plane(each.dilation), activation: "none" } as const;
  const graph: Graph = builder.graph([ids.input], [ids.output], { kind, ...ids, ...settings });
  const program = lowerGraph(graph);
  if (!program.ok) return null;
  const expected: number[] = [];
  for (let y = 0; y < rows.outputs; y++) {
    for (let x = 0; x < columns.outputs; x++) {
      for (let output = 0; output < outputs; output++) {
        let sum = bias[output] ?? NaN;
        for (let tap = 0; tap < kernelHeight * kernelWidth; tap++) {
          const fromY = y * each.stride[0] + Math.floor(tap / kernelWidth) * each.dilation[0] - rows.before;
          const fromX = x * each.stride[1] + (tap % kernelWidth) * each.dilation[1] - columns.before;
          const inside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width;
          for (let index = 0; index < depth; index++) {
            const channel = Math.floor(output / outputsPerGroup) * depth + index;
            const element = inside ? (input[(fromY * width + fromX) * channels + channel] ?? NaN) - from.zeroPoint : 0;
            const place = kind === "conv-2d" ? (output * kernelHeight * kernelWidth + tap) * depth + index : tap * outputs + output;
            sum += (weights[place] ?? NaN) * element;
          }
        }
        expected.push(clampByte(scaleExactly(sum, (from.scale * (scales[output] ?? NaN)) / to.scale) + to.zeroPoint));
      }
    }
  }
  return { actual: [...createInterpreter(program.value).infer(input)], expected };
}

test.each(["conv-2d", "depthwise-conv-2d"] as const)("%s is its definition: strides, dilations, padding, groups", (kind) => {
  let compared = 0;
  fc.assert(
    fc.property(cases, (each) => {
      const outcome = convolve(kind, each);
      if (outcome === null) return;
      compared += 1;
      expect(outcome.actual).toEqual(outcome.expected);
    }),
    { numRuns: 300 },
  );
  expect(compared).toBeGreaterThan(150);
});
