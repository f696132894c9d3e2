import { describe, expect, it } from "vitest";
import { at } from "../../../core/assert.ts";
import { clamp, roundHalfAway } from "../../../core/fixed-point.ts";
import { Random } from "../../../core/random.ts";
import type { Quantization } from "../../../artifacts/graph.ts";
import { networkOutputs, parameterIds, parameterOf, withParameters, type FloatNetwork } from "../../../artifacts/network.ts";
import { trainingEngineBytes } from "../../../host/training-engine.ts";
import { huber } from "../../loss.ts";
import type { FakeQuantization } from "../../engine.ts";
import { randomBatch } from "../testing/batches.ts";
import { NetworkDraft, slide } from "../testing/network-draft.ts";
import { wasmEngine } from "./engine.ts";

const engine = wasmEngine(await trainingEngineBytes());
const SETTINGS = { weightDecay: 0 };

const objectiveOf = (network: FloatNetwork): { loss: ReturnType<typeof huber>; steps: number; members: number } => ({
  loss: huber(networkOutputs(network)),
  steps: 1,
  members: 1,
});

/** A quantization of some tensors by id. */
function quantize(
  network: FloatNetwork,
  activations: ReadonlyMap<number, Quantization>,
  weightGranularity: FakeQuantization["weightGranularity"] = "per-channel",
): FakeQuantization {
  return { activations: network.tensors.map((_, id) => activations.get(id) ?? null), weightGranularity };
}

const levels = (scale: number, zeroPoint: number): Quantization => ({ scales: [scale], zeroPoint, axis: 0 });

describe("values", () => {
  const draft = new NetworkDraft(1);
  const input = draft.activation([1, 4]);
  const output = draft.add({ kind: "relu", input }, [1, 4]);
  const network = draft.network([input], [output]);

  it.each([
    [0.5, 3],
    [Math.fround(0.1), -128],
    [Math.fround(1 / 3), 127],
  ])("of an activation with scale %d and zero point %d are int8's", (scale, zeroPoint) => {
    const learner = engine.begin(network, objectiveOf(network), SETTINGS);
    learner.fakeQuantize(quantize(network, new Map([[input, levels(scale, zeroPoint)]])));
    // Halves of a level are the cases to get right, both ways.
    const random = new Random(4);
    const inputs = Float32Array.from({ length: 4000 }, (_, index) =>
      index % 2 === 0 ? (random.integer(600) - 300) * 0.5 * scale : random.uniform(-200, 200) * scale,
    );
    const outputs = learner.outputs(inputs, inputs.length / 4);
    inputs.forEach((value, index) => {
      const q = clamp(roundHalfAway(Math.fround(value / scale)) + zeroPoint, -128, 127);
      expect(outputs[index]).toBe(Math.max(0, Math.fround(scale * (q - zeroPoint))));
    });
  });

  it("come back as they were", () => {
    const learner = engine.begin(network, objectiveOf(network), SETTINGS);
    const inputs = Float32Array.of(0.1, 0.2, 0.3, 0.4);
    learner.fakeQuantize(quantize(network, new Map([[input, levels(0.5, 0)]])));
    expect(learner.outputs(inputs, 1)).not.toEqual(inputs);
    learner.fakeQuantize(null);
    expect(learner.outputs(inputs, 1)).toEqual(inputs);
  });
});

/** Weights by the rule of quantize/: a scale for each channel, of which the largest is 127. @param channelOf the channel of an element. */
function quantizedWeights(weights: Float32Array, channelOf: (index: number) => number): Float32Array {
  const largest = new Map<number, number>();
  weights.forEach((weight, index) => largest.set(channelOf(index), Math.max(largest.get(channelOf(index)) ?? 0, Math.abs(weight))));
  return weights.map((weight, index) => {
    const most = largest.get(channelOf(index)) ?? 0;
    const scale = most === 0 ? 1 : Math.fround(most / 127);
    return scale * clamp(roundHalfAway(weight / scale), -127, 127);
  });
}

