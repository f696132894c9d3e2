// What a training engine is: it takes a network and a loss, and does the arithmetic of one optimiser step or one evaluation
// at a time. Epochs, shuffling, schedules and early stopping are fit.ts's, so that every engine learns in the same way.

import type { FloatNetwork } from "../artifacts/network.ts";
import type { Loss } from "./loss.ts";

export const ENGINES = ["tfjs-node", "tfjs-wasm", "tfjs-cpu"] as const;
export type EngineId = (typeof ENGINES)[number];

/** Rows that one step learns from. */
export interface Batch {
  readonly rows: number;
  /** rows x inputs of the network. */
  readonly inputs: Float32Array;
  /** rows x target width, as the loss takes them. */
  readonly targets: Float32Array;
}

/** A network between two steps, with its optimiser's state. */
export interface NetworkInTraining {
  /** One step of Adam with decoupled weight decay on the batch's mean loss.
   * @returns the mean loss before the step, without label smoothing. */
  step(batch: Batch, learningRate: number): number;
  /** Outputs for `rows` inputs, rows x outputs. */
  outputs(inputs: Float32Array, rows: number): Float32Array;
  /** A copy of the network as it is now. */
  network(): FloatNetwork;
}

export interface TrainingEngine {
  readonly id: EngineId;
  /** Begins from a copy of `network` with a fresh optimiser. @param weightDecay share of each weight (not bias) lost a step,
   * in units of the learning rate. */
  begin(network: FloatNetwork, loss: Loss, weightDecay: number): NetworkInTraining;
}
