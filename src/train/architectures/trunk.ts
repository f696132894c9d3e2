// What an architecture is to its builder: features out of the observation, that all heads or one member's head begin with.

import type { TensorId } from "../../artifacts/graph.ts";
import type { NetworkBuilder } from "./network-builder.ts";

/** A piece of state: its input, and its next value. */
export interface State {
  readonly input: TensorId;
  readonly next: TensorId;
}

/** What the hidden layers see. */
export interface Features {
  readonly output: TensorId;
  readonly states: readonly State[];
}

export interface Trunk {
  /** Shape of the network's first input. */
  readonly inputShape: readonly number[];
  /** Adds the layers before the hidden ones. @param prefix of names: empty, or `member1/`. */
  features(builder: NetworkBuilder, input: TensorId, prefix: string): Features;
}
