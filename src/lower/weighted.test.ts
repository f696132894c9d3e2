import { expect, test } from "vitest";
import { at } from "../core/assert.ts";
import { quantizeMultiplier, type QuantizedMultiplier } from "../core/fixed-point.ts";
import type { Graph, Operator } from "../artifacts/graph.ts";
import type { ProgramStep } from "../artifacts/integer-program.ts";
import { GraphBuilder, lowered, refusal, spreadScale } from "./testing.ts";

type WeightedKind = "fully-connected" | "conv-2d" | "depthwise-conv-2d";

/** Two inputs, two outputs, all weights the same. */
function layer(kind: WeightedKind, input: number, weights: readonly number[], output: number, weight = 1): Graph {
  const builder = new GraphBuilder();
  const image = kind !== "fully-connected";
  const depthwise = kind === "depthwise-conv-2d";
  const from = builder.activation(image ? [1, 1, 1, 2] : [1, 2], { scale: input });
  const data = new Int8Array(depthwise ? 2 : 4).fill(weight);
  const constant = builder.constant(depthwise ? [1, 1, 1, 2] : image ? [2, 1, 1, 2] : [2, 2], data, weights, depthwise ? 3 : 0);
  const to = builder.activation(image ? [1, 1, 1, 2] : [1, 2], { scale: output });
  const one = { height: 1, width: 1 };
  const common = { input: from, weights: constant, bias: null, output: to, activation: "none" } as const;
  const operator: Operator =
    kind === "fully-connected" ? { kind, ...common } : { kind, ...common, padding: "same", stride: one, dilation: one };
  return builder.graph([from], [to], operator);
}

function stepOf(graph: Graph): Extract<ProgramStep, { readonly kind: WeightedKind }> {
  const step = at(lowered(graph).steps, 0);
  if (step.kind !== "fully-connected" && step.kind !== "conv-2d" && step.kind !== "depthwise-conv-2d") throw new Error(step.kind);
  return step;
}

const multipliersOf = (graph: Graph): readonly QuantizedMultiplier[] => stepOf(graph).requantization.multipliers;

test("only a fully connected layer with one weight scale multiplies scales in single precision", () => {
  let differing = 0;
  for (let counter = 0; counter < 50; counter++) {
    const [input, weight, output] = [spreadScale(counter, -8, 7), spreadScale(counter + 100, -8, 6), spreadScale(counter + 200, -6, 5)];
    const single = quantizeMultiplier(Math.fround(input * weight) / output);
    const double = quantizeMultiplier((input * weight) / output);
    if (single.mantissa !== double.mantissa) differing += 1;
    expect(multipliersOf(layer("fully-connected", input, [weight], output))).toEqual([single]);
    expect(multipliersOf(layer("fully-connected", input, [weight, weight], output))).toEqual([double, double]);
    expect(multipliersOf(layer("conv-2d", input, [weight], output))).toEqual([double]);
    expect(multipliersOf(layer("depthwise-conv-2d", input, [weight, weight], output))).toEqual([double, double]);
  }
  expect(differing).toBeGreaterThan(10);
});

test("a layer without bias has one of zeros", () => {
  expect(stepOf(layer("conv-2d", 1, [1], 1)).bias).toEqual(Int32Array.of(0, 0));
});

test.each(["fully-connected", "conv-2d", "depthwise-conv-2d"] as const)("%s: the row whose multiplier shifts it out is refused", (kind) => {
  // Sums up to 2 * 127 * 255, scaled by 2^14 and 2^18; with no weights at all nothing can overflow but the shift itself.
  expect(refusal(layer(kind, 1, [1, 1], 2 ** -14, 127))).toBe(null);
  expect(refusal(layer(kind, 1, [1, 2 ** 4], 2 ** -14, 127))).toBe("accumulator-overflow");
  expect(refusal(layer(kind, 1, [1, 1], 2 ** -29, 0))).toBe(null);
  expect(refusal(layer(kind, 1, [1, 1], 2 ** -30, 0))).toBe("accumulator-overflow");
});

test("windows are padded as TensorFlow Lite pads: the odd pixel goes after", () => {
  const builder = new GraphBuilder();
  const input = builder.activation([1, 6, 5, 3]);
  const weights = builder.constant([4, 2, 3, 1], new Int8Array(24).fill(1), [1]);
  const output = builder.activation([1, 3, 3, 4]);
  const size = { kernel: { height: 2, width: 3 }, stride: { height: 2, width: 2 }, dilation: { height: 2, width: 1 } };
  const { stride, dilation } = size;
  const graph = builder.graph([input], [output], {
    ...{ kind: "conv-2d", input, weights, bias: null, output, activation: "none", padding: "same", stride, dilation },
  });
  expect(stepOf(graph)).toMatchObject({ ...size, batches: 1, groups: 3, padding: { top: 0, left: 1 } });
});

test("a depthwise row is every taps' weight of one channel", () => {
  const refusalOf = (weights: readonly number[]): string | null => {
    const builder = new GraphBuilder();
    const input = builder.activation([1, 1, 2, 2], { zeroPoint: -128 });
    const constant = builder.constant([1, 1, 2, 2], Int8Array.from(weights), [1], 3);
    const output = builder.activation([1, 1, 1, 2], { scale: 2 ** -15 });
    const one = { height: 1, width: 1 };
    const settings = { activation: "none", padding: "valid", stride: one, dilation: one } as const;
    return refusal(
      builder.graph([input], [output], { kind: "depthwise-conv-2d", input, weights: constant, bias: null, output, ...settings }),
    );
  };
  // One weight of 127 may be scaled by 2^16, two of them in a sum may not.
  expect(refusalOf([127, 127, 0, 0])).toBe(null);
  expect(refusalOf([127, 0, 127, 0])).toBe("accumulator-overflow");
});
