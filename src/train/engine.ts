// What a training engine is: it takes a network and an objective, and does the arithmetic of one optimiser step or one evaluation
// at a time. Epochs, shuffling, schedules and early stopping are fit.ts's, so that every engine learns in the same way.

import type { Quantization, TensorId } from "../artifacts/graph.ts";
import type { FloatNetwork } from "../artifacts/network.ts";
import type { Objective } from "./loss.ts";

export const ENGINES = ["wasm", "tfjs-node", "tfjs-wasm", "tfjs-cpu"] as const;
export type EngineId = (typeof ENGINES)[number];

/** Examples that one step learns from. */
export interface Batch {
  readonly rows: number;
  /** rows x elements of the network's first input. */
  readonly inputs: Float32Array;
  /** rows x steps x target width, as the loss takes them. */
  readonly targets: Float32Array;
  /** rows x steps x members: what each counts for. */
  readonly weights: Float32Array;
}

/** Quantization that the forward pass imitates; gradients pass it straight through where nothing was cut off (Bengio et al. 2013). */
export interface FakeQuantization {
  /** By tensor of the network; null: stays as it is, and so do biases. */
  readonly activations: readonly (Quantization | null)[];
  /** Weights: symmetric, the largest becomes 127; a scale for each output, or one for the tensor. */
  readonly weightGranularity: "per-channel" | "per-tensor";
}

export interface OptimiserSettings {
  /** Share of each weight (not bias) lost a step, in units of the learning rate. */
  readonly weightDecay: number;
}

/** A network between two steps, with its optimiser's state. State of a network is zero at the start of each row. */
export interface NetworkInTraining {
  /** One step of Adam with decoupled weight decay on the batch's mean loss.
   * @returns the mean loss before the step, without label smoothing. */
  step(batch: Batch, learningRate: number): number;
  /** The mean loss, without label smoothing, and its gradient, with it, by every parameter; nothing moves. */
  gradients(batch: Batch): { readonly loss: number; readonly byParameter: ReadonlyMap<TensorId, Float32Array> };
  /** First outputs for `rows` inputs, rows x elements. */
  outputs(inputs: Float32Array, rows: number): Float32Array;
  /** From now on, in steps and outputs; null: no more. */
  fakeQuantize(quantization: FakeQuantization | null): void;
  /** A copy of the network as it is now. */
  network(): FloatNetwork;
  /** Gives back its memory; nothing else may be called afterwards. */
  dispose(): void;
}

export interface TrainingEngine {
  readonly id: EngineId;
  /** What of it this engine cannot train, in words that end a sentence; null: nothing. */
  lacks(network: FloatNetwork, objective: Objective): string | null;
  /** Begins from a copy of `network` with a fresh optimiser. */
  begin(network: FloatNetwork, objective: Objective, settings: OptimiserSettings): NetworkInTraining;
}
