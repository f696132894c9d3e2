import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import {
  crossEntropy,
  gaussian,
  huber,
  lossOutputs,
  lossTargets,
  meanLoss,
  mixture,
  nearestBin,
  type Loss,
  type Objective,
} from "./loss.ts";

const ROWS = 4;

function randomValues(count: number, seed: number, size = 1): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => random.uniform(-size, size));
}

const single = (loss: Loss): Objective => ({ loss, steps: 1, members: 1 });

/** The mean loss of one row of weight 1. */
function lossOf(loss: Loss, outputs: readonly number[], target: readonly number[]): number {
  return meanLoss(single(loss), Float32Array.from(outputs), Float32Array.from(target), Float32Array.of(1), 1);
}

const entropy: Loss = { kind: "cross-entropy", labels: 3, labelSmoothing: 0, labelWeights: Float32Array.of(1, 2, 0.5) };
const threeBins = mixture(2, Float32Array.of(-0.8, 0, 0, 0.1, 0.8, 0));

describe("the gradient is the slope of the loss", () => {
  const losses: readonly Loss[] = [entropy, huber(3), gaussian(2), threeBins];
  const shapes = [
    { steps: 1, members: 1 },
    { steps: 3, members: 2 },
  ];
  const cases = losses.flatMap((loss) => shapes.map((shape) => ({ kind: loss.kind, objective: { loss, ...shape } })));

  it.each(cases)("$kind, $objective.steps steps, $objective.members members", ({ objective }) => {
    const { loss, steps, members } = objective;
    const random = new Random(7);
    const count = ROWS * steps * members;
    const outputs = randomValues(count * lossOutputs(loss), 1, loss.kind === "mixture" ? 0.3 : 1);
    const targets =
      loss.kind === "cross-entropy"
        ? Float32Array.from({ length: ROWS * steps }, () => random.integer(loss.labels))
        : randomValues(ROWS * steps * lossTargets(loss), 2);
    const weights = Float32Array.from({ length: count }, () => random.uniform(0, 2)).with(1, 0);
    const gradient = new Float32Array(outputs.length).fill(9);
    meanLoss(objective, outputs, targets, weights, ROWS, gradient);
    const step = 2 ** -8;
    outputs.forEach((value, index) => {
      const above = meanLoss(objective, outputs.with(index, value + step), targets, weights, ROWS);
      const below = meanLoss(objective, outputs.with(index, value - step), targets, weights, ROWS);
      expect(Math.abs((gradient[index] ?? NaN) - (above - below) / (2 * step))).toBeLessThan(3e-4);
    });
  });
});

describe("the loss is the known value on known numbers", () => {
  it("of Huber", () => {
    const loss: Loss = { kind: "huber", channels: 2, delta: 1 };
    expect(lossOf(loss, [0.5, 3], [0, 0])).toBeCloseTo((0.125 + 2.5) / 2, 12);
  });

  it("of cross-entropy, which label smoothing leaves as it is", () => {
    const loss: Loss = { ...entropy, labelSmoothing: 0.1 };
    expect(lossOf(loss, [0, 0, 0], [1])).toBeCloseTo(2 * Math.log(3), 12);
  });

  it("of a gaussian, within and beyond the limits of its variance", () => {
    expect(lossOf(gaussian(1), [0.5, Math.log(0.25)], [0])).toBeCloseTo((0.25 / 0.25 + Math.log(0.25)) / 2, 6);
    expect(lossOf(gaussian(1), [0.5, 5], [0])).toBeCloseTo((0.25 * Math.exp(-2) + 2) / 2, 12);
    expect(lossOf(gaussian(1), [0.5, -9], [0])).toBeCloseTo((0.25 * Math.exp(8) - 8) / 2, 8);
  });

  it("of a mixture: the bin's entropy and the error of what that bin says", () => {
    const outputs = [0, 0.125, 0, 9, 9, 0.2, 0.2, 9, 9];
    const expected = Math.log(2 + Math.E) - 1 + (0.1 ** 2 / 2 + 0.2 ** 2 / 2) / 2;
    expect(lossOf(threeBins, outputs, [0.1, 0])).toBeCloseTo(expected, 6);
  });

  it("of weighted steps and members: the sum of weight times loss over their number, each target shared by the members", () => {
    const objective: Objective = { loss: { kind: "huber", channels: 1, delta: 1 }, steps: 2, members: 2 };
    const outputs = Float32Array.of(1, 0, 0.5, 1);
    const weights = Float32Array.of(1, 4, 2, 0);
    expect(meanLoss(objective, outputs, Float32Array.of(0, 0.25), weights, 1)).toBeCloseTo((0.5 + 2 * (0.25 ** 2 / 2)) / 4, 12);
  });
});

it("survives large logits", () => {
  expect(lossOf({ ...entropy, labelWeights: new Float32Array(3).fill(1) }, [1000, -1000, 0], [1])).toBe(2000);
});

it("takes whatever a target is where the weight is 0", () => {
  const gradient = new Float32Array(3).fill(1);
  expect(meanLoss(single(entropy), Float32Array.of(1, 2, 3), Float32Array.of(NaN), Float32Array.of(0), 1, gradient)).toBe(0);
  expect([...gradient]).toEqual([0, 0, 0]);
});

it("smooths only the gradient: it vanishes where the probabilities equal the smoothed target", () => {
  const loss: Loss = { kind: "cross-entropy", labels: 2, labelSmoothing: 0.2, labelWeights: Float32Array.of(1, 1) };
  const gradient = new Float32Array(2);
  meanLoss(single(loss), Float32Array.of(Math.log(0.9), Math.log(0.1)), Float32Array.of(0), Float32Array.of(1), 1, gradient);
  gradient.forEach((slope) => {
    expect(slope).toBeCloseTo(0, 6);
  });
});

it("puts a target into the bin with the nearest centre, the first of equals", () => {
  const bins = mixture(1, Float32Array.of(-0.5, 0, 0.5));
  expect([-0.9, -0.3, -0.25, 0.24, 0.25, 0.26].map((target) => nearestBin(bins, Float32Array.of(target)))).toEqual([0, 0, 0, 1, 1, 2]);
});

it("balances labels so that each weighs the same in sum, and the mean weight is 1", () => {
  const samples = {
    rows: 5,
    inputWidth: 1,
    inputs: new Float32Array(5),
    targetWidth: 1,
    targets: Float32Array.of(0, 0, 0, 1, 200),
    weights: Float32Array.of(1, 1, 1, 1, 0),
    starts: Uint32Array.of(0),
  };
  expect(crossEntropy(3, samples, 0, true).labelWeights).toEqual(Float32Array.of(2 / 3, 2, 0));
  expect(crossEntropy(3, { ...samples, weights: Float32Array.of(1, 1, 1, 3, 0) }, 0, true).labelWeights).toEqual(Float32Array.of(1, 1, 0));
  expect(crossEntropy(3, samples, 0, false).labelWeights).toEqual(Float32Array.of(1, 1, 1));
});
