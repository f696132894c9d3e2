// What every reader of a float model gives.

import type { FloatNetwork } from "../artifacts/network.ts";

export interface ReadNetwork {
  /** As in the file: its inputs and outputs need not be a policy's. */
  readonly network: FloatNetwork;
  /** What it is built of, in the file's words, for people. */
  readonly layers: readonly string[];
}
