// The family of kernels for cores that compute on vectors of bytes: Helium of the Cortex-M55 and WebAssembly with simd128. It takes
// the layers that multiply with stored weights; what it declines is left to plain C.

import { PLAIN, type KernelFamily, type PrintedStep } from "../printed-step.ts";
import type { ProgramStep } from "../../../artifacts/integer-program.ts";
import { convolution } from "./convolution.ts";
import { depthwiseConvolution } from "./depthwise-convolution.ts";
import { fullyConnected } from "./fully-connected.ts";

export const vectorKernels: KernelFamily = (step) => {
  const printed = printStep(step);
  return printed === null ? null : { inputForms: [PLAIN], outputForms: [PLAIN], print: () => printed };
};

function printStep(step: ProgramStep): PrintedStep | null {
  if (step.kind === "fully-connected") return fullyConnected(step);
  if (step.kind === "conv-2d") return convolution(step);
  return step.kind === "depthwise-conv-2d" ? depthwiseConvolution(step) : null;
}