describe("weights", () => {
  const image = new NetworkDraft(6);
  const pixels = image.activation([1, 4, 4, 3]);
  const cases = {
    "fully-connected": (() => {
      const draft = new NetworkDraft(2);
      const input = draft.activation([1, 6]);
      return { network: draft.network([input], [draft.dense(input, 5)]), channelOf: (index: number) => Math.floor(index / 6) };
    })(),
    "depthwise-conv-2d": {
      network: image.network([pixels], [slide(image, "depthwise-conv-2d", pixels, 6, { window: [3, 3], stride: [1, 1], padding: "same" })]),
      channelOf: (index: number) => index % 6,
    },
    "conv-2d": (() => {
      const draft = new NetworkDraft(3);
      const input = draft.activation([1, 4, 4, 3]);
      const output = slide(draft, "conv-2d", input, 4, { window: [3, 2], stride: [1, 1], padding: "same" });
      return { network: draft.network([input], [output]), channelOf: (index: number) => Math.floor(index / 18) };
    })(),
  };

  describe.each(["per-channel", "per-tensor"] as const)("%s", (granularity) => {
    it.each(Object.entries(cases))("of %s are int8's, biases are not", (_, { network: plain, channelOf }) => {
      const [weights] = parameterIds(plain);
      const id = weights ?? -1;
      // One channel of zeros.
      const network = withParameters(
        plain,
        new Map([[id, parameterOf(plain, id).data.map((weight, index) => (channelOf(index) === 1 ? 0 : weight))]]),
      );
      const objective = objectiveOf(network);
      const learner = engine.begin(network, objective, SETTINGS);
      learner.fakeQuantize(quantize(network, new Map(), granularity));
      const expected = quantizedWeights(parameterOf(network, id).data, granularity === "per-channel" ? channelOf : () => 0);
      const byHand = engine.begin(withParameters(network, new Map([[id, expected]])), objective, SETTINGS);
      const batch = randomBatch(network, objective, 6, 3);
      expect(learner.outputs(batch.inputs, 6)).toEqual(byHand.outputs(batch.inputs, 6));
      // Straight through: the gradient by a weight is the one by its quantized value.
      expect(learner.gradients(batch)).toEqual(byHand.gradients(batch));
      expect(learner.network()).toEqual(network);
    });
  });
});

describe("gradients", () => {
  it("pass where nothing is cut off, and only there", () => {
    const draft = new NetworkDraft(1);
    const input = draft.activation([1, 4]);
    const factors = draft.parameter([4], 1);
    const product = draft.add({ kind: "mul", left: input, right: factors, activation: "relu" }, [1, 4]);
    const moved = draft.reshape(product, [1, 2, 2]);
    const network = draft.network([input], [draft.reshape(draft.add({ kind: "relu", input: moved }, [1, 2, 2]), [1, 4])]);
    const learner = engine.begin(
      withParameters(network, new Map([[factors, Float32Array.of(1, 1, 1, 1)]])),
      objectiveOf(network),
      SETTINGS,
    );
    learner.fakeQuantize(
      quantize(
        network,
        new Map([
          [product, levels(0.01, -128)],
          [moved, levels(0.01, -128)],
        ]),
      ),
    );
    // Levels reach from 0 to 2.55. The second is cut off by relu, the third by the levels, the fourth just not.
    const inputs = Float32Array.of(1, -1, 2.6, 2.554);
    const batch = { rows: 1, inputs, targets: new Float32Array(4), weights: Float32Array.of(1) };
    const [first = NaN, ...others] = learner.gradients(batch).byParameter.get(factors) ?? [];
    expect(first).toBeCloseTo(0.25 / 4, 5);
    expect(others.map((slope) => Math.sign(slope))).toEqual([0, 0, 1]);
    expect(learner.outputs(inputs, 1)).toEqual(Float32Array.of(1, 0, 2.55, 2.55));
  });

  it("pass quantized operands that are parameters", () => {
    const draft = new NetworkDraft(1);
    const input = draft.activation([1, 2]);
    const factors = draft.parameter([2], 1);
    const network = draft.network([input], [draft.add({ kind: "mul", left: factors, right: input, activation: "none" }, [1, 2])]);
    const learner = engine.begin(withParameters(network, new Map([[factors, Float32Array.of(0.33, 9)]])), objectiveOf(network), SETTINGS);
    learner.fakeQuantize(quantize(network, new Map([[factors, levels(0.25, 0)]])));
    const inputs = Float32Array.of(1, 1, 2, 2);
    expect(learner.outputs(inputs, 2)).toEqual(Float32Array.of(0.25, 9, 0.5, 18));
    const batch = { rows: 2, inputs, targets: new Float32Array(4), weights: Float32Array.of(1, 1) };
    expect([...(learner.gradients(batch).byParameter.get(factors) ?? [])].map((slope) => slope > 0)).toEqual([true, true]);
  });
});

it("brings training closer to what int8 will say", () => {
  const draft = new NetworkDraft(9);
  const input = draft.activation([1, 3]);
  const hidden = draft.dense(input, 8, "relu");
  const network = draft.network([input], [draft.dense(hidden, 2)]);
  const objective = objectiveOf(network);
  // The hidden layer reaches 0.51: what was trained without knowing it is cut off.
  const coarse = quantize(
    network,
    new Map([
      [hidden, levels(0.002, -128)],
      [at(network.outputs, 0), levels(0.05, 0)],
    ]),
    "per-tensor",
  );
  const batch = { ...randomBatch(network, objective, 64, 1), weights: new Float32Array(64).fill(1) };
  const losses = [false, true].map((aware) => {
    const learner = engine.begin(network, objective, SETTINGS);
    if (aware) learner.fakeQuantize(coarse);
    for (let step = 0; step < 300; step++) learner.step(batch, 0.01);
    learner.fakeQuantize(coarse);
    return learner.gradients(batch).loss;
  });
  expect(at(losses, 1)).toBeLessThan(0.8 * at(losses, 0));
});
