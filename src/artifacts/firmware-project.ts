// A firmware project: the files of one program for one board, and how a toolchain builds them.

import type { BuildRequest } from "../core/io.ts";
import type { Board, Runtime } from "./board.ts";

/** What an image does: drive the robot, or answer raw inferences for `verify` and `bench`. */
export type Application = "agent" | "probe";

export interface FirmwareProject {
  readonly board: Board;
  readonly runtime: Runtime;
  readonly application: Application;
  /** Everything to write to disk; the build compiles from it too. */
  readonly request: BuildRequest;
  /** Paths that belong to the person: written once, never overwritten. */
  readonly personal: ReadonlySet<string>;
  /** Of the policy alone, known before it is compiled. */
  readonly constantBytes: number;
  readonly ramBytes: number;
  /** Most stack that an inference needs on a 32-bit core; null where it isn't known. */
  readonly stackBytes: number | null;
}
