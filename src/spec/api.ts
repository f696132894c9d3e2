// What a robot.ts imports from "reflexarc". reflexarc reads robot.ts without ever running it, so these exist for the editor: they
// check what the maker writes. Run all the same (by a test of the maker's own, say), they return what they were given.

import type { PolicySpec } from "../artifacts/robot-spec.ts";

/** `Count` numbers that share unit and range, such as the rays of a lidar. */
export type Vec<Count extends number> = readonly number[] & { readonly length: Count };

export interface RobotDefinition {
  /** Kebab-case; generated code and firmware carry it. */
  readonly name: string;
  /** Control ticks a second, 1 to 1000. */
  readonly rateHz: number;
  readonly policy: PolicySpec;
  /** Whether the policy keeps driving without a host; false unless told otherwise. */
  readonly autonomous?: boolean;
  /** Without a word from the host for longer, the link is lost and the action neutral; 100 to 60000, 500 unless told otherwise. */
  readonly linkTimeoutMs?: number;
  /** A reading may be this many ticks old; 0 to 100, 2 unless told otherwise. 0: every tick needs a fresh one. */
  readonly staleTicks?: number;
}

export interface MlpOptions {
  /** Of the hidden layers; "relu" unless told otherwise. */
  readonly activation?: PolicySpec["activation"];
}

/** The default export of robot.ts. */
export function defineRobot(definition: RobotDefinition): RobotDefinition {
  return definition;
}

/** A policy of fully connected layers. @param hidden widths of the hidden layers, from the input on. */
export function mlp(hidden: readonly number[], options: MlpOptions = {}): PolicySpec {
  return { kind: "mlp", hidden, activation: options.activation ?? "relu" };
}
