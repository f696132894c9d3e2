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
