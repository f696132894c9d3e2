// The mean of a network's weights over the last epochs: between the steps of training the weights wander around a good place, and their mean
// is nearer to it than any of them (Polyak & Juditsky 1992). How far back it reaches grows with the epochs, so that the beginning is forgotten
// (Shamir & Zhang 2013, polynomial-decay averaging).

import type { TensorId } from "../artifacts/graph.ts";
import { parameterIds, parameterOf, withParameters, type FloatNetwork } from "../artifacts/network.ts";

/** The mean reaches back by about a tenth of all epochs so far. */
const RECENCY = 9;

export class AverageNetwork {
  private readonly means = new Map<TensorId, Float32Array>();
  private added = 0;

  /** Takes the network of one more epoch into the mean. */
  add(network: FloatNetwork): void {
    this.added += 1;
    const share = (RECENCY + 1) / (RECENCY + this.added);
    for (const id of parameterIds(network)) {
      const { data } = parameterOf(network, id);
      const mean = this.means.get(id);
      if (mean === undefined) this.means.set(id, data.slice());
      else
        for (let index = 0; index < mean.length; index++)
          mean[index] = (1 - share) * (mean[index] as number) + share * (data[index] as number);
    }
  }

  /** `network` with the mean of the weights so far. */
  applyTo(network: FloatNetwork): FloatNetwork {
    return withParameters(network, new Map([...this.means].map(([id, mean]) => [id, mean.slice()])));
  }
}
