// Fully connected layers on cores with the DSP extension. Offers nothing where exact constants do not exist; plain C takes those.

import type { IntegerProgram, ProgramStep } from "../../../artifacts/integer-program.ts";
import { PLAIN, type KernelOffer, type Optimization } from "../printed-step.ts";
import { CALL_INSTRUCTIONS } from "./cost.ts";
import { layerKernel, layerStreams } from "./layer-kernel.ts";
import { isRowStep } from "./layer-plan.ts";
import { stepsOf } from "./row-stream.ts";
import { PAIRS, WIDEN, widenInstructions } from "./widen.ts";

export function dspDense(step: ProgramStep, program: IntegerProgram, optimize: Optimization): KernelOffer | null {
  if (step.kind !== "fully-connected" || !isRowStep(step)) return null;
  const streams = layerStreams(step, program, optimize);
  if (streams === null) return null;
  return {
    inputForms: [PAIRS, PLAIN],
    outputForms: streams.outputForms,
    print: (input, output) => {
      const { kernel, field, stackBytes, instructions } = layerKernel(streams, output);
      const widens = input !== PAIRS;
      return {
        description: `fully connected ${step.inputs} to ${step.outputs}`,
        kernels: widens ? [WIDEN, kernel] : [kernel],
        fields: [field],
        shapes: [],
        scratch: widens ? { bytes: PAIRS.bytes(step.inputs), alignment: PAIRS.alignment } : { bytes: 0, alignment: 1 },
        inPlace: [],
        stackBytes,
        call: ({ buffer, field: name, scratch }) => [
          ...(widens ? [`widen(${buffer(step.input)}, ${scratch}, ${step.inputs});`] : []),
          `${kernel.name}(${name("stream")}, ${widens ? scratch : buffer(step.input)}, ${2 * stepsOf(step.inputs)}, ${buffer(step.output)});`,
        ],
        instructions: instructions + CALL_INSTRUCTIONS + (widens ? widenInstructions(step.inputs) + CALL_INSTRUCTIONS : 0),
      };
    },
  };
}
