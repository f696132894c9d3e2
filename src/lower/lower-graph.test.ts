import { describe, expect, test } from "vitest";
import { at } from "../core/assert.ts";
import type { Graph } from "../artifacts/graph.ts";
import { lowerGraph } from "./lower-graph.ts";
import { GraphBuilder, lowered, refusal } from "./testing.ts";

/** One neuron over inputs of scale 0.1 and zero point -128, with weights of scale 0.1. */
function oneNeuron(weight: number, inputs: number, bias: number, outputScale: number): Graph {
  const builder = new GraphBuilder();
  const input = builder.activation([1, inputs], { scale: 0.1, zeroPoint: -128 });
  const weights = builder.constant([1, inputs], new Int8Array(inputs).fill(weight), [0.1]);
  const biases = builder.constant([1], Int32Array.of(bias), [0.01]);
  const output = builder.activation([1, 1], { scale: outputScale, name: "neuron" });
  return builder.graph([input], [output], { kind: "fully-connected", input, weights, bias: biases, output, activation: "none" });
}

describe("accumulators", () => {
  test("that fit are lowered", () => {
    expect(lowered(oneNeuron(127, 100, 1000, 1)).steps).toHaveLength(1);
  });

  test("that could leave int32 are refused, by weights, by bias and by a multiplier above 1", () => {
    for (const graph of [oneNeuron(127, 70_000, 0, 1), oneNeuron(1, 1, 2 ** 31 - 1, 1), oneNeuron(127, 1000, 0, 0.01 / 2 ** 10)]) {
      const outcome = lowerGraph(graph);
      expect(outcome.ok).toBe(false);
      if (!outcome.ok) {
        expect(at(outcome.diagnostics, 0).code).toBe("accumulator-overflow");
        expect(at(outcome.diagnostics, 0).message).toContain("neuron");
      }
    }
  });

  test("of pooling, mean and softmax are refused as well", () => {
    const mean = (count: number): Graph => {
      const builder = new GraphBuilder();
      const [input, output] = [builder.activation([1, count]), builder.activation([1])];
      return builder.graph([input], [output], { kind: "mean", input, output, axes: [1] });
    };
    expect([refusal(mean(2 ** 23)), refusal(mean(2 ** 24))]).toEqual([null, "accumulator-overflow"]);
    const softmax = (depth: number, scale: number): Graph => {
      const builder = new GraphBuilder();
      const input = builder.activation([depth], { scale });
      const output = builder.activation([depth], { scale: 1 / 256, zeroPoint: -128 });
      return builder.graph([input], [output], { kind: "softmax", input, output, beta: 1 });
    };
    expect([refusal(softmax(4095, 0.1)), refusal(softmax(4096, 0.1))]).toEqual([null, "accumulator-overflow"]);
    expect([refusal(softmax(2, 2 ** -25)), refusal(softmax(2, 2 ** -26))]).toEqual([null, "softmax-scale"]);
    const pool = (side: number): Graph => {
      const builder = new GraphBuilder();
      const [input, output] = [builder.activation([1, side, side, 1]), builder.activation([1, 1, 1, 1])];
      const window = { height: side, width: side };
      const settings = { padding: "valid", stride: { height: 1, width: 1 }, activation: "none" } as const;
      return builder.graph([input], [output], { kind: "average-pool-2d", input, output, window, ...settings });
    };
    expect([refusal(pool(4000)), refusal(pool(4100))]).toEqual([null, "accumulator-overflow"]);
  });
});

test("a mean's division takes no more of the multiplier's shift than there is", () => {
  const multiplierOf = (inputScale: number, count: number): unknown => {
    const builder = new GraphBuilder();
    const [input, output] = [builder.activation([count], { scale: inputScale }), builder.activation([1])];
    const step = at(lowered(builder.graph([input], [output], { kind: "mean", input, output, axes: [0] })).steps, 0);
    return step.kind === "mean" ? step.requantization.multipliers : step.kind;
  };
  expect(multiplierOf(1, 4)).toEqual([{ mantissa: 2 ** 30, shift: -1 }]);
  expect(multiplierOf(1, 5)).toEqual([{ mantissa: Math.floor(2 ** 32 / 5), shift: -1 }]);
  expect(multiplierOf(2 ** -31, 4)).toEqual([{ mantissa: 2 ** 29, shift: -31 }]);
  expect(multiplierOf(2 ** -32, 4)).toEqual([{ mantissa: 2 ** 28, shift: -31 }]);
});

describe("buffers", () => {
  test("a reshape costs neither a step nor memory", () => {
    const builder = new GraphBuilder();
    const [input, flat, output] = [builder.activation([2, 3]), builder.activation([6]), builder.activation([6])];
    const program = lowered(
      builder.graph([input], [output], { kind: "reshape", input, output: flat }, { kind: "relu6", input: flat, output }),
    );
    expect([program.steps.length, program.buffers.length]).toEqual([1, 2]);
  });

  test("inputs and outputs are distinct, by copies where the graph's are not", () => {
    const builder = new GraphBuilder();
    const [input, flat, bent] = [builder.activation([2, 3]), builder.activation([6]), builder.activation([6])];
    const operators = [
      { kind: "reshape", input, output: flat },
      { kind: "relu6", input: flat, output: bent },
    ] as const;
    const program = lowered(builder.graph([input], [bent, flat, bent, input], ...operators));
    expect(program.steps.map(({ kind }) => kind)).toEqual(["table", "copy", "copy", "copy"]);
    expect(new Set([...program.inputs, ...program.outputs]).size).toBe(5);
  });
});

describe("scales that TensorFlow Lite Micro refuses", () => {
  const sum = (kind: "add" | "sub" | "mul", left: number, right: number, to: number): Graph => {
    const builder = new GraphBuilder();
    const [one, other] = [builder.activation([1], { scale: left }), builder.activation([1], { scale: right })];
    const output = builder.activation([1], { scale: to });
    return builder.graph([one, other], [output], { kind, left: one, right: other, output, activation: "none" });
  };

  test.each(["add", "sub"] as const)("%s: the output's multiplier is below 1", (kind) => {
    expect([refusal(sum(kind, 1, 1, 2 ** -18)), refusal(sum(kind, 1, 1, 2 ** -19))]).toEqual([null, "scales-out-of-proportion"]);
    // One that rounds to 1 in 31 bits.
    expect(refusal(sum(kind, Math.fround(1 - 2 ** -24), 1e-10, 2 ** -19))).toBe(null);
  });

  test("sub in single precision loses what add in double precision keeps", () => {
    const [tiny, huge] = [Math.fround(1e-38), Math.fround(3e38)];
    expect([refusal(sum("add", tiny, huge / 4, huge / 4)), refusal(sum("sub", tiny, huge / 4, huge / 4))]).toEqual([
      null,
      "scales-out-of-proportion",
    ]);
  });

  test("mul: products stay within int32", () => {
    expect([refusal(sum("mul", 1, 1, 2 ** -15)), refusal(sum("mul", 1, 1, 2 ** -16))]).toEqual([null, "accumulator-overflow"]);
  });

  test("two constants are no operator", () => {
    const builder = new GraphBuilder();
    const [left, right] = [builder.constant([1], Int8Array.of(1)), builder.constant([1], Int8Array.of(2))];
    const [input, output] = [builder.activation([1]), builder.activation([1])];
    expect(refusal(builder.graph([input], [output], { kind: "add", left, right, output, activation: "none" }))).toBe("constant-operator");
  });
});
