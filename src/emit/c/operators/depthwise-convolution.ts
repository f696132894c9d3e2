// Depthwise convolutions in plain C: each channel of the image has windows of its own.

import type { DepthwiseStep } from "../../../artifacts/integer-program.ts";
import type { Kernel, PrintedStep } from "../printed-step.ts";
import { outputLaws, REQUANTIZE } from "./arithmetic-law.ts";
import { weightsField } from "./fully-connected.ts";
import { loops, numberField, place, plainStep } from "./plain-step.ts";
import { imagePlaces, SLIDING_WINDOW, slidingWindow, TAP_RANGE, windowText } from "./sliding-window.ts";

const DEPTHWISE_CONVOLUTION: Kernel = {
  name: "depthwise_convolution",
  needs: [REQUANTIZE, SLIDING_WINDOW, TAP_RANGE],
  text: `/** @brief Each channel's windows times that channel's weights; the weights of one tap lie together, a byte an output channel. */
static void
depthwise_convolution(const int8_t* input, int8_t* output, const POLICY_FLASH sliding_window* shape, size_t multiplier,
                      int8_t zero_point, const POLICY_FLASH output_law* laws, const POLICY_FLASH int8_t* weights) {
    const size_t outputs = shape->output_channels;
    const size_t next_column = (size_t)shape->dilation_width * shape->channels;
    const size_t next_row = (size_t)shape->dilation_height * shape->width * shape->channels;
    for (size_t y = 0; y < shape->output_height; y++) {
        const ptrdiff_t top = (ptrdiff_t)(y * shape->stride_height) - (ptrdiff_t)shape->padding_top;
        const tap_range rows = taps_inside(top, shape->kernel_height, shape->dilation_height, shape->height);
        for (size_t x = 0; x < shape->output_width; x++) {
            const ptrdiff_t left = (ptrdiff_t)(x * shape->stride_width) - (ptrdiff_t)shape->padding_left;
            const tap_range columns = taps_inside(left, shape->kernel_width, shape->dilation_width, shape->width);
            const size_t first_row = (size_t)(top + (ptrdiff_t)(rows.first * shape->dilation_height));
            const size_t first_column = (size_t)(left + (ptrdiff_t)(columns.first * shape->dilation_width));
            const int8_t* first_pixel = &input[(first_row * shape->width + first_column) * shape->channels];
            const size_t first_weight = (rows.first * shape->kernel_width + columns.first) * outputs;
            for (size_t channel = 0; channel < outputs; channel++) {
                const int8_t* pixel_row = &first_pixel[channel / multiplier];
                const POLICY_FLASH int8_t* tap_row = &weights[first_weight + channel];
                int32_t sum = laws[channel].bias;
                for (size_t row = rows.first; row < rows.end; row++) {
                    const int8_t* pixel = pixel_row;
                    const POLICY_FLASH int8_t* tap = tap_row;
                    for (size_t column = columns.first; column < columns.end; column++) {
                        sum += (int32_t)*tap * (*pixel - zero_point);
                        pixel += next_column;
                        tap += outputs;
                    }
                    pixel_row += next_row;
                    tap_row += shape->kernel_width * outputs;
                }
                *output++ = requantize(sum, &laws[channel]);
            }
        }
    }
}
`,
};

export function depthwiseConvolution(step: DepthwiseStep): PrintedStep {
  const { batches, to, kernel, multiplier } = step;
  const { fromImage, toImage } = imagePlaces(step);
  return plainStep({
    description: `depthwise convolution ${windowText(step)}, ${to.channels} channels`,
    kernels: [DEPTHWISE_CONVOLUTION],
    fields: [
      outputLaws("laws", step.bias, step.requantization, "One an output channel."),
      weightsField(step, to.channels, `${kernel.height} x ${kernel.width} taps x ${to.channels} output channels`),
      numberField("input_zero_point", "int8_t", step.inputZeroPoint, "Taken from each element of the input."),
    ],
    shapes: [slidingWindow(step)],
    call: ({ buffer, field, shape }) =>
      loops([batches], ([batch = ""]) => {
        const [source, target] = [place(buffer(step.input), 0, [[batch, fromImage]]), place(buffer(step.output), 0, [[batch, toImage]])];
        return [
          `depthwise_convolution(${source}, ${target}, &${shape("window")}, ${multiplier}, ${field("input_zero_point")}, ${field("laws")}, ${field("weights")});`,
        ];
      }),
  });
}
