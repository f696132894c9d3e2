// What `compile --runtime tflm` knows of the tensor arena: measured on this computer where TFLM_ROOT says what with, counted otherwise.

import type { ArenaBudget } from "../artifacts/firmware-project.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { runWithTflm, tflmRoot } from "../host/toolchains/tflm-root.ts";
import { ARENA_MARGIN_PERCENT } from "../emit/tflm/arena.ts";
import { arenaProgram, type TflmPlace } from "../pipeline/tflm.ts";

/** Bytes that TensorFlow Lite Micro uses of its arena for this policy on this computer; null where TFLM_ROOT is not set.
 * @throws DiagnosticError when it is, and the policy does not run. */
export async function arenaUsedHere({ graph, form }: PolicyBundle, place: TflmPlace): Promise<number | null> {
  const root = tflmRoot();
  return root === null ? null : runWithTflm(arenaProgram(graph, form, place), root);
}

/** One line. */
export function describeArenaBudget({ bytes, neededBytes, measuredBytes }: ArenaBudget): string {
  const count = (value: number): string => `${value.toLocaleString("en")} B`;
  const here =
    measuredBytes === null
      ? "counted from TensorFlow Lite Micro's sources; with TFLM_ROOT set it is measured, too"
      : `${count(measuredBytes)} measured on this computer, whose pointers are longer`;
  return `tensor arena: ${count(bytes)}: at most ${count(neededBytes)} needed, and a margin of ${ARENA_MARGIN_PERCENT} %; ${here}`;
}
