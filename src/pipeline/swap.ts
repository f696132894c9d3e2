// Swap: a trained bundle onto a board whose firmware runs already. The parameter block is printed for the board's own code, which its
// layout hash identifies, and golden vectors of the int8 oracle go with it.

import { DiagnosticError, runError } from "../core/diagnostic.ts";
import type { Hash64 } from "../core/hash.ts";
import type { Progress } from "../core/io.ts";
import { CORES, type Core } from "../artifacts/board.ts";
import type { IntegerProgram } from "../artifacts/integer-program.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import type { PolicyForm } from "../artifacts/policy-form.ts";
import { layoutHashOf, parameterBlockBytes, type EmitTarget } from "../emit/c/policy.ts";
import { OPTIMIZATIONS } from "../emit/c/printed-step.ts";
import type { HelloMessage } from "../link/messages.generated.ts";
import { swapParameters, type GoldenVector, type SwapLink, type SwapResult, type SwapUpdate } from "../link/swap.ts";
import { createInterpreter } from "../quantize/interpreter.ts";
import { emitTarget } from "./firmware.ts";
import { boardProgram, hasFixedOutput } from "./policy.ts";
import { requireSameSchema, type Robot } from "./robot.ts";
import { makeVectors } from "./verify.ts";

/** Vectors that a board must reproduce before new parameters drive. */
const GOLDEN_VECTORS = 8;
const VECTOR_SEED = 1;

/** The image has no room for a second set of parameters, or a runtime that can't exchange them. */
const NO_LAYOUT: Hash64 = "0".repeat(16);

export interface SwapOptions {
  /** The board's core, where it is known: saves looking for it. */
  readonly core?: Core;
  /** The policy that drives, where it is known: then only the difference travels. */
  readonly driving?: PolicyBundle | undefined;
}

/** What brings a bundle onto the board that says `hello`.
 * @throws DiagnosticError when only flashing does. */
export function swapUpdate(robot: Robot, bundle: PolicyBundle, hello: HelloMessage, { core, driving }: SwapOptions = {}): SwapUpdate {
  requireSameSchema(robot, bundle);
  if (hello.layoutHash === NO_LAYOUT) {
    const reason =
      hello.arenaBytes > 0 ? "runs its policy in TensorFlow Lite Micro, which can't exchange it" : "has no room to exchange its policy";
    throw runError("swap-no-slot", `the firmware on this board ${reason}`, FLASH);
  }
  if (!hasFixedOutput(robot.spec, bundle.form, bundle.graph))
    throw runError("swap-own-output", "the policy was trained by an older version, with an output that only its own firmware reads", FLASH);
  const program = boardProgram(bundle.graph, bundle.form);
  const target = targetOf(program, bundle.form, hello.layoutHash, core === undefined ? CORES : [core]);
  if (target !== null) {
    return {
      schemaHash: hello.schemaHash,
      layoutHash: hello.layoutHash,
      policyHash: bundle.policyHash,
      parameters: parameterBlockBytes(program, target),
      base: driving === undefined ? undefined : baseOf(driving, target, hello.layoutHash),
      vectors: goldenVectors(program, GOLDEN_VECTORS),
    };
  }
  throw runError(
    "swap-other-layout",
    `the policy ${bundle.policyHash} needs other code than the firmware on the board has: another architecture, or another version of reflexarc`,
    FLASH,
  );
}

const FLASH = "compile and flash instead: `reflexarc compile --board BOARD`, `reflexarc build`, `reflexarc flash --port PORT`";

/** The same, or null where only flashing does. */
export function swapUpdateIfFits(robot: Robot, bundle: PolicyBundle, hello: HelloMessage, options: SwapOptions = {}): SwapUpdate | null {
  try {
    return swapUpdate(robot, bundle, hello, options);
  } catch (error) {
    if (error instanceof DiagnosticError) return null;
    throw error;
  }
}

/** Puts an update on a board, with a bar. @throws DiagnosticError when the board does not take it; the old policy drives then. */
export async function putUpdate(link: SwapLink, update: SwapUpdate, progress: Progress): Promise<SwapResult> {
  const { length } = update.parameters;
  progress.start("new parameters", length);
  try {
    return await swapParameters(link, update, (share) => {
      progress.update(Math.round(share * length));
    });
  } finally {
    progress.finish();
  }
}

/** What drives; undefined where its code differs. */
function baseOf(bundle: PolicyBundle, { core, optimize }: EmitTarget, layoutHash: Hash64): SwapUpdate["base"] {
  const program = boardProgram(bundle.graph, bundle.form);
  const target = emitTarget(core, optimize, bundle.form);
  if (layoutHashOf(program, target) !== layoutHash) return undefined;
  return { policyHash: bundle.policyHash, parameters: parameterBlockBytes(program, target) };
}

/** What the firmware on the board was printed for. */
function targetOf(program: IntegerProgram, form: PolicyForm, layoutHash: Hash64, cores: readonly Core[]): EmitTarget | null {
  for (const optimize of OPTIMIZATIONS) {
    for (const core of cores) {
      const target = emitTarget(core, optimize, form);
      if (layoutHashOf(program, target) === layoutHash) return target;
    }
  }
  return null;
}

/** Inputs at the ends of the range and within, and what the oracle gives for each, reset before it. */
export function goldenVectors(program: IntegerProgram, count: number): GoldenVector[] {
  const interpreter = createInterpreter(program);
  return makeVectors(program, count, VECTOR_SEED).map((input) => {
    interpreter.reset();
    return { input, output: interpreter.infer(input) };
  });
}
