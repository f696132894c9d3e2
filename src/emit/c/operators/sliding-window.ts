// The shape of a window that slides over images, as a C struct and its values. Convolutions and pools share it.

import type { Sliding } from "../../../artifacts/integer-program.ts";
import type { Kernel, ShapeConstant } from "../printed-step.ts";

export const SLIDING_WINDOW: Kernel = {
  name: "sliding_window",
  needs: [],
  text: `/** A window that slides over an image. */
typedef struct {
    uint16_t height, width, channels;                      /**< Of the input. */
    uint16_t output_height, output_width, output_channels; /**< Of the output. */
    uint16_t kernel_height, kernel_width;                  /**< Taps of the window. */
    uint16_t stride_height, stride_width;                  /**< From one window to the next. */
    uint16_t dilation_height, dilation_width;              /**< From one tap to the next. */
    uint16_t padding_top, padding_left;                    /**< The first window begins so far outside the image. */
} sliding_window;
`,
};

export function slidingWindow({ from, to, kernel, stride, dilation, padding }: Sliding): ShapeConstant {
  return {
    role: "window",
    type: "sliding_window",
    bytes: 28,
    initialiser: [
      `${from.height}, ${from.width}, ${from.channels}, /* input: height, width, channels */`,
      `${to.height}, ${to.width}, ${to.channels}, /* output */`,
      `${kernel.height}, ${kernel.width}, /* window */`,
      `${stride.height}, ${stride.width}, /* stride */`,
      `${dilation.height}, ${dilation.width}, /* dilation */`,
      `${padding.top}, ${padding.left}, /* padding: top, left */`,
    ],
  };
}

export const TAP_RANGE: Kernel = {
  name: "tap_range",
  needs: [],
  text: `/** The taps of a window that lie inside the image, in one direction. */
typedef struct {
    size_t first, end;
} tap_range;

/** @brief Which of \`taps\` taps, \`dilation\` apart from \`start\` on, lie at 0 to size - 1. */
static tap_range
taps_inside(ptrdiff_t start, size_t taps, size_t dilation, size_t size) {
    tap_range inside = {0, taps};
    while (inside.first < taps && start + (ptrdiff_t)(inside.first * dilation) < 0) {
        inside.first++;
    }
    while (inside.end > inside.first && start + (ptrdiff_t)((inside.end - 1) * dilation) >= (ptrdiff_t)size) {
        inside.end--;
    }
    return inside;
}
`,
};

/** For people: `3x3`. */
export function windowText({ kernel }: Sliding): string {
  return `${kernel.height}x${kernel.width}`;
}

export function imagePlaces({ from, to }: Sliding): { readonly fromImage: number; readonly toImage: number } {
  return { fromImage: from.height * from.width * from.channels, toImage: to.height * to.width * to.channels };
}
