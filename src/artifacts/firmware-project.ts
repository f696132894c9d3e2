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
  readonly budget: PolicyBudget;
}

/** What the policy alone takes, known before it is compiled: upper bounds. */
export interface PolicyBudget {
  /** Code is null where no kernel was ever measured on the core, or another runtime brings its own. */
  readonly flashBytes: { readonly code: number | null; readonly constants: number };
  /** Static memory. */
  readonly ramBytes: number;
  /** Null where it isn't known. */
  readonly stackBytes: number | null;
  readonly macs: number;
  /** Of one inference; null as for code. */
  readonly instructions: number | null;
  /** At the board's clock. */
  readonly microseconds: number | null;
}
