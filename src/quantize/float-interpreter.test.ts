// Each operator against what is worked out by hand. random-networks.test.ts compares all of them with the integer interpreter besides.

import { describe, expect, test } from "vitest";
import type { FloatNetwork, FloatOperator, FloatTensor } from "../artifacts/network.ts";
import { createFloatInterpreter } from "./float-interpreter.ts";

interface OperandShapes {
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/** One operator from tensor 0 to tensor 1; parameters are 2, 3, ... */
function run(
  { input, output }: OperandShapes,
  operator: FloatOperator,
  values: readonly number[],
  parameters: readonly (readonly [shape: readonly number[], data: readonly number[]])[] = [],
): number[] {
  const tensors: FloatTensor[] = [
    { kind: "activation", name: "input", shape: input },
    { kind: "activation", name: "output", shape: output },
    ...parameters.map(([shape, data]) => ({ kind: "parameter", name: "parameter", shape, data: Float32Array.from(data) }) as const),
  ];
  const network: FloatNetwork = { tensors, operators: [operator], inputs: [0], outputs: [1] };
  const [result] = createFloatInterpreter(network).infer([Float32Array.from(values)]);
  return [...(result ?? [])];
}

const one = { height: 1, width: 1 };
const ends = { input: 0, output: 1 } as const;

describe("weighted", () => {
  test("fully connected: rows of an input with more dimensions, a bias, a clamp", () => {
    const operator = { kind: "fully-connected", ...ends, weights: 2, bias: 3, activation: "relu" } as const;
    const [weights, bias] = [
      [
        [2, 3],
        [1, 2, 3, -1, 0, 1],
      ] as const,
      [[2], [10, -1]] as const,
    ];
    const shapes = { input: [1, 2, 3], output: [1, 2, 2] };
    expect(run(shapes, operator, [1, 1, 1, 0, 2, -4], [weights, bias])).toEqual([16, 0, 2, 0]);
    expect(run(shapes, { ...operator, bias: null, activation: "none" }, [1, 1, 1, 0, 2, -4], [weights])).toEqual([6, 0, -8, -4]);
  });

  test("fully connected: any number of outputs, sums in double precision", () => {
    for (const outputs of [1, 2, 3, 4, 5, 7, 8]) {
      const operator = { kind: "fully-connected", ...ends, weights: 2, bias: null, activation: "none" } as const;
      const weights = Array.from({ length: outputs * 3 }, (_, index) => [1, 2 ** 30, -(2 ** 30)][index % 3] ?? 0);
      const values = run({ input: [1, 3], output: [1, outputs] }, operator, [0.5, 1, 1], [[[outputs, 3], weights]]);
      expect(values).toEqual(Array.from({ length: outputs }, () => 0.5));
    }
  });

  // 1 2 3
  // 4 5 6
  // 7 8 9
  const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9];

  test("convolution: what lies outside counts nothing, odd padding goes after", () => {
    const operator = { kind: "conv-2d", ...ends, weights: 2, bias: null, activation: "none", stride: one, dilation: one } as const;
    const ones = [
      [1, 2, 2, 1],
      [1, 1, 1, 1],
    ] as const;
    expect(run({ input: [1, 3, 3, 1], output: [1, 2, 2, 1] }, { ...operator, padding: "valid" }, nine, [ones])).toEqual([12, 16, 24, 28]);
    const same = { ...operator, padding: "same" } as const;
    expect(run({ input: [1, 3, 3, 1], output: [1, 3, 3, 1] }, same, nine, [ones])).toEqual([12, 16, 9, 24, 28, 15, 15, 17, 9]);
    const wide = { ...same, stride: { height: 2, width: 2 } };
    expect(run({ input: [1, 3, 3, 1], output: [1, 2, 2, 1] }, wide, nine, [ones])).toEqual([12, 9, 15, 9]);
    const dilated = { ...operator, padding: "valid", dilation: { height: 2, width: 2 } } as const;
    expect(run({ input: [1, 3, 3, 1], output: [1, 1, 1, 1] }, dilated, nine, [ones])).toEqual([20]);
  });

  test("convolution in groups", () => {
    const settings = { activation: "none", stride: one, dilation: one, padding: "valid" } as const;
    const operator = { kind: "conv-2d", ...ends, weights: 2, bias: 3, ...settings } as const;
    const weights = [
      [2, 1, 1, 2],
      [1, 10, 100, 1000],
    ] as const;
    expect(run({ input: [1, 1, 1, 4], output: [1, 1, 1, 2] }, operator, [1, 2, 3, 4], [weights, [[2], [0.5, 0.25]]])).toEqual([
      21.5, 4300.25,
    ]);
  });

  test("depthwise convolution: channel c * multiplier + m", () => {
    const settings = { activation: "relu6", stride: one, dilation: one, padding: "valid" } as const;
    const operator = { kind: "depthwise-conv-2d", ...ends, weights: 2, bias: 3, ...settings } as const;
    const weights = [
      [1, 1, 2, 4],
      [1, 2, 3, 4, 1, 1, 1, -1],
    ] as const;
    const bias = [[4], [0, 0, 0, 0.5]] as const;
    expect(run({ input: [1, 1, 2, 2], output: [1, 1, 1, 4] }, operator, [0.5, 1, 2, 3], [weights, bias])).toEqual([2.5, 3, 6, 1.5]);
  });
});

