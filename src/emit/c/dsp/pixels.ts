// 1x1 convolutions of eight channels on cores with the DSP extension: the channels of a pixel stay in four registers while
// all rows of weights pass by. For a relu and whole fours of output channels; other layers are dense.ts's and convolution.ts's.

import { at } from "../../../core/assert.ts";
import type { ConvolutionStep, ProgramStep } from "../../../artifacts/integer-program.ts";
import { loops, place } from "../operators/plain-step.ts";
import { imagePlaces } from "../operators/sliding-window.ts";
import { PLAIN, scalar, type KernelOffer } from "../printed-step.ts";
import { assemblyKernel } from "./assembly.ts";
import { CALL_INSTRUCTIONS, CALLER_STACK_BYTES } from "./cost.ts";
import { STEP_BYTES, WIDE_STEP } from "./dense-kernels.ts";
import { LOW_HALF, SCALED } from "./half-words.ts";
import { isRectified, layerOf } from "./layer-plan.ts";
import { solveWithoutAddend, type RectifiedRow } from "./rectified-solver.ts";
import { rowLaws } from "./row-law.ts";
import { RECTIFIED_SLOTS, ROW_OF_SLOT, weightWords, WIDE_SHIFT } from "./row-stream.ts";

const CHANNELS = 8;
const STACK_BYTES = 12 * 4;
const HEAD = "pixels_of_8(const POLICY_FLASH uint32_t* stream, const int8_t* input, int8_t* output, uint32_t pixels)";

const PIXELS_OF_8 = assemblyKernel({
  name: "pixels_of_8",
  needs: [WIDE_STEP, LOW_HALF, SCALED],
  documentation: `/**
 * @brief Fully connected for each of many pixels: int8 of eight channels in, int8 out, four rows at a time.
 *
 * output = upper word of sum * multiplier >> shift, saturated. Only of the last four rows is the first multiplier odd.
 */`,
  head: HEAD,
  lines: [
    "push.w {r4-r11, lr}",
    "mov r12, r2",
    ["push.n {r0, r1, r3}", "stream, input, pixels left"],
    "1:",
    "ldrd r0, r1, [sp]",
    "ldr.w r2, [r1], #4",
    "ldr.w r3, [r1], #4",
    "str.n r1, [sp, #4]",
    "sxtb16 r8, r2",
    "sxtb16 r9, r2, ror #8",
    "sxtb16 r10, r3",
    "sxtb16 r11, r3, ror #8",
    "2:",
    ["ldm.w r0!, {r5-r7, lr}", "biases"],
    ['WIDE_STEP("")', ""],
    ["ldm.n r0!, {r1-r4}", "multipliers"],
    "smmul r5, r5, r1",
    "smmul r6, r6, r2",
    "smmul r7, r7, r3",
    "smmul lr, lr, r4",
    ["lsls r1, r1, #31", "odd: the last rows of the pixel"],
    ...["r5", "r6", "r7", "lr"].map((sum) => `ssat ${sum}, #8, ${sum}, asr #${WIDE_SHIFT}`),
    "bfi r6, lr, #8, #8",
    "bfi r6, r5, #16, #8",
    "bfi r6, r7, #24, #8",
    "str.w r6, [r12], #4",
    "beq.w 2b",
    "ldr.n r1, [sp, #8]",
    "subs r1, #1",
    "str.n r1, [sp, #8]",
    "bne.w 1b",
    "add sp, #12",
    "pop.w {r4-r11, pc}",
  ],
  macroBytes: STEP_BYTES.wide - 4,
  portable: `
    for (uint32_t pixel = 0; pixel < pixels; pixel++, input += 8) {
        const POLICY_FLASH uint32_t* words = stream;
        uint32_t last;
        do {
            for (uint32_t slot = 0; slot < 4; slot++) {
                const POLICY_FLASH uint32_t* weights = &words[4 + 4 * slot];
                uint32_t sum = words[slot];
                for (uint32_t i = 0; i < 4; i++) {
                    const int8_t* two = &input[i / 2 * 4 + i % 2];
                    sum += (uint32_t)(low_half(weights[i]) * two[0]) + (uint32_t)(low_half(weights[i] >> 16) * two[2]);
                }
                output[slot < 2 ? 2 - 2 * slot : 7 - 2 * slot] = scaled(sum, words[20 + slot], 0, ${WIDE_SHIFT});
            }
            last = words[20] & 1u;
            words += 24;
            output += 4;
        } while (last == 0);
    }`,
});

export function dspPixels(step: ProgramStep): KernelOffer | null {
  if (step.kind !== "conv-2d" || !isPixels(step)) return null;
  const stream = pixelStream(step);
  if (stream === null) return null;
  const { batches, to } = step;
  const { fromImage, toImage } = imagePlaces(step);
  const comment = "Biases, weights and multipliers of four rows, in the order in which the kernel reads them.";
  return {
    inputForms: [PLAIN],
    outputForms: [PLAIN],
    print: () => ({
      description: `convolution 1x1x${CHANNELS} to ${to.channels}`,
      kernels: [PIXELS_OF_8],
      fields: [{ role: "stream", type: scalar("uint32_t"), count: stream.length, values: stream, perLine: 8, comment }],
      shapes: [],
      scratch: { bytes: 0, alignment: 1 },
      inPlace: [],
      stackBytes: STACK_BYTES + CALLER_STACK_BYTES,
      call: ({ buffer, field }) =>
        loops([batches], ([batch = ""]) => {
          const [source, target] = [place(buffer(step.input), 0, [[batch, fromImage]]), place(buffer(step.output), 0, [[batch, toImage]])];
          return [`pixels_of_8(${field("stream")}, ${source}, ${target}, ${to.height * to.width});`];
        }),
      instructions: batches * (pixelInstructions(to.height * to.width, to.channels / 4) + CALL_INSTRUCTIONS),
    }),
  };
}

/** Instructions of one call, exactly. */
export function pixelInstructions(pixels: number, blocks: number): number {
  return 3 + pixels * (8 + 36 * blocks + 4) + 2;
}

function isPixels(step: ConvolutionStep): boolean {
  const { from, to, kernel, stride, groups } = step;
  const window = kernel.height === 1 && kernel.width === 1 && stride.height === 1 && stride.width === 1;
  const samePixels = from.height === to.height && from.width === to.width;
  return window && samePixels && groups === 1 && from.channels === CHANNELS && to.channels % 4 === 0 && isRectified(step);
}

/** Null where exact constants do not exist. */
function pixelStream(step: ConvolutionStep): Uint32Array | null {
  const layer = layerOf(step);
  const laws = rowLaws(layer, CHANNELS);
  const slot = at(RECTIFIED_SLOTS.wide, 0);
  const words: number[] = [];
  for (let first = 0; first < layer.outputs; first += 4) {
    const rows = ROW_OF_SLOT.map((row) => first + row);
    const solved: RectifiedRow[] = [];
    for (const [place, row] of rows.entries()) {
      const found = solveWithoutAddend(at(laws, row), slot, place === 0 ? (first + 4 === layer.outputs ? "odd" : "even") : "any");
      if (found === null) return null;
      solved.push(found);
    }
    words.push(...rows.map((row, place) => slot.scale * at(layer.foldedBias, row) + at(solved, place).bias));
    words.push(...(weightWords(layer, rows, "wide") ?? []), ...solved.map(({ multiplier }) => multiplier));
  }
  return Uint32Array.from(words, (word) => word >>> 0);
}
