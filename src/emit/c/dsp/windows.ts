// Windows of an image as inputs to the DSP kernels: int16 pairs in one piece. Outside the image is the zero point.

import type { ConvolutionStep } from "../../../artifacts/integer-program.ts";
import type { Kernel } from "../printed-step.ts";
import { SLIDING_WINDOW } from "../operators/sliding-window.ts";
import { assemblyKernel } from "./assembly.ts";
import { WIDEN, widenInstructions } from "./widen.ts";

const COPY_HEAD = "copy_bytes(const int8_t* from, int8_t* to, uint32_t count)";

const COPY_BYTES = assemblyKernel({
  name: "copy_bytes",
  needs: [],
  documentation: "/** @brief Copies bytes of any alignment, four at a time. */",
  head: COPY_HEAD,
  lines: [
    "subs r2, #4",
    "blt.n 2f",
    "1:",
    "ldr.w r3, [r0], #4",
    "str.w r3, [r1], #4",
    "subs r2, #4",
    "bge.n 1b",
    "2:",
    "adds r2, #4",
    "beq.n 4f",
    "3:",
    "ldrb.w r3, [r0], #1",
    "strb.w r3, [r1], #1",
    "subs r2, #1",
    "bne.n 3b",
    "4:",
    "bx lr",
  ],
  portable: `
    for (uint32_t i = 0; i < count; i++) {
        to[i] = from[i];
    }`,
});

/** Taps next to one another are copied at once. */
export const WIDEN_WINDOW: Kernel = {
  name: "widen_window",
  codeBytes: 310, // 294 at -O2
  needs: [SLIDING_WINDOW, COPY_BYTES, WIDEN],
  text: `/** @brief The window at (top, left) of an int8 image as int16 pairs; outside the image is the zero point. */
static void
widen_window(const int8_t* input, const POLICY_FLASH sliding_window* shape, int32_t top, int32_t left,
             int8_t zero_point, int8_t* window, int8_t* pairs) {
    const int32_t channels = (int32_t)shape->channels;
    const int32_t width = (int32_t)shape->width;
    const int32_t right = left + (int32_t)(shape->kernel_width - 1) * (int32_t)shape->dilation_width;
    const uint32_t run = shape->kernel_width * (uint32_t)channels;
    const int whole = shape->dilation_width == 1 && left >= 0 && right < width;
    int8_t* end = window;
    int32_t y = top;
    for (uint32_t tap_y = 0; tap_y < shape->kernel_height; tap_y++, y += (int32_t)shape->dilation_height) {
        const int inside = y >= 0 && y < (int32_t)shape->height;
        if (inside && whole) {
            copy_bytes(&input[(y * width + left) * channels], end, run);
            end += run;
            continue;
        }
        for (int32_t x = left; x <= right; x += (int32_t)shape->dilation_width, end += channels) {
            if (inside && x >= 0 && x < width) {
                copy_bytes(&input[(y * width + x) * channels], end, (uint32_t)channels);
            } else {
                for (int32_t channel = 0; channel < channels; channel++) {
                    end[channel] = zero_point;
                }
            }
        }
    }
    widen(window, pairs, (uint32_t)(end - window));
}
`,
};

/** At most so many of the calls for an image, over the columns of windows that are `counted`. */
export function widenWindowInstructions(step: ConvolutionStep, counted: (x: number) => boolean): number {
  const { from, to, kernel, stride, dilation, padding } = step;
  const copy = (bytes: number): number => 6 + 4 * Math.floor(bytes / 4) + 4 * (bytes % 4);
  let sum = 0;
  for (let y = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++) {
      if (!counted(x)) continue;
      const left = x * stride.width - padding.left;
      const isWhole = dilation.width === 1 && left >= 0 && left + kernel.width <= from.width;
      sum += 30 + widenInstructions(kernel.height * kernel.width * from.channels);
      for (let tapY = 0; tapY < kernel.height; tapY++) {
        const row = y * stride.height - padding.top + tapY * dilation.height;
        const isInside = row >= 0 && row < from.height;
        sum += 5;
        if (isInside && isWhole) {
          sum += 5 + copy(kernel.width * from.channels);
          continue;
        }
        for (let tapX = 0; tapX < kernel.width; tapX++) {
          const column = left + tapX * dilation.width;
          sum += isInside && column >= 0 && column < from.width ? 16 + copy(from.channels) : 10 + 3 * from.channels;
        }
      }
    }
  }
  return sum;
}
