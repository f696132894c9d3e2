// Bench: what one inference costs on a board: instructions, estimated cycles, flash, RAM, stack.

import type { BuildResult, BytePort, CallCost, Emulator, Progress } from "../core/io.ts";
import { assert } from "../core/assert.ts";
import { runError } from "../core/diagnostic.ts";
import type { FirmwareProject, PolicyBudget } from "../artifacts/firmware-project.ts";
import { stepMacs, type IntegerProgram } from "../artifacts/integer-program.ts";
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
  /** Static memory of the policy: scratch and state; what the linker gave it, where that is known. */
  readonly ramBytes: number;
  /** Null where the toolchain can't tell. */
  readonly stackBytes: number | null;
  /** What was said before it was built: upper bounds. */
  readonly budget: PolicyBudget;
}

/** What every runtime calls its inference. */
const INFERENCE = "policy_infer";

/** The cost of one inference, a mean over vectors of our own making.
 * @param countCalls of the board's emulator. @param image that runs a probe of the model. */
export async function countInference(
  countCalls: NonNullable<Emulator["countCalls"]>,
  image: Uint8Array,
  program: IntegerProgram,
  progress: Progress,
): Promise<CallCost> {
  const vectors = makeVectors(program, vectorCount(program, COUNTED_WORK), 1);
  progress.start("counting", vectors.length);
  const calls = await countCalls(image, INFERENCE, async (port) => {
    const session = await connectProbe(port);
    for (const [index, vector] of vectors.entries()) {
      const { outcome } = await session.infer(index, vector);
      if (outcome !== "ok") throw policyFailed(port.url);
      progress.update(index + 1);
    }
  });
  progress.finish();
  assert(calls.length === vectors.length, `${calls.length} inferences were counted, and ${vectors.length} asked for`);
  const mean = (of: (call: CallCost) => number): number => calls.reduce((sum, call) => sum + of(call), 0) / calls.length;
  return { instructions: mean((call) => call.instructions), cycles: mean((call) => call.cycles) };
}

export function programMacs({ steps }: IntegerProgram): number {
  return steps.reduce((sum, step) => sum + stepMacs(step), 0);
}

/** So many vectors that they come to about `work` multiply-accumulates, and a large model takes seconds, too. */
function vectorCount(program: IntegerProgram, work: number): number {
  return Math.min(64, Math.max(4, Math.round(work / (programMacs(program) + 100))));
}

/** Inferences between two looks at the counter: enough that its coarse steps (40 instructions on the emulated Cortex-M4)
 * come to less than half an instruction. */
const REPEATS = 256;

/** Multiply-accumulates: of a board that runs at its own speed, and of one that is watched instruction by instruction. */
const MEASURED_WORK = 1e8;
const COUNTED_WORK = 5e5;

const MEASURE_TIMEOUT_MS = 120_000;

/** Nanoseconds of one inference by the board's counter, less the measuring loop itself; a mean over vectors of our own making. */
export async function measureInference(port: BytePort, program: IntegerProgram, progress: Progress): Promise<number> {
  const session = await connectProbe(port);
  const vectors = makeVectors(program, vectorCount(program, MEASURED_WORK / REPEATS), 1);
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
export function policyFootprint(
  project: FirmwareProject,
  build: BuildResult,
): Pick<BenchResult, "flashBytes" | "ramBytes" | "stackBytes" | "budget"> {
  const size = build.sizes.get("generated/policy.c");
  return {
    flashBytes: { code: size?.code ?? null, constants: size?.constants ?? project.budget.flashBytes.constants },
    ramBytes: size?.ram ?? project.budget.ramBytes,
    stackBytes: build.stackBytes(INFERENCE) ?? null,
    budget: project.budget,
  };
}
