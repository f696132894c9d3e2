import { beforeAll, describe, expect, it } from "vitest";
import { forwardLayers, type FloatNetwork } from "../artifacts/network.ts";
import type { ActionSpec, PolicySpec } from "../artifacts/robot-spec.ts";
import type { Samples } from "../artifacts/samples.ts";
import { at } from "../core/assert.ts";
import { silentProgress } from "../core/io.ts";
import { Random } from "../core/random.ts";
import type { TrainingEngine } from "./engine.ts";
import { loadEngine } from "./engines/load.ts";
import { runningMean, trainPolicy, type TrainingRequest } from "./fit.ts";
import { lossFor, meanLoss } from "./loss.ts";

const spec: PolicySpec = { kind: "mlp", hidden: [8], activation: "tanh" };
const sides: ActionSpec = { kind: "discrete", labels: ["same", "different"], neutral: null };
const range = { minimum: -2, maximum: 2 };
const steering: ActionSpec = {
  kind: "continuous",
  fields: [
    { kind: "number", path: ["turn"], length: null, range, clip: range, unit: "", neutral: null, slewPerSecond: null, description: "" },
  ],
};

function samplesOf(rows: number, seed: number, target: (a: number, b: number) => number): Samples {
  const random = new Random(seed);
  const inputs = Float32Array.from({ length: rows * 2 }, () => random.next());
  const targets = Float32Array.from({ length: rows }, (_, row) => target(at(inputs, 2 * row), at(inputs, 2 * row + 1)));
  return { rows, inputWidth: 2, inputs, targetWidth: 1, targets };
}

const exclusiveOr = (a: number, b: number): number => (a > 0.5 !== b > 0.5 ? 1 : 0);
const plane = (a: number, b: number): number => 0.8 * a - 0.5 * b + 0.1;
function outputsOf(network: FloatNetwork, samples: Samples): { output: Float32Array; target: number }[] {
  return Array.from(samples.targets, (target, row) => ({
    output: at(forwardLayers(network, samples.inputs.subarray(2 * row, 2 * row + 2)), 1),
    target,
  }));
}

const noRows = samplesOf(0, 0, plane);

describe("trainPolicy", () => {
  let engine: TrainingEngine;
  beforeAll(async () => {
    engine = await loadEngine("tfjs-cpu");
  });
  const request = (changes: Partial<TrainingRequest>): TrainingRequest => ({
    spec,
    action: sides,
    training: samplesOf(240, 1, exclusiveOr),
    validation: samplesOf(80, 2, exclusiveOr),
    seed: 5,
    settings: { epochs: 40 },
    engine,
    progress: silentProgress,
    ...changes,
  });

  it("learns the exclusive or", async () => {
    const { network, validationLoss } = await trainPolicy(request({}));
    const right = outputsOf(network, samplesOf(200, 3, exclusiveOr)).filter(
      ({ output, target }) => at(output, 1) > at(output, 0) === (target === 1),
    );
    expect(right.length).toBeGreaterThan(184);
    expect(at(validationLoss, validationLoss.length - 1)).toBeLessThan(at(validationLoss, 0));
  });

  it("learns a plane", async () => {
    const { network } = await trainPolicy(
      request({ action: steering, training: samplesOf(200, 1, plane), validation: samplesOf(50, 2, plane) }),
    );
    const errors = outputsOf(network, samplesOf(200, 3, plane)).map(({ output, target }) => Math.abs(at(output, 0) - target));
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(0.04);
  });

  it("repeats bit for bit with the same seed, and not with another", async () => {
    const settings = { epochs: 3 };
    const [first, again, other] = await Promise.all([5, 5, 6].map((seed) => trainPolicy(request({ seed, settings }))));
    expect(again).toEqual(first);
    expect(other?.network).not.toEqual(first?.network);
  });

  it("stops early, and keeps the weights of the best epoch", async () => {
    const training = samplesOf(240, 1, exclusiveOr);
    const validation = samplesOf(80, 2, (a, b) => 1 - exclusiveOr(a, b)); // the better it learns, the worse it does here
    const { network, epochs, bestEpoch, validationLoss } = await trainPolicy(
      request({ training, validation, settings: { epochs: 60, patience: 4 } }),
    );
    const watched = validationLoss.map((_, epoch) => runningMean(validationLoss.slice(0, epoch + 1)));
    expect(watched.indexOf(Math.min(...watched)) + 1).toBe(bestEpoch);
    expect(epochs).toBe(bestEpoch + 4);
    const loss = lossFor(sides, training, 0, false);
    const outputs = Array.from({ length: validation.rows }, (_, row) => [
      ...at(forwardLayers(network, validation.inputs.subarray(2 * row, 2 * row + 2)), 1),
    ]);
    expect(meanLoss(loss, Float32Array.from(outputs.flat()), validation.targets, validation.rows)).toBeCloseTo(
      at(validationLoss, bestEpoch - 1),
      5,
    );
  });

  it("goes on from a warm start where that left off", async () => {
    const first = await trainPolicy(request({ validation: noRows }));
    const second = await trainPolicy(request({ settings: { epochs: 1, learningRate: 1e-9, warmStart: first.network } }));
    const before = at(first.network.layers, 0).weights;
    at(second.network.layers, 0).weights.forEach((value, index) => {
      expect(value).toBeCloseTo(at(before, index), 5);
    });
    await expect(trainPolicy(request({ spec: { ...spec, hidden: [9] }, settings: { warmStart: first.network } }))).rejects.toThrow(
      "another shape",
    );
  });

  it("trains all epochs and warns when nothing is held out", async () => {
    const result = await trainPolicy(request({ validation: noRows, settings: { epochs: 3, patience: 1 } }));
    expect(result).toMatchObject({ epochs: 3, bestEpoch: 3, validationLoss: [] });
    expect(result.warnings.map((each) => each.code)).toEqual(["train-no-validation"]);
  });

  it("says so when there is nothing to learn from, or learning breaks down", async () => {
    await expect(trainPolicy(request({ training: noRows }))).rejects.toMatchObject({ diagnostics: [{ code: "train-no-rows" }] });
    const action = steering;
    const training = samplesOf(64, 1, (a) => (a > 0.9 ? NaN : 0));
    await expect(trainPolicy(request({ action, training }))).rejects.toMatchObject({ diagnostics: [{ code: "train-diverged" }] });
  });

  it("reports every epoch, and always finishes", async () => {
    const calls: string[] = [];
    const progress = {
      start: (label: string, total: number) => void calls.push(`start ${label} ${total}`),
      update: (done: number, detail?: string) => void calls.push(`${done} ${detail?.replace(/[0-9.]+/g, "N")}`),
      finish: () => void calls.push("finish"),
    };
    await trainPolicy(request({ settings: { epochs: 2 }, progress }));
    expect(calls).toEqual(["start training 2-8-2 on tfjs-cpu 2", "1 loss N, held out N", "2 loss N, held out N", "finish"]);
  });
});
