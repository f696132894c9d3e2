import { describe, expect, it } from "vitest";
import { AssertionError, at } from "../../../core/assert.ts";
import { biasIds, parameterIds, parameterOf, withParameters, type FloatNetwork } from "../../../artifacts/network.ts";
import { trainingEngineBytes } from "../../../host/training-engine.ts";
import { Adam, parameterGroup } from "../../adam.ts";
import { huber } from "../../loss.ts";
import { randomBatch } from "../testing/batches.ts";
import { LAYER_CASES, LOSS_CASES } from "../testing/network-cases.ts";
import { NetworkDraft } from "../testing/network-draft.ts";
import { recurrentCase } from "../testing/random-networks.ts";
import { wasmEngine } from "./engine.ts";

const engine = wasmEngine(await trainingEngineBytes());
const WEIGHT_DECAY = 0.3;

describe("steps", () => {
  it.each([at(LOSS_CASES, 3), at(LAYER_CASES, 5), recurrentCase(3)])(
    "are Adam's with decoupled decay of weights: $name",
    ({ network, objective }) => {
      const learner = engine.begin(network, objective, { weightDecay: WEIGHT_DECAY });
      const ids = parameterIds(network);
      const biases = biasIds(network);
      const groups = ids.map((id) => parameterGroup(parameterOf(network, id).data, biases.has(id) ? 0 : WEIGHT_DECAY));
      const adam = new Adam(groups);
      // Batches that grow make the engine plan anew between two steps.
      [3, 3, 9, 2, 20, 20].forEach((rows, step) => {
        const batch = randomBatch(network, objective, rows, step);
        const now = withParameters(network, new Map(ids.map((id, index) => [id, at(groups, index).values])));
        const { loss, byParameter } = engine.begin(now, objective, { weightDecay: 0 }).gradients(batch);
        adam.step(
          ids.map((id) => byParameter.get(id) ?? new Float32Array()),
          0.01,
        );
        expect(learner.step(batch, 0.01)).toBeCloseTo(loss, 5);
        const moved = learner.network();
        ids.forEach((id, index) => {
          parameterOf(moved, id).data.forEach((value, element) => {
            expect(value).toBeCloseTo(at(at(groups, index).values, element), 5);
          });
        });
      });
    },
  );

  it("go down", () => {
    const { network, objective } = at(LOSS_CASES, 0);
    const learner = engine.begin(network, objective, { weightDecay: 0 });
    const batch = randomBatch(network, objective, 16, 1);
    const losses = Array.from({ length: 200 }, () => learner.step(batch, 0.02));
    expect(losses.at(-1)).toBeLessThan(0.5 * at(losses, 0));
  });

  it("leave moments that fade away at zero, not at the smallest number there is", () => {
    const { network, objective } = at(LOSS_CASES, 2);
    const learner = engine.begin(network, objective, { weightDecay: 0 });
    const batch = randomBatch(network, objective, 4, 1);
    learner.step(batch, 0.01);
    const silent = { ...batch, weights: new Float32Array(batch.weights.length) };
    for (let step = 0; step < 1000; step++) learner.step(silent, 0.01);
    const before = learner.network();
    learner.step(silent, 1e20);
    expect(learner.network()).toEqual(before);
  });
});

describe("what goes in and out", () => {
  const { network, objective } = at(LOSS_CASES, 0);
  const begin = (): ReturnType<typeof engine.begin> => engine.begin(network, objective, { weightDecay: 0 });

  it("is a copy", () => {
    const learner = begin();
    const before = learner.network();
    expect(before).toEqual(network);
    learner.step(randomBatch(network, objective, 4, 1), 0.1);
    expect(before).toEqual(network);
    expect(learner.network()).not.toEqual(before);
  });

  it("does not move by looking at gradients", () => {
    const learner = begin();
    const batch = randomBatch(network, objective, 4, 1);
    expect(learner.gradients(batch)).toEqual(learner.gradients(batch));
    expect(learner.network()).toEqual(network);
  });

  it("must fit", () => {
    const learner = begin();
    const batch = { ...randomBatch(network, objective, 4, 1), weights: new Float32Array(4).fill(1) };
    expect(() => learner.step({ ...batch, rows: 5 }, 0.1)).toThrow(AssertionError);
    expect(() => learner.step({ ...batch, weights: new Float32Array(3) }, 0.1)).toThrow(AssertionError);
    expect(() => learner.step({ ...batch, targets: Float32Array.of(0, 1, 2, 4) }, 0.1)).toThrow("label 4 outside 0..3");
    expect(() => learner.step({ ...batch, targets: Float32Array.of(0, 1, 2, NaN) }, 0.1)).toThrow(AssertionError);
    expect(() => learner.outputs(new Float32Array(5), 1)).toThrow(AssertionError);
    learner.dispose();
    expect(() => learner.outputs(new Float32Array(6), 1)).toThrow("disposed");
  });

  it("is not finite where the network is not", () => {
    for (const { network: each, objective: loss } of LOSS_CASES) {
      for (const wrong of [NaN, Infinity, 3e38]) {
        const [first] = parameterIds(each);
        const { data } = parameterOf(each, first ?? -1);
        const learner = engine.begin(withParameters(each, new Map([[first ?? -1, data.map(() => wrong)]])), loss, { weightDecay: 0 });
        expect(Number.isFinite(learner.step(randomBatch(each, loss, 8, 1), 0.1)), `${loss.loss.kind} of ${wrong}`).toBe(false);
      }
    }
  });
});

describe("a network that is too much", () => {
  const draft = (shape: readonly number[], add: (draft: NetworkDraft, input: number) => number): FloatNetwork => {
    const network = new NetworkDraft(1);
    const input = network.activation(shape);
    return network.network([input], [add(network, input)]);
  };
  const objective = { loss: huber(1), steps: 1, members: 1 };

  it.each([
    [
      "convolution in groups",
      draft([1, 4, 4, 4], (network, input) =>
        network.add(
          {
            ...{ kind: "conv-2d", input, weights: network.parameter([2, 1, 1, 2], 1), bias: null, activation: "none" },
            ...{ padding: "valid", stride: { height: 1, width: 1 }, dilation: { height: 1, width: 1 } },
          } as const,
          [1, 4, 4, 2],
        ),
      ),
    ],
    ["a first dimension other than 1", draft([2, 3], (network, input) => network.add({ kind: "tanh", input }, [2, 3]))],
    [
      "tensors of so many dimensions",
      draft([1, 3, 3, 3, 3, 3], (network, input) =>
        network.add(
          {
            kind: "strided-slice",
            input,
            begin: [0, 0, 0, 0, 0, 0],
            strides: [1, 1, 1, 1, 1, 1],
            sizes: [1, 2, 2, 2, 2, 2],
          },
          [1, 2, 2, 2, 2, 2],
        ),
      ),
    ],
    [
      "weights that are computed",
      draft([1, 3], (network, input) =>
        network.add({ kind: "fully-connected", input, weights: input, bias: null, activation: "none" }, [1, 1]),
      ),
    ],
    [
      "operands of different ranks",
      draft([1, 3], (network, input) =>
        network.add({ kind: "add", left: input, right: network.reshape(input, [1, 1, 3]), activation: "none" }, [1, 1, 3]),
      ),
    ],
    [
      "an operator on parameters alone",
      draft([1, 3], (network) => network.add({ kind: "tanh", input: network.parameter([1, 3], 1) }, [1, 3])),
    ],
  ])("is named: %s", (words, network) => {
    expect(engine.lacks(network, objective)).toContain(words);
  });
});
