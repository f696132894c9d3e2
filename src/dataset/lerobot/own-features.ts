// What our data sets hold besides LeRobot's own columns. Their names begin neither with "observation" nor with "action", so that LeRobot's
// policies pass over them (dataset_to_policy_features in src/lerobot/utils/feature_utils.py).

import type { Feature } from "./layout.ts";

/** - expertAction: what the expert did or would have done, shaped as `action`; NaN where nobody said.
 * - actor: index into ACTORS.
 * - intervention: whether an expert acted in an episode in which a policy acted, too; LeRobot's DAgger recordings have it.
 * - seconds: when the tick was, exactly; `timestamp` counts ticks, as LeRobot's does.
 * - done: whether it is the last of its episode. */
export const EXTRA_FEATURES = {
  expertAction: "expert_action",
  actor: "actor",
  intervention: "intervention",
  seconds: "seconds",
  done: "next.done",
} as const;

/** A feature of one number, which LeRobot stores without a list. */
export function scalarFeature(dtype: string): Feature {
  return { dtype, shape: [1], names: null, labels: {} };
}

/** Whether a data set was written by us, and these names mean what they mean here. */
export function isOurs(features: ReadonlyMap<string, Feature>): boolean {
  return features.has(EXTRA_FEATURES.expertAction) && features.has(EXTRA_FEATURES.actor) && features.has(EXTRA_FEATURES.seconds);
}
