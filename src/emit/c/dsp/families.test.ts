import { describe, expect, test } from "vitest";
import { at } from "../../../core/assert.ts";
import { quantizeMultiplier } from "../../../core/fixed-point.ts";
import type { ConvolutionStep, DepthwiseStep, IntegerProgram, Sliding } from "../../../artifacts/integer-program.ts";
import { chooseKernels } from "../choose-kernels.ts";
import { PLAIN, type Optimization, type PrintedStep } from "../printed-step.ts";
import { DSP_FAMILIES } from "./families.ts";
import { chain, randomLayer } from "./testing.ts";
import { PAIRS } from "./widen.ts";

const CALL_NAMES = { buffer: (id: number) => `b${id}`, field: (role: string) => role, shape: (role: string) => role, scratch: "scratch" };

/** All of a printed step that a parameter block must not change. */
function layoutOf({ description, kernels, fields, shapes, scratch, stackBytes, instructions, call }: PrintedStep): unknown {
  return {
    ...{ description, kernels, shapes, scratch, stackBytes, instructions },
    fields: fields.map(({ role, type, count }) => ({ role, type, count })),
    call: call(CALL_NAMES),
  };
}

function mlp(seed: number, widths: readonly number[]): IntegerProgram {
  const steps = widths.slice(1).map((outputs, index) => {
    const rectified = index < widths.length - 2;
    return randomLayer(seed + index, { inputs: at(widths, index), outputs, rectified });
  });
  return chain(widths, steps);
}

const EXTENT = { height: 8, width: 8, channels: 8 };

function sliding(kernel: 1 | 3, channels: number): Sliding {
  const pad = kernel === 3 ? 1 : 0;
  return {
    ...{ batches: 1, from: EXTENT, to: { ...EXTENT, channels }, kernel: { height: kernel, width: kernel } },
    ...{ stride: { height: 1, width: 1 }, dilation: { height: 1, width: 1 }, padding: { top: pad, left: pad } },
  };
}

function convolutions(seed: number): IntegerProgram {
  const rows = (inputs: number, outputs: number): Omit<ConvolutionStep, "kind" | "groups" | keyof Sliding> => {
    return randomLayer(seed, { inputs, outputs, rectified: true });
  };
  const pixels: ConvolutionStep = { ...rows(8, 16), ...sliding(1, 16), kind: "conv-2d", groups: 1 };
  const windows: ConvolutionStep = { ...rows(72, 8), ...sliding(3, 8), kind: "conv-2d", groups: 1 };
  const depthwise: DepthwiseStep = { ...rows(9, 8), ...sliding(3, 8), kind: "depthwise-conv-2d", multiplier: 1 };
  return chain([512, 512, 512, 1024], [windows, depthwise, pixels]);
}

function choose(program: IntegerProgram, optimize: Optimization = "balanced"): ReturnType<typeof chooseKernels> {
  return chooseKernels(program, "cortex-m4f", optimize, DSP_FAMILIES);
}

describe.each(["balanced", "speed", "size"] as const)("%s", (optimize) => {
  test.each([
    ["fully connected layers", (seed: number) => mlp(seed, [24, 64, 33, 5])],
    ["convolutions", convolutions],
  ])("%s of one architecture exchange their parameters", (_, program) => {
    const [first, second] = [choose(program(1), optimize), choose(program(77), optimize)];
    expect(first.steps.map(layoutOf)).toEqual(second.steps.map(layoutOf));
    expect(first.steps.map(({ fields }) => fields[0]?.values)).not.toEqual(second.steps.map(({ fields }) => fields[0]?.values));
    expect(first.steps.every(({ instructions }) => instructions !== undefined)).toBe(true);
  });
});

test("between layers lie int16 pairs, at the ends bytes", () => {
  expect(choose(mlp(1, [24, 64, 33, 5])).forms).toEqual([PLAIN, PAIRS, PAIRS, PLAIN]);
});

test("few weights are wide, many are packed, unless speed or size is wanted", () => {
  const kernels = (widths: readonly number[], optimize: Optimization): readonly string[] =>
    at(choose(mlp(1, widths), optimize).steps, 1).kernels.map(({ name }) => name);
  expect(kernels([8, 16, 16, 2], "balanced")).toEqual(["dense_wide"]);
  expect(kernels([8, 16, 16, 2], "size")).toEqual(["dense_packed"]);
  expect(kernels([8, 64, 64, 2], "balanced")).toEqual(["dense_packed"]);
  expect(kernels([8, 64, 64, 2], "speed")).toEqual(["dense_wide"]);
});

test("each convolution has the kernel for its shape", () => {
  const [windows, depthwise, pixels] = choose(convolutions(1)).steps.map(({ kernels }) => kernels.map(({ name }) => name));
  expect(windows).toEqual(["widen", "widen_window", "dense_wide_bytes"]);
  expect(depthwise).toEqual(["filter_planes_stride_1_by_4"]);
  expect(pixels).toEqual(["pixels_of_8"]);
});

test("what has no exact constants is left to others", () => {
  const layer = randomLayer(1, { inputs: 8, outputs: 8, rectified: true });
  const large = { ...layer, requantization: { ...layer.requantization, multipliers: [quantizeMultiplier(1.5)] } };
  const clamped = { ...layer, requantization: { ...layer.requantization, minimum: -50 } };
  for (const step of [large, clamped]) {
    const program = chain([8, 8], [step]);
    expect(DSP_FAMILIES.map((family) => family(at(program.steps, 0), program, "balanced"))).toEqual(DSP_FAMILIES.map(() => null));
  }
});
