import { describe, expect, test } from "vitest";
import { at } from "../../core/assert.ts";
import type { Gates, Graph, TensorId } from "../../artifacts/graph.ts";
import { GraphBuilder, lowered, refusal } from "../../lower/testing.ts";
import { createInterpreter } from "../interpreter.ts";
import { bytesOf } from "./testing.ts";

interface Shape {
  readonly batches: number;
  readonly steps: number;
  readonly features: number;
  readonly units: number;
}

interface Options {
  readonly timeMajor?: boolean;
  readonly cellClip?: number;
  readonly cellScale?: number;
  readonly weight?: number;
}

const INPUT = { scale: Math.fround(0.02), zeroPoint: 7 };
const HIDDEN = { scale: Math.fround(1 / 127), zeroPoint: -3 };
const WEIGHT_SCALE = Math.fround(0.01);

/** Small weights that repeat, or all the same. */
function lstm(
  { batches, steps, features, units }: Shape,
  { timeMajor = false, cellClip = 0, cellScale = 2 ** -11, weight }: Options = {},
): Graph {
  const builder = new GraphBuilder();
  const weights = (columns: number, seed: number): TensorId => {
    const data = bytesOf(units * columns, seed);
    return builder.constant([units, columns], weight === undefined ? data : data.fill(weight), [WEIGHT_SCALE]);
  };
  const gates = <Value>(make: (gate: number) => Value): Gates<Value> => ({
    input: make(0),
    forget: make(1),
    cell: make(2),
    output: make(3),
  });
  const shape = (width: number): number[] => [...(timeMajor ? [steps, batches] : [batches, steps]), width];
  const input = builder.activation(shape(features), INPUT);
  const output = builder.activation(shape(units), HIDDEN);
  const hiddenState = builder.variable([batches, units], "int8", HIDDEN.scale, HIDDEN.zeroPoint);
  return builder.graph([input], [output], {
    ...{ kind: "lstm", input, output, timeMajor, cellClip, hiddenState, cellState: builder.variable([batches, units], "int16", cellScale) },
    inputWeights: gates((gate) => weights(features, gate)),
    recurrentWeights: gates((gate) => weights(units, gate + 10)),
    bias: gates((gate) =>
      gate === 1
        ? null
        : builder.constant(
            [units],
            Int32Array.from(bytesOf(units, gate + 20), (value) => value * 20),
          ),
    ),
  });
}

const SHAPE: Shape = { batches: 2, steps: 3, features: 4, units: 5 };

describe("the state", () => {
  const interpreter = createInterpreter(lowered(lstm({ ...SHAPE, batches: 1 })));
  const input = bytesOf(12, 1);
  const first = interpreter.infer(input);

  test("is kept: the same input gives another answer", () => {
    expect(interpreter.infer(input)).not.toEqual(first);
  });

  test("is forgotten by a reset, and by nothing else", () => {
    interpreter.reset();
    expect(interpreter.infer(input)).toEqual(first);
  });

  test("passes from step to step: one inference of three steps is three of one", () => {
    const single = createInterpreter(lowered(lstm({ ...SHAPE, batches: 1, steps: 1 })));
    const outputs = [0, 1, 2].flatMap((step) => [...single.infer(input.slice(4 * step, 4 * step + 4))]);
    expect(outputs).toEqual([...first]);
  });

  test("of a batch is its own, in either order of dimensions", () => {
    const both = bytesOf(24, 3);
    const alone = (batch: number): number[] => {
      const own = createInterpreter(lowered(lstm({ ...SHAPE, batches: 1 })));
      return [...own.infer(both.slice(12 * batch, 12 * batch + 12))];
    };
    const expected = [...alone(0), ...alone(1)];
    expect([...createInterpreter(lowered(lstm(SHAPE))).infer(both)]).toEqual(expected);

    const transposed = Int8Array.from({ length: 24 }, (_, index) => {
      const [step, batch, feature] = [Math.floor(index / 8), Math.floor(index / 4) % 2, index % 4];
      return at(both, (batch * 3 + step) * 4 + feature);
    });
    const timeMajor = createInterpreter(lowered(lstm(SHAPE, { timeMajor: true }))).infer(transposed);
    expected.forEach((value, index) => {
      const [batch, step, unit] = [Math.floor(index / 15), Math.floor(index / 5) % 3, index % 5];
      expect(at(timeMajor, (step * 2 + batch) * 5 + unit)).toBe(value);
    });
  });
});

