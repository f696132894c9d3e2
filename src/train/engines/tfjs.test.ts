import { beforeAll, describe, expect, it } from "vitest";
import { parameterIds, parameterOf, withParameters, type FloatNetwork } from "../../artifacts/network.ts";
import { at } from "../../core/assert.ts";
import type { Batch, FakeQuantization, TrainingEngine } from "../engine.ts";
import { huber, meanLoss, type Objective } from "../loss.ts";
import { randomBatch } from "./testing/batches.ts";
import { LAYER_CASES, LOSS_CASES } from "./testing/network-cases.ts";
import { NetworkDraft, slide } from "./testing/network-draft.ts";
import { recurrentCase } from "./testing/random-networks.ts";
import { startTfjs } from "./tfjs-backends.ts";

const ROWS = 6;
const NO_DECAY = { weightDecay: 0 };
const ONE_CHANNEL: Objective = { loss: { ...huber(1), delta: 10 }, steps: 1, members: 1 };

function lossOf(engine: TrainingEngine, network: FloatNetwork, objective: Objective, { rows, inputs, targets, weights }: Batch): number {
  return meanLoss(objective, engine.begin(network, objective, NO_DECAY).outputs(inputs, rows), targets, weights, rows);
}

/** The loss's slope along a parameter's gradient, over what the gradient says that it is: 1 is right. */
function slopeAlong(
  engine: TrainingEngine,
  network: FloatNetwork,
  objective: Objective,
  batch: Batch,
  id: number,
  gradient: Float32Array,
): number {
  const square = gradient.reduce((sum, value) => sum + value * value, 0);
  const step = 0.004 / Math.sqrt(square);
  const lossAt = (distance: number): number => {
    const moved = parameterOf(network, id).data.map((value, index) => value + distance * at(gradient, index));
    return lossOf(engine, withParameters(network, new Map([[id, moved]])), objective, batch);
  };
  return (lossAt(step) - lossAt(-step)) / (2 * step * square);
}

/** The loss whose value the gradient belongs to. */
function withoutSmoothing({ loss, ...shape }: Objective): Objective {
  return { ...shape, loss: loss.kind === "cross-entropy" ? { ...loss, labelSmoothing: 0 } : loss };
}

/** 2 inputs, 1 output without activation: weights 3 and -2, bias 0.5. */
function line(): FloatNetwork {
  const draft = new NetworkDraft(1);
  const input = draft.activation([1, 2]);
  const network = draft.network([input], [draft.dense(input, 1)]);
  const [weights, bias] = parameterIds(network) as [number, number];
  return withParameters(
    network,
    new Map([
      [weights, Float32Array.of(3, -2)],
      [bias, Float32Array.of(0.5)],
    ]),
  );
}

function valuesOf(network: FloatNetwork): number[][] {
  return parameterIds(network).map((id) => [...parameterOf(network, id).data]);
}

