// Offers kernels for steps that multiply with stored weights, on cores without instructions for it: M0+, RISC-V, Xtensa, AVR.

import type { FullyConnectedStep, ProgramStep } from "../../../artifacts/integer-program.ts";
import { PLAIN, type KernelFamily, type KernelOffer, type PrintedStep } from "../printed-step.ts";
import { loops, place, plainStep } from "../operators/plain-step.ts";
import { convolution } from "./convolution.ts";
import { BYTE_INPUT, PLAIN_INPUT, PREPARED_INPUT, type MatrixKernel } from "./matrix-kernel.ts";

/** For Cortex-M0+, Xtensa and other 32-bit cores with few registers. */
export const scalarKernels: KernelFamily = unlessSmall(PREPARED_INPUT);

/** For RISC-V. */
export const riscvKernels: KernelFamily = unlessSmall(PLAIN_INPUT);

/** For AVR; smaller than plain C, too. */
export const avrKernels: KernelFamily = familyOf(BYTE_INPUT);

/** Plain C has less code, and 8 bytes less a row. */
function unlessSmall(multiply: MatrixKernel): KernelFamily {
  return (step, _, optimize) => (optimize === "size" ? null : familyOf(multiply)(step));
}

function familyOf(multiply: MatrixKernel): (step: ProgramStep) => KernelOffer | null {
  return (step) => {
    const printed = printStep(step, multiply);
    return printed === null ? null : { inputForms: [PLAIN], outputForms: [PLAIN], print: () => printed };
  };
}

function printStep(step: ProgramStep, multiply: MatrixKernel): PrintedStep | null {
  switch (step.kind) {
    case "fully-connected":
      return fullyConnected(step, multiply);
    case "conv-2d":
      return convolution(step, multiply);
    default:
      return null;
  }
}

function fullyConnected(step: FullyConnectedStep, { kernel, pack, scratch, call }: MatrixKernel): PrintedStep | null {
  const { batches, inputs, outputs } = step;
  const fields = pack({ ...step, columns: inputs });
  if (fields === null) return null;
  return plainStep({
    description: `fully connected ${inputs} to ${outputs}${batches === 1 ? "" : `, ${batches} times`}`,
    kernels: [kernel],
    fields,
    scratch: scratch(inputs),
    call: (names) =>
      loops([batches], ([batch = ""]) => {
        const from = place(names.buffer(step.input), 0, [[batch, inputs]]);
        const to = place(names.buffer(step.output), 0, [[batch, outputs]]);
        return [call({ ...names, from, inputs: `${inputs}`, to, outputs: `${outputs}` })];
      }),
  });
}
