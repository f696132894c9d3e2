// Bench: what one inference costs on a board: instructions, estimated cycles, flash, RAM, stack.

import type { BuildResult, BytePort, Progress } from "../core/io.ts";
import { runError } from "../core/diagnostic.ts";
import type { FirmwareProject } from "../artifacts/firmware-project.ts";
import { multiplyAccumulates, type Graph } from "../artifacts/graph.ts";
import { connectProbe, makeVectors, policyFailed } from "./verify.ts";

export interface BenchResult {
  readonly board: string;
  readonly runtime: string;
  /** Mean over the vectors; null where instructions can't be counted. */
  readonly instructionsPerInference: number | null;
  /** Null where no core's timing is known. */
  readonly estimatedCycles: number | null;
  /** By the board's own clock; null where that clock counts instructions. */
  readonly nanosecondsPerInference: number | null;
  readonly macs: number;
  /** Code is null where the toolchain can't tell. */
  readonly flashBytes: { readonly code: number | null; readonly constants: number };
  /** Static memory of the policy: scratch and state. */
  readonly ramBytes: number;
  /** Null where the toolchain can't tell. */
  readonly stackBytes: number | null;
}

/** Inferences between two looks at the counter: enough that its coarse steps (40 instructions on the emulated Cortex-M4)
 * come to less than half an instruction. */
const REPEATS = 256;

/** About so many multiply-accumulates in all, so that a large model takes seconds, too. */
const WORK = 1e8;

const MEASURE_TIMEOUT_MS = 120_000;

/** Nanoseconds of one inference by the board's counter, less the measuring loop itself; a mean over vectors of our own making. */
export async function measureInference(port: BytePort, graph: Graph, progress: Progress): Promise<number> {
  const session = await connectProbe(port);
  const count = Math.min(64, Math.max(4, Math.round(WORK / REPEATS / (multiplyAccumulates(graph) + 100))));
  const vectors = makeVectors(graph, count, 1);
  progress.start("measuring", vectors.length);
  let nanoseconds = 0;
  for (const [index, vector] of vectors.entries()) {
    const { outcome, elapsed, overhead, counterHz } = await session.measure(index, REPEATS, vector, MEASURE_TIMEOUT_MS);
    if (outcome !== "ok") throw policyFailed(port.url);
    if (counterHz === 0) throw runError("no-counter", `the board on ${port.url} has no counter`, "use an emulated board");
    // Whole: where an instruction is a nanosecond, this takes out the counter's step, and the figure repeats exactly.
    nanoseconds += Math.round(((elapsed - overhead) * 1e9) / counterHz / REPEATS);
    progress.update(index + 1);
  }
  progress.finish();
  return nanoseconds / vectors.length;
}

/** Sizes of the policy alone in a built image. */
export function policyFootprint(project: FirmwareProject, build: BuildResult): Pick<BenchResult, "flashBytes" | "ramBytes" | "stackBytes"> {
  const size = build.sizes.get("generated/policy.c");
  return {
    flashBytes: { code: size?.code ?? null, constants: size?.constants ?? project.constantBytes },
    ramBytes: project.ramBytes,
    stackBytes: build.stackBytes("policy_infer") ?? null,
  };
}
