// Fully connected over the newest observations: the input is what the hidden layers see.

import type { Architecture } from "../../artifacts/robot-spec.ts";
import type { Trunk } from "./trunk.ts";

/** @param inputs elements of one encoded observation. */
export function mlpTrunk({ history }: Extract<Architecture, { kind: "mlp" }>, inputs: number): Trunk {
  return { inputShape: [1, history * inputs], features: (_builder, output) => ({ output, states: [] }) };
}
