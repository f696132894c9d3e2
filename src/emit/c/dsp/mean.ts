// Means over all pixels of an image, four channels at a time, on cores with the DSP extension: what a global average pool becomes.

import { at } from "../../../core/assert.ts";
import type { MeanStep, ProgramStep } from "../../../artifacts/integer-program.ts";
import { outputLaw, REQUANTIZE } from "../operators/arithmetic-law.ts";
import { PLAIN, type Kernel, type KernelOffer } from "../printed-step.ts";
import { ADD_FOURS, addFoursInstructions, MOST_TAPS } from "./average-pool.ts";
import { CALL_INSTRUCTIONS, CALLER_STACK_BYTES } from "./cost.ts";

const MEAN_FOURS: Kernel = {
  name: "mean_fours",
  needs: [REQUANTIZE, ADD_FOURS],
  text: `/** @brief The mean of each channel over \`count\` pixels. */
static void
mean_fours(const int8_t* input, int8_t* output, uint32_t count, uint32_t channels, const POLICY_FLASH output_law* law) {
    for (uint32_t channel = 0; channel < channels; channel += 4) {
        union {
            int16_t halves[4];
            uint32_t aligned[2];
        } sums = {{0, 0, 0, 0}};
        add_fours(&input[channel], sums.halves, count, channels);
        for (uint32_t i = 0; i < 4; i++) {
            output[channel + i] = requantize(law->bias + sums.halves[i % 2 * 2 + i / 2], law);
        }
    }
}
`,
};

/** Of mean_fours and what it calls. */
const STACK_BYTES = 112;

export function dspMean(step: ProgramStep): KernelOffer | null {
  if (step.kind !== "mean" || !isOverPixels(step)) return null;
  const [count, channels] = [at(step.reducedSizes, 0), at(step.keptSizes, 0)];
  return {
    inputForms: [PLAIN],
    outputForms: [PLAIN],
    print: () => ({
      description: `mean of ${count}`,
      kernels: [MEAN_FOURS],
      fields: [outputLaw("law", -count * step.inputZeroPoint, step.requantization, "Of each sum; its multiplier divides, too.")],
      shapes: [],
      scratch: { bytes: 0, alignment: 1 },
      inPlace: [],
      stackBytes: STACK_BYTES + CALLER_STACK_BYTES,
      call: ({ buffer, field }) => [`mean_fours(${buffer(step.input)}, ${buffer(step.output)}, ${count}, ${channels}, &${field("law")});`],
      instructions: CALL_INSTRUCTIONS + 14 + (channels / 4) * (addFoursInstructions(count) + 24 + 4 * REQUANTIZE_INSTRUCTIONS),
    }),
  };
}

/** One requantization and its part of the loop. */
const REQUANTIZE_INSTRUCTIONS = 40;

/** Whole fours of channels, pixel after pixel. */
function isOverPixels({ keptSizes, keptStrides, reducedSizes, reducedStrides }: MeanStep): boolean {
  const [channels = 0] = keptSizes;
  const isImage = keptSizes.length === 1 && keptStrides[0] === 1 && reducedSizes.length === 1 && reducedStrides[0] === channels;
  return isImage && channels % 4 === 0 && at(reducedSizes, 0) <= MOST_TAPS;
}
