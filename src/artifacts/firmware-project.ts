// A firmware project: the files of one program for one board, and how a toolchain builds them.

import type { BuildRequest } from "../core/io.ts";
import type { Board, Framework, Runtime } from "./board.ts";

/** What an image does: drive the robot, or answer raw inferences for `verify` and `bench`. */
export type Application = "agent" | "probe";

export interface FirmwareProject {
  readonly board: Board;
  readonly framework: Framework;
  readonly runtime: Runtime;
  readonly application: Application;
  /** Everything to write to disk; the build compiles from it too. */
  readonly request: BuildRequest;
  /** Paths that belong to the person: written once, never overwritten. */
  readonly personal: ReadonlySet<string>;
  readonly budget: PolicyBudget;
  /** How the agent uses the RAM that the policy leaves; null in a probe. */
  readonly memory: RobotMemory | null;
  /** RAM of the whole firmware, stack included, as it is expected before it is built; null for a probe. */
  readonly expectedRamBytes: number | null;
}

/** What the agent keeps in RAM beyond what it can't do without. */
export interface RobotMemory {
  /** Tick records kept, for what the line lost and for the seconds before a takeover; at least 1. */
  readonly ringTicks: number;
  /** Parameter blocks; 0: parameters can't be swapped. */
  readonly parameterSlots: 0 | 2;
  /** Longest payload of a batch of tick records; at least one record. */
  readonly batchBytes: number;
}

/** A tensor arena on a 32-bit board. */
export interface ArenaBudget {
  /** What is set aside: what is needed, and the margin. */
  readonly bytes: number;
  /** No more is needed: counted from TensorFlow Lite Micro's sources, or measured where that is less. */
  readonly neededBytes: number;
  /** Used when TensorFlow Lite Micro ran the policy on this computer, whose pointers are longer; null: it did not. */
  readonly measuredBytes: number | null;
}

/** What the policy alone takes, known before it is compiled: upper bounds. */
export interface PolicyBudget {
  /** Code is null where no kernel was ever measured on the core, or another runtime brings its own. */
  readonly flashBytes: { readonly code: number | null; readonly constants: number };
  /** Static memory. */
  readonly ramBytes: number;
  /** Of that, TensorFlow Lite Micro's tensor arena; null where the runtime has none. */
  readonly arena: ArenaBudget | null;
  /** Null where it isn't known. */
  readonly stackBytes: number | null;
  readonly macs: number;
  /** Of one inference; null as for code. */
  readonly instructions: number | null;
  /** At the board's clock. */
  readonly microseconds: number | null;
}
