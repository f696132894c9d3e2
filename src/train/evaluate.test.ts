import { describe, expect, it } from "vitest";
import type { FloatNetwork } from "../artifacts/network.ts";
import type { ActionSpec } from "../artifacts/robot-spec.ts";
import { evaluateNetwork, evaluatePredictions } from "./evaluate.ts";

const labels: ActionSpec = { kind: "discrete", labels: ["left", "right"] };
const speed: ActionSpec = {
  kind: "continuous",
  fields: [
    {
      kind: "number",
      path: ["speed"],
      length: null,
      range: { minimum: 0, maximum: 4 },
      clip: { minimum: 0, maximum: 4 },
      unit: "",
      description: "",
    },
  ],
};
const inputs = Float32Array.of(0, 0.25, 0.75, 1);

describe("evaluation", () => {
  it("counts equal labels", () => {
    const samples = { rows: 4, inputWidth: 1, inputs, targetWidth: 1, targets: Float32Array.of(0, 0, 1, 0) };
    expect(evaluatePredictions(samples, labels, ([input]) => [(input ?? 0) > 0.5 ? 1 : 0])).toEqual({
      kind: "agreement",
      value: 0.75,
      rows: 4,
    });
  });

  it("gives the mean absolute error as a share of the range", () => {
    const samples = { rows: 4, inputWidth: 1, inputs, targetWidth: 1, targets: Float32Array.of(-1, -1, -1, -1) };
    expect(evaluatePredictions(samples, speed, (_, row) => [row === 3 ? 4 : 0])).toEqual({ kind: "error", value: 0.25, rows: 4 });
  });

  it("decodes a network's outputs", () => {
    const layer = {
      kind: "dense",
      inputs: 1,
      outputs: 1,
      weights: Float32Array.of(2),
      bias: Float32Array.of(-1),
      activation: "linear",
    } as const;
    const network: FloatNetwork = { layers: [layer] };
    const samples = { rows: 4, inputWidth: 1, inputs, targetWidth: 1, targets: Float32Array.of(-1, -0.5, 0.5, 0) };
    expect(evaluateNetwork(network, samples, speed).value).toBeCloseTo(0.125, 6);
  });
});
