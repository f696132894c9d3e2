import { describe, expect, it } from "vitest";
import { at } from "../../../core/assert.ts";
import { parameterIds, parameterOf, withParameters, type FloatNetwork } from "../../../artifacts/network.ts";
import { trainingEngineBytes } from "../../../host/training-engine.ts";
import type { Batch } from "../../engine.ts";
import { meanLoss, type Objective } from "../../loss.ts";
import { randomBatch } from "../testing/batches.ts";
import { LAYER_CASES, LOSS_CASES, type NetworkCase } from "../testing/network-cases.ts";
import { randomCase, recurrentCase } from "../testing/random-networks.ts";
import { wasmEngine } from "./engine.ts";

const engine = wasmEngine(await trainingEngineBytes());
const ROWS = 5;
const STEP = 1 / 256;

/** Without label smoothing, which is no part of the loss that is told. */
function withoutSmoothing(objective: Objective): Objective {
  return objective.loss.kind === "cross-entropy" ? { ...objective, loss: { ...objective.loss, labelSmoothing: 0 } } : objective;
}

/** The loss of the network's outputs, by loss.ts. */
function lossOf(network: FloatNetwork, objective: Objective, { rows, inputs, targets, weights }: Batch): number {
  const learner = engine.begin(network, objective, { weightDecay: 0 });
  const outputs = learner.outputs(inputs, rows);
  learner.dispose();
  return meanLoss(objective, outputs, targets, weights, rows);
}

/** Compares some elements of every parameter's gradient with the slope of the loss. @returns how many. */
function compareWithSlopes({ network, objective: smoothed }: NetworkCase): number {
  const objective = withoutSmoothing(smoothed);
  const batch = randomBatch(network, objective, ROWS, 8);
  const learner = engine.begin(network, objective, { weightDecay: 0 });
  const { loss, byParameter } = learner.gradients(batch);
  expect(loss).toBeCloseTo(lossOf(network, objective, batch), 5);
  expect([...byParameter.keys()].sort((a, b) => a - b)).toEqual(parameterIds(network));
  let compared = 0;
  for (const [id, gradient] of byParameter) {
    const { data } = parameterOf(network, id);
    expect(gradient.length).toBe(data.length);
    for (let index = 0; index < data.length; index += Math.ceil(data.length / 10)) {
      const at = (change: number): number =>
        lossOf(withParameters(network, new Map([[id, data.with(index, (data[index] as number) + change)]])), objective, batch);
      const [below, middle, above] = [at(-STEP), at(0), at(STEP)];
      const [left, right] = [(middle - below) / STEP, (above - middle) / STEP];
      // At a kink, there is no slope to compare with.
      if (Math.abs(left - right) > 0.02 * Math.max(0.02, Math.abs(left), Math.abs(right))) continue;
      const slope = (left + right) / 2;
      expect(
        Math.abs((gradient[index] as number) - slope),
        `parameter ${id}, element ${index}: ${gradient[index]}, not ${slope}`,
      ).toBeLessThan(2e-4 + 0.01 * Math.abs(slope));
      if (Math.abs(slope) > 1e-3) compared++;
    }
  }
  return compared;
}

describe("gradients are the loss's slopes", () => {
  it.each(LAYER_CASES)("through $name", (layer) => {
    expect(compareWithSlopes(layer)).toBeGreaterThan(10);
  });

  it.each(LOSS_CASES)("of $name", (loss) => {
    expect(compareWithSlopes(loss)).toBeGreaterThan(10);
  });

  it("through time", () => {
    expect(compareWithSlopes(recurrentCase(4))).toBeGreaterThan(20);
  });

  it("of random networks", () => {
    const compared = Array.from({ length: 12 }, (_, seed) => compareWithSlopes(randomCase(seed)));
    expect(compared.reduce((sum, each) => sum + each)).toBeGreaterThan(200);
  });
});

it("smooths labels in the gradient alone", () => {
  const { network, objective } = at(LOSS_CASES, 1);
  const batch = randomBatch(network, objective, ROWS, 8);
  const [plain, smoothed] = [withoutSmoothing(objective), objective].map((each) =>
    engine.begin(network, each, { weightDecay: 0 }).gradients(batch),
  );
  expect(plain?.loss).toBe(smoothed?.loss);
  expect(plain?.byParameter).not.toEqual(smoothed?.byParameter);
});

it("gives the gradient of loss.ts by the outputs, smoothing included", () => {
  for (const { network, objective } of LOSS_CASES) {
    // The last bias's gradient is the sum of the outputs' over the rows.
    const batch = randomBatch(network, objective, ROWS, 21);
    const learner = engine.begin(network, objective, { weightDecay: 0 });
    const outputs = learner.outputs(batch.inputs, ROWS);
    const byOutput = new Float32Array(outputs.length);
    meanLoss(objective, outputs, batch.targets, batch.weights, ROWS, byOutput);
    const width = outputs.length / ROWS;
    const last = at(network.operators, network.operators.length - 1);
    const bias = learner.gradients(batch).byParameter.get("bias" in last ? (last.bias ?? -1) : -1);
    bias?.forEach((value, index) => {
      const sum = Array.from({ length: ROWS }, (_, row) => at(byOutput, row * width + index)).reduce((total, each) => total + each);
      expect(value).toBeCloseTo(sum, 5);
    });
    expect(bias?.length).toBe(width);
  }
});