describe("condensing", () => {
  const window = {
    ...ends,
    activation: "none",
    padding: "same",
    stride: { height: 2, width: 2 },
    window: { height: 2, width: 2 },
  } as const;
  const shapes = { input: [1, 3, 3, 1], output: [1, 2, 2, 1] };

  test("pools look at what is inside the image only", () => {
    const values = [1, 2, -3, 4, 5, -6, 7, 8, -9];
    expect(run(shapes, { kind: "average-pool-2d", ...window }, values)).toEqual([3, -4.5, 7.5, -9]);
    expect(run(shapes, { kind: "max-pool-2d", ...window }, values)).toEqual([5, -3, 8, -9]);
  });

  test("the mean over some dimensions, in any place", () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8];
    expect(run({ input: [1, 2, 2, 2], output: [1, 2] }, { kind: "mean", ...ends, axes: [1, 2] }, values)).toEqual([4, 5]);
    expect(run({ input: [1, 2, 2, 2], output: [1, 2, 1, 1] }, { kind: "mean", ...ends, axes: [2, 3] }, values)).toEqual([2.5, 6.5]);
  });

  test("softmax along the last dimension, of large numbers too", () => {
    const softmax = { kind: "softmax", ...ends, beta: 1 } as const;
    const [half, quarter] = [Math.log(2) + 900, 900];
    const values = run({ input: [1, 2, 3], output: [1, 2, 3] }, softmax, [half, quarter, quarter, 5, 5, 5]);
    [0.5, 0.25, 0.25, 1 / 3, 1 / 3, 1 / 3].forEach((share, index) => {
      expect(values[index]).toBeCloseTo(share, 4);
    });
  });
});

describe("moving", () => {
  const values = [1, 2, 3, 4, 5, 6];

  test("pad, reshape, slices with strides of both signs", () => {
    expect(run({ input: [1, 2, 1], output: [1, 3, 3] }, { kind: "pad", ...ends, before: [0, 1, 2], after: [0, 0, 0] }, [7, 8])).toEqual([
      0, 0, 0, 0, 0, 7, 0, 0, 8,
    ]);
    expect(run({ input: [1, 2, 3], output: [1, 6] }, { kind: "reshape", ...ends }, values)).toEqual(values);
    const slice = { kind: "strided-slice", ...ends, begin: [0, 1, 2], strides: [1, 1, -2], sizes: [1, 1, 2] } as const;
    expect(run({ input: [1, 2, 3], output: [1, 2] }, slice, values)).toEqual([6, 4]);
  });

  test("split, and concatenation in another order", () => {
    const activation = (shape: readonly number[]): FloatTensor => ({ kind: "activation", name: "", shape });
    const network: FloatNetwork = {
      tensors: [activation([1, 2, 3]), ...[1, 2, 3].map(() => activation([1, 2, 1])), activation([1, 2, 3])],
      operators: [
        { kind: "split", input: 0, outputs: [1, 2, 3], axis: 2 },
        { kind: "concatenation", inputs: [3, 1, 2], output: 4, axis: 2 },
      ],
      inputs: [0],
      outputs: [4, 2],
    };
    const outputs = createFloatInterpreter(network).infer([Float32Array.from(values)]);
    expect(outputs.map((output) => [...output])).toEqual([
      [3, 1, 2, 6, 4, 5],
      [2, 5],
    ]);
  });
});

describe("element by element", () => {
  const shapes = { input: [1, 5], output: [1, 5] };
  const values = [-4, -1, 0, 2, 7];

  test.each([
    [{ kind: "relu" }, [0, 0, 0, 2, 7]],
    [{ kind: "relu6" }, [0, 0, 0, 2, 6]],
    [{ kind: "leaky-relu", alpha: 0.5 }, [-2, -0.5, 0, 2, 7]],
    [{ kind: "hard-swish" }, [-0, -1 / 3, 0, 10 / 6, 7].map(Math.fround)],
    [{ kind: "tanh" }, values.map((value) => Math.fround(Math.tanh(value)))],
    [{ kind: "logistic" }, values.map((value) => Math.fround(1 / (1 + Math.exp(-value))))],
  ] as const)("%o", (settings, expected) => {
    expect(run(shapes, { ...settings, ...ends }, values)).toEqual(expected);
  });

  test("arithmetic broadcasts, on either side", () => {
    const row = [[3], [10, 20, 30]] as const;
    const settings = { output: 1, activation: "none" } as const;
    const at = { input: [1, 2, 3], output: [1, 2, 3] };
    expect(run(at, { kind: "add", left: 0, right: 2, ...settings }, [1, 2, 3, 4, 5, 6], [row])).toEqual([11, 22, 33, 14, 25, 36]);
    expect(run(at, { kind: "sub", left: 2, right: 0, ...settings }, [1, 2, 3, 4, 5, 6], [row])).toEqual([9, 18, 27, 6, 15, 24]);
    const clamped = { kind: "mul", left: 0, right: 2, output: 1, activation: "relu-n1-to-1" } as const;
    expect(run(at, clamped, [1, -2, 0.5, 0, 1, 1], [[[1, 1], [0.5]]])).toEqual([0.5, -1, 0.25, 0, 0.5, 0.5]);
  });
});

test("outputs are the caller's own, and the inputs stay as they were", () => {
  const network: FloatNetwork = {
    tensors: [{ kind: "activation", name: "state", shape: [1, 2] }],
    operators: [],
    inputs: [0],
    outputs: [0],
  };
  const interpreter = createFloatInterpreter(network);
  const [first] = interpreter.infer([Float32Array.of(1, 2)]);
  interpreter.infer([Float32Array.of(3, 4)]);
  expect(first).toEqual(Float32Array.of(1, 2));
  expect(interpreter.value(0)).toEqual(Float32Array.of(3, 4));
  expect(() => interpreter.infer([Float32Array.of(1)])).toThrow("1 elements for an input of 2");
});
