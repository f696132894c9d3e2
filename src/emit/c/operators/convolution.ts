// Convolutions in plain C: each window of the image, in one piece, is an input to the kernel of fully connected layers.

import type { ConvolutionStep } from "../../../artifacts/integer-program.ts";
import type { Kernel, PrintedStep } from "../printed-step.ts";
import { outputLaws } from "./arithmetic-law.ts";
import { foldedBias, fullyConnectedKernel, weightsField } from "./fully-connected.ts";
import { loops, numberField, place, plainStep, type PlainTaste } from "./plain-step.ts";
import { imagePlaces, SLIDING_WINDOW, slidingWindow, windowText } from "./sliding-window.ts";

export const GATHER_WINDOW: Kernel = {
  name: "gather_window",
  needs: [SLIDING_WINDOW],
  text: `/** @brief Copies \`depth\` channels of the window at (top, left) into one piece; outside the image is the zero point. */
static void
gather_window(const int8_t* input, const POLICY_FLASH sliding_window* shape, ptrdiff_t top, ptrdiff_t left,
              size_t depth, int8_t zero_point, int8_t* window) {
    const ptrdiff_t height = (ptrdiff_t)shape->height;
    const ptrdiff_t width = (ptrdiff_t)shape->width;
    for (size_t tap_y = 0; tap_y < shape->kernel_height; tap_y++) {
        const ptrdiff_t y = top + (ptrdiff_t)(tap_y * shape->dilation_height);
        for (size_t tap_x = 0; tap_x < shape->kernel_width; tap_x++) {
            const ptrdiff_t x = left + (ptrdiff_t)(tap_x * shape->dilation_width);
            if (y >= 0 && y < height && x >= 0 && x < width) {
                const int8_t* pixel = &input[(size_t)(y * width + x) * shape->channels];
                for (size_t channel = 0; channel < depth; channel++) {
                    *window++ = pixel[channel];
                }
            } else {
                for (size_t channel = 0; channel < depth; channel++) {
                    *window++ = zero_point;
                }
            }
        }
    }
}
`,
};

const convolutionKernel = (taste: PlainTaste = "fast"): Kernel => ({
  name: "convolution",
  needs: [GATHER_WINDOW, fullyConnectedKernel(taste)],
  text: `/** @brief Each window of the input times the weights of each output channel, which are as long as the window. */
static void
convolution(const int8_t* input, int8_t* output, int8_t* window, const POLICY_FLASH sliding_window* shape,
            size_t groups, int8_t zero_point, const POLICY_FLASH output_law* laws, const POLICY_FLASH int8_t* weights) {
    const size_t depth = shape->channels / groups;
    const size_t outputs = shape->output_channels / groups;
    const size_t taps = (size_t)shape->kernel_height * shape->kernel_width * depth;
    for (size_t y = 0; y < shape->output_height; y++) {
        const ptrdiff_t top = (ptrdiff_t)(y * shape->stride_height) - (ptrdiff_t)shape->padding_top;
        for (size_t x = 0; x < shape->output_width; x++) {
            const ptrdiff_t left = (ptrdiff_t)(x * shape->stride_width) - (ptrdiff_t)shape->padding_left;
            for (size_t group = 0; group < groups; group++) {
                const size_t row = group * outputs;
                gather_window(&input[group * depth], shape, top, left, depth, zero_point, window);
                fully_connected(window, output, taps, outputs, &laws[row], &weights[row * taps]);
                output += outputs;
            }
        }
    }
}
`,
});

/** Two kernels, one in the other, with ten arguments between them. Measured: up to 352 on M0+, 336 on an LX106,
 * 232 on Cortex-M4, with what gcc inlines of other steps. */
const STACK_BYTES = 368;

/** Where every window already lies in one piece, the call is of the fully connected kernel itself. */
export function convolution(step: ConvolutionStep, taste: PlainTaste = "fast"): PrintedStep {
  const { batches, from, to, kernel, stride, groups } = step;
  const depth = from.channels / groups;
  const taps = kernel.height * kernel.width * depth;
  const laws = outputLaws(
    "laws",
    foldedBias(step, taps),
    step.requantization,
    "One an output channel; the input's zero point is folded into its bias.",
  );
  const weights = weightsField(step, taps, `${to.channels} output channels x ${kernel.height} x ${kernel.width} x ${depth}`);
  const description = `convolution ${windowText(step)}x${depth} to ${to.channels}${groups === 1 ? "" : ` in ${groups} groups`}`;
  const { fromImage, toImage } = imagePlaces(step);
  if (windowsAreWhole(step)) {
    return plainStep({
      description,
      kernels: [fullyConnectedKernel(taste)],
      fields: [laws, weights],
      call: ({ buffer, field }) =>
        loops([batches, to.height, to.width], ([batch = "", y = "", x = ""]) => {
          const [strideY, strideX] = [stride.height * from.width * from.channels, stride.width * from.channels];
          const source = place(buffer(step.input), 0, [[batch, fromImage], [y, strideY], [x, strideX]]); // prettier-ignore
          const target = place(buffer(step.output), 0, [[batch, toImage], [y, to.width * to.channels], [x, to.channels]]); // prettier-ignore
          return [`fully_connected(${source}, ${target}, ${taps}, ${to.channels}, ${field("laws")}, ${field("weights")});`];
        }),
    });
  }
  const zeroPoint = numberField("input_zero_point", "int8_t", step.inputZeroPoint, "Stands for what is outside the image.");
  return plainStep({
    description,
    kernels: [convolutionKernel(taste)],
    fields: [laws, weights, zeroPoint],
    shapes: [slidingWindow(step)],
    scratch: { bytes: taps, alignment: 1 },
    stackBytes: STACK_BYTES,
    call: ({ buffer, field, shape, scratch }) =>
      loops([batches], ([batch = ""]) => {
        const [source, target] = [place(buffer(step.input), 0, [[batch, fromImage]]), place(buffer(step.output), 0, [[batch, toImage]])];
        return [
          `convolution(${source}, ${target}, ${scratch}, &${shape("window")}, ${groups}, ${field("input_zero_point")}, ${field("laws")}, ${field("weights")});`,
        ];
      }),
  });
}

/** Whether no window leaves the image and each is one run of bytes. */
export function windowsAreWhole({ from, to, kernel, stride, dilation, padding, groups }: ConvolutionStep): boolean {
  const inside = (size: number, windows: number, step: number, taps: number, gap: number): boolean =>
    (windows - 1) * step + (taps - 1) * gap < size;
  const rowsAreRuns = kernel.width === 1 || dilation.width === 1;
  const rowsTouch = kernel.height === 1 || (kernel.width === from.width && dilation.height === 1);
  return (
    groups === 1 &&
    rowsAreRuns &&
    rowsTouch &&
    padding.top === 0 &&
    padding.left === 0 &&
    inside(from.height, to.height, stride.height, kernel.height, dilation.height) &&
    inside(from.width, to.width, stride.width, kernel.width, dilation.width)
  );
}
