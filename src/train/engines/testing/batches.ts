// What tests of engines learn from: random batches that fit an objective, and a quantization that cuts something off.

import type { Quantization } from "../../../artifacts/graph.ts";
import { networkInputs, type FloatNetwork } from "../../../artifacts/network.ts";
import { Random } from "../../../core/random.ts";
import type { Batch, FakeQuantization } from "../../engine.ts";
import { lossTargets, type Objective } from "../../loss.ts";

/** Inputs and targets in -1..1, or labels; one weight in four is 0, and its target may be no number. */
export function randomBatch(network: FloatNetwork, { loss, steps, members }: Objective, rows: number, seed: number): Batch {
  const random = new Random(seed);
  const inputs = Float32Array.from({ length: rows * networkInputs(network) }, () => random.uniform(-1, 1));
  const targets = Float32Array.from({ length: rows * steps * lossTargets(loss) }, () =>
    loss.kind === "cross-entropy" ? random.integer(loss.labels) : random.uniform(-1, 1),
  );
  const weights = Float32Array.from({ length: rows * steps * members }, () => random.integer(4) / 2);
  return { rows, inputs, targets, weights };
}

/** A quantization for two activations in three; values beyond some -4..4 are cut off. */
export function randomQuantization(
  { tensors }: FloatNetwork,
  weightGranularity: FakeQuantization["weightGranularity"],
  seed: number,
): FakeQuantization {
  const random = new Random(seed);
  const activations = tensors.map(({ kind }): Quantization | null =>
    kind === "parameter" || random.integer(3) === 0
      ? null
      : { scales: [Math.fround(random.uniform(0.02, 0.04))], zeroPoint: random.integer(41) - 20, axis: 0 },
  );
  return { activations, weightGranularity };
}