/** The same network in real numbers. */
function realLstm(graph: Graph, input: Int8Array, { steps, features, units }: Shape, cellClip: number): number[] {
  const operator = at(graph.operators, 0);
  if (operator.kind !== "lstm") throw new Error(operator.kind);
  const data = (id: TensorId | null): number[] => {
    const tensor = id === null ? null : at(graph.tensors, id);
    return tensor?.kind === "constant" ? [...tensor.data] : new Array<number>(units).fill(0);
  };
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  let hidden = new Array<number>(units).fill(0);
  const cell = new Array<number>(units).fill(0);
  const outputs: number[] = [];
  for (let step = 0; step < steps; step++) {
    const x = Array.from(input.subarray(step * features, (step + 1) * features), (value) => INPUT.scale * (value - INPUT.zeroPoint));
    const gate = (name: keyof Gates<unknown>, unit: number): number => {
      const sum = (weights: TensorId, values: readonly number[]): number =>
        values.reduce((total, value, index) => total + value * WEIGHT_SCALE * at(data(weights), unit * values.length + index), 0);
      const bias = at(data(operator.bias[name]), unit) * INPUT.scale * WEIGHT_SCALE;
      return bias + sum(operator.inputWeights[name], x) + sum(operator.recurrentWeights[name], hidden);
    };
    hidden = hidden.map((_, unit) => {
      const kept = sigmoid(gate("forget", unit)) * at(cell, unit) + sigmoid(gate("input", unit)) * Math.tanh(gate("cell", unit));
      cell[unit] = Math.max(-cellClip, Math.min(cellClip, kept));
      return sigmoid(gate("output", unit)) * Math.tanh(at(cell, unit));
    });
    outputs.push(...hidden);
  }
  return outputs;
}

test.each([Infinity, 0.3])("the answer is near that of real numbers, cell clipped at %f", (cellClip) => {
  const shape = { ...SHAPE, batches: 1, steps: 6 };
  const graph = lstm(shape, { cellClip: cellClip === Infinity ? 0 : cellClip });
  const input = bytesOf(24, 9);
  const actual = createInterpreter(lowered(graph)).infer(input);
  realLstm(graph, input, shape, cellClip).forEach((real, index) => {
    expect(Math.abs(HIDDEN.scale * (at(actual, index) - HIDDEN.zeroPoint) - real)).toBeLessThan(0.03);
  });
});

test("the clip is truncated to the cell's scale, and only an unclipped cell may reach -32768", () => {
  const clipOf = (cellClip: number): unknown => {
    const step = at(lowered(lstm(SHAPE, { cellClip })).steps, 0);
    return step.kind === "lstm" ? step.cellClip : step.kind;
  };
  expect([614.75 / 2048, 100, 0, -1].map(clipOf)).toEqual([614, 32767, 32768, 32768]);
});

test("sums that could leave int32, and cell scales beyond its tanh, are refused", () => {
  expect(refusal(lstm(SHAPE, { cellScale: 0.001 }))).toBe("lstm-cell-scale");
  expect([refusal(lstm(SHAPE, { cellScale: 4 })), refusal(lstm(SHAPE, { cellScale: 8 }))]).toEqual([null, "lstm-cell-scale"]);
  expect(refusal(lstm({ batches: 1, steps: 1, features: 140_000, units: 1 }, { weight: 127 }))).toBe("accumulator-overflow");
});
