// What the kernels of the DSP families cost: instructions and bytes of assembly are counted exactly, those that a compiler makes of
// the C around it are bounded by what gcc was measured to make at -O2.

import type { Kernel, PrintedStep } from "../printed-step.ts";

/** A printed step that knows what it costs. */
export interface CostedStep extends PrintedStep {
  /** At most so many in one inference, on a core with the DSP extension. */
  readonly instructions: number;
}

/** A kernel that knows its size. */
export interface CostedKernel extends Kernel {
  /** At most so many bytes of code, on a core with the DSP extension. */
  readonly codeBytes: number;
}

/** Putting arguments into registers, the call itself, and its part of a loop. */
export const CALL_INSTRUCTIONS = 12;

export function costed(step: CostedStep): PrintedStep {
  return step;
}

/** The instructions of a printed step, if a DSP family printed it. */
export function costOf(step: PrintedStep): number | null {
  return "instructions" in step ? (step as CostedStep).instructions : null;
}

/** The bytes of code of a kernel, if a DSP family printed it. */
export function codeBytesOf(kernel: Kernel): number | null {
  return "codeBytes" in kernel ? (kernel as CostedKernel).codeBytes : null;
}
