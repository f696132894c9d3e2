// Where the bins of a mixture are: a fresh network is told, one that training goes on from is asked.

import { parameterIds, parameterOf, withParameters, type FloatNetwork } from "../artifacts/network.ts";
import type { TensorId } from "../artifacts/graph.ts";
import { exp } from "../core/portable-math.ts";
import type { TrainingEngine } from "./engine.ts";
import type { Examples } from "./examples.ts";
import type { Mixture, Objective } from "./loss.ts";

/** Examples that a network is asked about. */
const MOST_EXAMPLES = 1024;

/** The network whose heads, of nothing, say the centres. */
export function withCentres(network: FloatNetwork, { centres, bins }: Mixture): FloatNetwork {
  const biases = new Map<TensorId, Float32Array>();
  for (const id of parameterIds(network)) {
    const { name, data } = parameterOf(network, id);
    if (!/(^|\/)action\/bias$/.test(name)) continue;
    const bias = data.slice();
    bias.set(centres, bins);
    biases.set(id, bias);
  }
  return withParameters(network, biases);
}

/** What each bin says on average where it is likely, bins x channels. */
export function centresOf(
  engine: TrainingEngine,
  network: FloatNetwork,
  objective: Objective,
  loss: Mixture,
  examples: Examples,
): Float32Array {
  const { bins, channels, logitScale } = loss;
  const chosen = Uint32Array.from({ length: Math.min(MOST_EXAMPLES, examples.count) }, (_, index) =>
    Math.floor((index * examples.count) / Math.min(MOST_EXAMPLES, examples.count)),
  );
  const { inputs, rows } = examples.gather(chosen, examples.newBatch(chosen.length));
  const learner = engine.begin(network, objective, { weightDecay: 0 });
  const outputs = learner.outputs(inputs, rows);
  learner.dispose();
  const sums = new Float64Array(bins * channels);
  const totals = new Float64Array(bins);
  for (let start = 0; start < outputs.length; start += bins * (1 + channels)) {
    const logits = outputs.subarray(start, start + bins);
    const highest = Math.max(...logits);
    const likely = Array.from(logits, (logit) => exp(logitScale * (logit - highest)));
    const total = likely.reduce((sum, each) => sum + each, 0);
    likely.forEach((each, bin) => {
      const share = each / total;
      totals[bin] = (totals[bin] as number) + share;
      for (let channel = 0; channel < channels; channel++) {
        const index = bin * channels + channel;
        sums[index] = (sums[index] as number) + share * (outputs[start + bins + index] as number);
      }
    });
  }
  return Float32Array.from(sums, (sum, index) => sum / Math.max(totals[Math.floor(index / channels)] as number, Number.MIN_VALUE));
}
