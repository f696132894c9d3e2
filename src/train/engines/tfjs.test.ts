import { beforeAll, describe, expect, it } from "vitest";
import { forwardLayers, type FloatNetwork } from "../../artifacts/network.ts";
import { at } from "../../core/assert.ts";
import { Random } from "../../core/random.ts";
import type { Batch, TrainingEngine } from "../engine.ts";
import { initialNetwork } from "../initialise.ts";
import { meanLoss, type Loss } from "../loss.ts";
import { loadEngine } from "./load.ts";

const ROWS = 6;
const huber: Loss = { kind: "huber", delta: 0.25 };
const network = (activation: "relu" | "tanh"): FloatNetwork =>
  initialNetwork({ kind: "mlp", hidden: [5, 4], activation }, 3, 2, new Random(3));

function batch(seed: number): Batch {
  const random = new Random(seed);
  const values = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.uniform(-1, 1));
  return { rows: ROWS, inputs: values(ROWS * 3), targets: values(ROWS * 2) };
}

function outputsByHand(trained: FloatNetwork, inputs: Float32Array): Float32Array {
  const rows = Array.from({ length: ROWS }, (_, row) => inputs.subarray(row * 3, row * 3 + 3));
  return Float32Array.from(rows.flatMap((row) => [...at(forwardLayers(trained, row), 2)]));
}

describe.each(["tfjs-wasm", "tfjs-cpu"] as const)("%s", (id) => {
  let engine: TrainingEngine;
  beforeAll(async () => {
    engine = await loadEngine(id);
  });

  it.each(["relu", "tanh"] as const)("computes the outputs of a %s network", (activation) => {
    const learner = engine.begin(network(activation), huber, 0);
    for (let step = 0; step < 3; step++) learner.step(batch(step), 0.05);
    const { inputs } = batch(9);
    const expected = outputsByHand(learner.network(), inputs);
    learner.outputs(inputs, ROWS).forEach((value, index) => {
      expect(value).toBeCloseTo(at(expected, index), 5);
    });
  });

  // Adam's first step is the learning rate times the gradient's sign: enough to tell every wrong gradient from the right one.
  it.each(["relu", "tanh"] as const)("steps against the slope of every parameter of a %s network", (activation) => {
    const start = network(activation);
    const given = batch(4);
    const learner = engine.begin(start, huber, 0);
    expect(learner.step(given, 0.01)).toBeCloseTo(meanLoss(huber, outputsByHand(start, given.inputs), given.targets, ROWS), 5);
    const moved = learner.network();
    let compared = 0;
    start.layers.forEach((layer, index) => {
      for (const kind of ["weights", "bias"] as const) {
        layer[kind].forEach((value, position) => {
          const lossAt = (changed: number): number => {
            const layers = start.layers.map((each, other) =>
              other === index ? { ...each, [kind]: each[kind].with(position, changed) } : each,
            );
            return meanLoss(huber, outputsByHand({ layers }, given.inputs), given.targets, ROWS);
          };
          const slope = (lossAt(value + 0.001) - lossAt(value - 0.001)) / 0.002;
          if (Math.abs(slope) < 1e-3) return;
          expect(at(at(moved.layers, index)[kind], position) - value).toBeCloseTo(-0.01 * Math.sign(slope), 4);
          compared += 1;
        });
      }
    });
    expect(compared).toBeGreaterThan(30);
  });

  it("hands out copies", () => {
    const start = network("relu");
    const learner = engine.begin(start, huber, 0);
    const before = learner.network();
    learner.step(batch(1), 0.1);
    expect(before).toEqual(start);
    expect(learner.network()).not.toEqual(before);
  });
});

it("makes two engines that agree with each other", async () => {
  const trained = await Promise.all(
    (["tfjs-wasm", "tfjs-cpu"] as const).map(async (id) => {
      const learner = (await loadEngine(id)).begin(network("relu"), huber, 0.01);
      for (let step = 0; step < 20; step++) learner.step(batch(step), 0.01);
      return learner.network();
    }),
  );
  const [wasm, cpu] = trained as [FloatNetwork, FloatNetwork];
  wasm.layers.forEach((layer, index) => {
    layer.weights.forEach((value, position) => {
      expect(value).toBeCloseTo(at(at(cpu.layers, index).weights, position), 3);
    });
  });
});
