import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../../core/hash.ts";
import { parameterIds, parameterOf } from "../../../artifacts/network.ts";
import { trainingEngineBytes } from "../../../host/training-engine.ts";
import { huber, lossOutputs, type Objective } from "../../loss.ts";
import { randomBatch, randomQuantization } from "../testing/batches.ts";
import type { NetworkCase } from "../testing/network-cases.ts";
import { NetworkDraft, slide } from "../testing/network-draft.ts";
import { recurrentCase } from "../testing/random-networks.ts";
import { wasmEngine } from "./engine.ts";

const engine = wasmEngine(await trainingEngineBytes());

function mlp(): NetworkCase {
  const loss = { kind: "cross-entropy", labels: 4, labelSmoothing: 0.05, labelWeights: Float32Array.of(1, 0.5, 2, 1) } as const;
  const draft = new NetworkDraft(1);
  const input = draft.activation([1, 12]);
  const output = draft.dense(draft.dense(input, 16, "relu"), 4);
  return { name: "mlp", network: draft.network([input], [output]), objective: { loss, steps: 1, members: 1 } };
}

function convolutional(): NetworkCase {
  const draft = new NetworkDraft(2);
  const input = draft.activation([1, 8, 8, 1]);
  const first = slide(draft, "conv-2d", input, 6, { window: [3, 3], stride: [2, 2], padding: "same", activation: "relu" });
  const second = slide(draft, "depthwise-conv-2d", first, 6, { window: [3, 3], stride: [1, 1], padding: "same", activation: "relu6" });
  const pooled = slide(draft, "average-pool-2d", second, 6, { window: [2, 2], stride: [2, 2], padding: "valid" });
  const output = draft.add({ kind: "tanh", input: draft.dense(draft.reshape(pooled, [1, 24]), 2) }, [1, 2]);
  const objective: Objective = { loss: huber(2), steps: 1, members: 1 };
  return { name: "convolutional", network: draft.network([input], [output]), objective };
}

/** The weights after 200 steps, the last 50 with quantization, as one hash. */
function hashOfTraining({ network, objective }: NetworkCase): string {
  const learner = engine.begin(network, objective, { weightDecay: 0.01 });
  for (let step = 0; step < 200; step++) {
    if (step === 150) learner.fakeQuantize(randomQuantization(network, "per-channel", 1));
    learner.step(randomBatch(network, objective, step % 20 === 19 ? 7 : 32, step), 0.003);
  }
  const trained = learner.network();
  const data = parameterIds(trained).map((id) => parameterOf(trained, id).data);
  expect(data.every((values) => values.every(Number.isFinite))).toBe(true);
  return sha256Hex(new Uint8Array(Float32Array.from(data.flatMap((values) => [...values])).buffer));
}

// What these say was computed once; every machine, every version of the compiler and of Node must come to the same. A change of the
// kernels that adds in another order changes them.
describe("training gives the same weights to the bit everywhere", () => {
  it.each([
    [mlp(), "a9944d6da3d251c8c1799dfe5d62c773b999957cdef1036695474f6b3a07ee78"],
    [convolutional(), "e5b5834680ae90a3c28e4e0949d1dda39776c3ce2d3567b9a220dd252ea191a3"],
    [recurrentCase(6), "ee7f5e0e32eb5a8b0e39d45c2d5cb131d7e8b84c1cf3ec3683586fbb32089305"],
  ])("$name", (network, hash) => {
    expect(lossOutputs(network.objective.loss)).toBeGreaterThan(1);
    expect(hashOfTraining(network)).toBe(hash);
  });
});
