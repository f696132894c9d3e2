// Policies for tests that need any one.

import { PLAIN_HEAD, SINGLE_NETWORK, type HiddenActivation, type PolicySpec } from "./robot-spec.ts";

/** What `mlp(hidden, { activation })` in robot.ts asks for. */
export function mlpPolicy(hidden: readonly number[], activation: HiddenActivation = "relu"): PolicySpec {
  return { architecture: { kind: "mlp", hidden, history: 1, activation }, head: PLAIN_HEAD, ensemble: SINGLE_NETWORK };
}