describe("tfjs-cpu", () => {
  let engine: TrainingEngine;
  beforeAll(async () => {
    engine = await startTfjs("tfjs-cpu");
  });

  it.each([...LAYER_CASES, ...LOSS_CASES, recurrentCase(3)])("gradients are slopes of the loss: $name", ({ network, ...given }) => {
    const objective = withoutSmoothing(given.objective);
    const batch = randomBatch(network, objective, ROWS, 4);
    expect(engine.lacks(network, objective)).toBeNull();
    const { loss, byParameter } = engine.begin(network, objective, NO_DECAY).gradients(batch);
    expect(loss).toBeCloseTo(lossOf(engine, network, objective, batch), 6);
    expect([...byParameter.keys()]).toEqual(parameterIds(network));
    for (const [id, gradient] of byParameter) {
      const error = slopeAlong(engine, network, objective, batch, id, gradient) - 1;
      expect(Math.abs(error), parameterOf(network, id).name).toBeLessThan(0.03);
    }
  });

  it("computes what is written in the network, also for more rows than it takes at once", () => {
    const rows = 3000;
    const inputs = Float32Array.from({ length: 2 * rows }, (_, index) => index % 7);
    const outputs = engine.begin(line(), ONE_CHANNEL, NO_DECAY).outputs(inputs, rows);
    expect([...outputs]).toEqual(Array.from({ length: rows }, (_, row) => 3 * at(inputs, 2 * row) - 2 * at(inputs, 2 * row + 1) + 0.5));
  });

  it("steps as Adam does, with decay of weights alone, and hands out copies", () => {
    const learner = engine.begin(line(), ONE_CHANNEL, { weightDecay: 0.5 });
    const before = learner.network();
    const batch = { rows: 1, inputs: Float32Array.of(1, -1), targets: Float32Array.of(0), weights: Float32Array.of(1) };
    expect(learner.step(batch, 0.125)).toBeCloseTo(5.5 ** 2 / 2, 5);
    const [weights, bias] = valuesOf(learner.network()) as [number[], number[]];
    expect(weights[0]).toBeCloseTo(3 - 0.125 * (1 + 0.5 * 3), 6);
    expect(weights[1]).toBeCloseTo(-2 - 0.125 * (-1 + 0.5 * -2), 6);
    expect(bias[0]).toBeCloseTo(0.5 - 0.125, 6);
    expect(valuesOf(before)).toEqual([[3, -2], [0.5]]);
  });

  it("imitates int8, and lets gradients through where nothing was cut off", () => {
    const learner = engine.begin(line(), ONE_CHANNEL, NO_DECAY);
    // Weights: 3 = 127 * scale; -2 = -84.67 * scale becomes -85. Inputs in halves up to 63.5.
    const quantization: FakeQuantization = {
      activations: [{ scales: [0.5], zeroPoint: 0, axis: 0 }, null, null, { scales: [0.25], zeroPoint: 100, axis: 0 }],
      weightGranularity: "per-tensor",
    };
    learner.fakeQuantize(quantization);
    const said = (x: number, y: number): number => at(learner.outputs(Float32Array.of(x, y), 1), 0);
    expect(said(0.75, 0)).toBe(3.5); // rounds to 1, halves away from zero
    expect(said(-0.75, 0)).toBe(-2.5);
    expect(said(0, 10)).toBe(Math.round((10 * -85 * 3) / 127 / 0.25 + 2) / 4);
    expect(said(100, 0)).toBe(27 / 4);
    const gradientAt = (x: number, y: number): number[][] => {
      const { byParameter } = learner.gradients({
        rows: 1,
        inputs: Float32Array.of(x, y),
        targets: Float32Array.of(0),
        weights: Float32Array.of(1),
      });
      return [...byParameter.values()].map((gradient) => [...gradient]);
    };
    expect(gradientAt(0.75, 0)).toEqual([[3.5, 0], [3.5]]);
    expect(gradientAt(100, 0)).toEqual([[0, 0], [0]]);
    learner.fakeQuantize(null);
    expect(said(0.75, 0)).toBe(2.75);
  });

  it("has a gradient of 0 for what the first output does not depend on", () => {
    const draft = new NetworkDraft(1);
    const [input, state] = [draft.activation([1, 2]), draft.activation([1, 2])];
    const network = draft.network([input, state], [draft.dense(input, 1), draft.dense(state, 2)]);
    const { byParameter } = engine
      .begin(network, ONE_CHANNEL, NO_DECAY)
      .gradients({ rows: 1, inputs: Float32Array.of(1, 1), targets: Float32Array.of(9), weights: Float32Array.of(1) });
    expect([...byParameter.values()].map((gradient) => gradient.some((value) => value !== 0))).toEqual([true, true, false, false]);
  });
});

describe("says what it lacks", () => {
  const networkOf = (shape: readonly number[], add: (draft: NetworkDraft, input: number) => number): FloatNetwork => {
    const draft = new NetworkDraft(1);
    const input = draft.activation(shape);
    return draft.network([input], [add(draft, input)]);
  };
  const convolution = networkOf([1, 4, 4, 2], (draft, input) =>
    slide(draft, "conv-2d", input, 2, { window: [2, 2], stride: [1, 1], padding: "valid" }),
  );
  const grouped = networkOf([1, 4, 4, 2], (draft, input) => {
    const weights = draft.parameter([2, 1, 1, 1], 1);
    const [stride, dilation] = [
      { height: 1, width: 1 },
      { height: 1, width: 1 },
    ];
    const shape = draft.shapeOf(input);
    return draft.add({ kind: "conv-2d", input, weights, bias: null, stride, dilation, padding: "same", activation: "none" }, shape);
  });
  const acrossRows = networkOf([1, 3], (draft, input) => draft.add({ kind: "concatenation", inputs: [input, input], axis: 0 }, [2, 3]));

  it.each([
    ["tfjs-cpu", convolution, null],
    ["tfjs-cpu", grouped, "a grouped convolution"],
    ["tfjs-cpu", acrossRows, "a concatenation whose output has no dimension for the batch"],
    ["tfjs-wasm", convolution, "the gradient of a convolution"],
    ["tfjs-wasm", line(), null],
  ] as const)("%s, %#", async (id, network, lack) => {
    expect((await startTfjs(id)).lacks(network, ONE_CHANNEL)).toBe(lack);
  });
});
