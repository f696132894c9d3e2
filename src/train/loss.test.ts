import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { lossFor, meanLoss, type Loss } from "./loss.ts";

const ROWS = 5;
const WIDTH = 3;

function randomValues(count: number, seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => random.uniform(-1, 1));
}

/** The slope of the mean loss by finite differences; targets smoothed by hand where the loss smooths them. */
function numericGradient(loss: Loss, outputs: Float32Array, targets: Float32Array): number[] {
  const step = 2 ** -8;
  return Array.from(outputs, (value, index) => {
    const above = meanLoss(loss, outputs.with(index, value + step), targets, ROWS);
    const below = meanLoss(loss, outputs.with(index, value - step), targets, ROWS);
    return (above - below) / (2 * step);
  });
}

describe("meanLoss", () => {
  const cases: { name: string; loss: Loss; targets: Float32Array }[] = [
    { name: "Huber", loss: { kind: "huber", delta: 0.25 }, targets: randomValues(ROWS * WIDTH, 2) },
    {
      name: "cross-entropy",
      loss: { kind: "cross-entropy", labelSmoothing: 0, labelWeights: Float32Array.of(1, 2, 0.5) },
      targets: Float32Array.of(0, 1, 2, 1, 0),
    },
  ];
  it.each(cases)("$name: its gradient is the slope of the loss", ({ loss, targets }) => {
    const outputs = randomValues(ROWS * WIDTH, 1);
    const gradient = new Float32Array(outputs.length);
    meanLoss(loss, outputs, targets, ROWS, gradient);
    numericGradient(loss, outputs, targets).forEach((slope, index) => {
      expect(gradient[index]).toBeCloseTo(slope, 3);
    });
  });

  it("is the known value on known numbers", () => {
    const huber: Loss = { kind: "huber", delta: 1 };
    expect(meanLoss(huber, Float32Array.of(0.5, 3), Float32Array.of(0, 0), 1)).toBeCloseTo((0.125 + 2.5) / 2, 6);
    const entropy: Loss = { kind: "cross-entropy", labelSmoothing: 0.1, labelWeights: Float32Array.of(1, 1) };
    expect(meanLoss(entropy, Float32Array.of(0, 0), Float32Array.of(1), 1)).toBeCloseTo(Math.log(2), 6);
  });

  it("survives large logits", () => {
    const loss: Loss = { kind: "cross-entropy", labelSmoothing: 0, labelWeights: Float32Array.of(1, 1) };
    expect(meanLoss(loss, Float32Array.of(1000, -1000), Float32Array.of(1), 1)).toBe(2000);
  });

  it("smooths only the gradient: it vanishes where the probabilities equal the smoothed target", () => {
    const loss: Loss = { kind: "cross-entropy", labelSmoothing: 0.2, labelWeights: Float32Array.of(1, 1) };
    const gradient = new Float32Array(2);
    meanLoss(loss, Float32Array.of(Math.log(0.9), Math.log(0.1)), Float32Array.of(0), 1, gradient);
    gradient.forEach((slope) => {
      expect(slope).toBeCloseTo(0, 6);
    });
  });
});

describe("lossFor", () => {
  const samples = { rows: 4, inputWidth: 1, inputs: new Float32Array(4), targetWidth: 1, targets: Float32Array.of(0, 0, 0, 1) };

  it("balances labels so that each weighs the same in sum, and the mean weight is 1", () => {
    const loss = lossFor({ kind: "discrete", labels: ["a", "b", "never-seen"], neutral: null }, samples, 0, true);
    expect(loss).toMatchObject({ labelWeights: Float32Array.of(2 / 3, 2, 0) });
  });

  it("is Huber for numbers", () => {
    expect(lossFor({ kind: "continuous", fields: [] }, samples, 0.1, false).kind).toBe("huber");
  });
});
