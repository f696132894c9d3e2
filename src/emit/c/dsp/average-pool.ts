// Average pooling of four channels at a time on cores with the DSP extension, where no window leaves the image.

import type { PoolStep, ProgramStep } from "../../../artifacts/integer-program.ts";
import { CLAMP } from "../operators/arithmetic-law.ts";
import { loops, numberField, place } from "../operators/plain-step.ts";
import { imagePlaces, windowText } from "../operators/sliding-window.ts";
import { PLAIN, type Kernel, type KernelOffer } from "../printed-step.ts";
import { CALL_INSTRUCTIONS, CALLER_STACK_BYTES } from "./cost.ts";
import { assemblyKernel } from "./assembly.ts";

const SUM_HEAD = "add_fours(const int8_t* pixel, int16_t sums[4], uint32_t count, uint32_t pitch)";

export const ADD_FOURS = assemblyKernel({
  name: "add_fours",
  needs: [],
  documentation: "/** @brief Adds `count` pixels, `pitch` bytes apart, to the sums of their channels 0, 2, 1, 3. */",
  head: SUM_HEAD,
  lines: [
    "push.n {r4, r5, r6, lr}",
    "ldrd r4, r5, [r1]",
    "subs r2, #2",
    "blt.n 2f",
    "1:",
    "ldr.n r6, [r0]",
    "ldr.w r12, [r0, r3]",
    "add.w r0, r0, r3, lsl #1",
    "sxtab16 r4, r4, r6",
    "sxtab16 r5, r5, r6, ror #8",
    "sxtab16 r4, r4, r12",
    "sxtab16 r5, r5, r12, ror #8",
    "subs r2, #2",
    "bge.n 1b",
    "2:",
    "adds r2, #2",
    "beq.n 3f",
    "ldr.n r6, [r0]",
    "sxtab16 r4, r4, r6",
    "sxtab16 r5, r5, r6, ror #8",
    "3:",
    "strd r4, r5, [r1]",
    "pop.n {r4, r5, r6, pc}",
  ],
  portable: `
    for (uint32_t i = 0; i < count; i++, pixel += pitch) {
        sums[0] = (int16_t)(sums[0] + pixel[0]);
        sums[1] = (int16_t)(sums[1] + pixel[2]);
        sums[2] = (int16_t)(sums[2] + pixel[1]);
        sums[3] = (int16_t)(sums[3] + pixel[3]);
    }`,
});

const AVERAGE_FOURS: Kernel = {
  name: "average_fours",
  codeBytes: 150, // 132 at -O2
  needs: [CLAMP, ADD_FOURS],
  text: `/** @brief The averages of a window, half away from zero, channel by channel; \`pitch\` bytes from one row to the next. */
static void
average_fours(const int8_t* window, int8_t* output, uint32_t rows, uint32_t pitch, uint32_t columns, uint32_t channels,
              int8_t minimum, int8_t maximum) {
    const int32_t count = (int32_t)(rows * columns);
    for (uint32_t channel = 0; channel < channels; channel += 4) {
        union {
            int16_t halves[4];
            uint32_t aligned[2];
        } sums = {{0, 0, 0, 0}};
        for (uint32_t row = 0; row < rows; row++) {
            add_fours(&window[row * pitch + channel], sums.halves, columns, channels);
        }
        for (uint32_t i = 0; i < 4; i++) {
            const int32_t sum = sums.halves[i % 2 * 2 + i / 2];
            output[channel + i] = clamp((sum > 0 ? sum + count / 2 : sum - count / 2) / count, minimum, maximum);
        }
    }
}
`,
};

/** Sums of so many int8 fit 16 bits. */
export const MOST_TAPS = 255;

/** Of average_fours and what it calls. Measured, with policy_infer: 80. */
const STACK_BYTES = 64;

export function dspAveragePool(step: ProgramStep): KernelOffer | null {
  if (step.kind !== "average-pool-2d" || !isWhole(step)) return null;
  const { batches, from, to, kernel, stride } = step;
  const { fromImage, toImage } = imagePlaces(step);
  const pitch = from.width * from.channels;
  // Rows of the image's whole width follow one another.
  const [rows, columns] = kernel.width === from.width ? [1, kernel.height * kernel.width] : [kernel.height, kernel.width];
  return {
    inputForms: [PLAIN],
    outputForms: [PLAIN],
    print: () => ({
      description: `average pool ${windowText(step)}`,
      kernels: [AVERAGE_FOURS],
      fields: [
        numberField("minimum", "int8_t", step.minimum, "Of the output."),
        numberField("maximum", "int8_t", step.maximum, "Of the output."),
      ],
      shapes: [],
      scratch: { bytes: 0, alignment: 1 },
      inPlace: [],
      stackBytes: STACK_BYTES + CALLER_STACK_BYTES,
      call: ({ buffer, field }) =>
        loops([batches, to.height, to.width], ([batch = "", y = "", x = ""]) => {
          const source = place(buffer(step.input), 0, [[batch, fromImage], [y, stride.height * pitch], [x, stride.width * from.channels]]); // prettier-ignore
          const target = place(buffer(step.output), 0, [[batch, toImage], [y, to.width * to.channels], [x, to.channels]]); // prettier-ignore
          return [
            `average_fours(${source}, ${target}, ${rows}, ${pitch}, ${columns}, ${from.channels}, ${field("minimum")}, ${field("maximum")});`,
          ];
        }),
      instructions: batches * to.height * to.width * (windowInstructions(rows, columns, from.channels) + CALL_INSTRUCTIONS),
    }),
  };
}

/** Of one call of average_fours. */
function windowInstructions(rows: number, columns: number, channels: number): number {
  return 24 + (channels / 4) * (20 + rows * (addFoursInstructions(columns) + 10) + 4 * 18);
}

/** Instructions of one call, at most one too many. */
export function addFoursInstructions(count: number): number {
  return 8 + 9 * Math.floor(count / 2) + 4 * (count % 2);
}

/** No window leaves the image, and sums of whole fours of channels fit 16 bits. */
function isWhole({ from, to, kernel, stride, padding }: PoolStep): boolean {
  const inside = (size: number, outputs: number, step: number, taps: number): boolean => (outputs - 1) * step + taps <= size;
  return (
    from.channels % 4 === 0 &&
    kernel.height * kernel.width <= MOST_TAPS &&
    padding.top === 0 &&
    padding.left === 0 &&
    inside(from.height, to.height, stride.height, kernel.height) &&
    inside(from.width, to.width, stride.width, kernel.width)
  );
}
