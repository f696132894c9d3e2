// Average and max pooling in plain C: over the taps of a window that lie inside the image, channel by channel.

import type { PoolStep } from "../../../artifacts/integer-program.ts";
import type { Kernel, PrintedStep } from "../printed-step.ts";
import { CLAMP } from "./arithmetic-law.ts";
import { loops, numberField, place, plainStep } from "./plain-step.ts";
import { imagePlaces, SLIDING_WINDOW, slidingWindow, TAP_RANGE, windowText } from "./sliding-window.ts";

const AVERAGE_OF: Kernel = {
  name: "average_of",
  needs: [],
  text: `/** @brief The average of rows x columns elements, half away from zero. */
static int32_t
average_of(const int8_t* first, size_t rows, size_t next_row, size_t columns, size_t next_column) {
    const int32_t count = (int32_t)(rows * columns);
    int32_t sum = 0;
    for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < columns; column++) {
            sum += first[row * next_row + column * next_column];
        }
    }
    return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}
`,
};

const LARGEST_OF: Kernel = {
  name: "largest_of",
  needs: [],
  text: `/** @brief The largest of rows x columns elements. */
static int32_t
largest_of(const int8_t* first, size_t rows, size_t next_row, size_t columns, size_t next_column) {
    int8_t largest = INT8_MIN;
    for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < columns; column++) {
            const int8_t element = first[row * next_row + column * next_column];
            largest = element > largest ? element : largest;
        }
    }
    return largest;
}
`,
};

function poolKernel(name: string, brief: string, condense: Kernel): Kernel {
  const indent = " ".repeat(name.length + 1);
  return {
    name,
    needs: [CLAMP, SLIDING_WINDOW, TAP_RANGE, condense],
    text: `/** @brief ${brief} of each window, channel by channel. */
static void
${name}(const int8_t* input, int8_t* output, const POLICY_FLASH sliding_window* shape, int8_t minimum,
${indent}int8_t maximum) {
    const size_t channels = shape->channels;
    const size_t width = shape->width;
    for (size_t y = 0; y < shape->output_height; y++) {
        const ptrdiff_t top = (ptrdiff_t)(y * shape->stride_height) - (ptrdiff_t)shape->padding_top;
        const tap_range rows = taps_inside(top, shape->kernel_height, 1, shape->height);
        for (size_t x = 0; x < shape->output_width; x++) {
            const ptrdiff_t left = (ptrdiff_t)(x * shape->stride_width) - (ptrdiff_t)shape->padding_left;
            const tap_range columns = taps_inside(left, shape->kernel_width, 1, width);
            const size_t first_row = (size_t)(top + (ptrdiff_t)rows.first);
            const size_t first_column = (size_t)(left + (ptrdiff_t)columns.first);
            const int8_t* pixel = &input[(first_row * width + first_column) * channels];
            for (size_t channel = 0; channel < channels; channel++) {
                const int32_t value = ${condense.name}(&pixel[channel], rows.end - rows.first, width * channels,
                                                 ${" ".repeat(condense.name.length - 10)}columns.end - columns.first, channels);
                *output++ = clamp(value, minimum, maximum);
            }
        }
    }
}
`,
  };
}

const AVERAGE_POOL = poolKernel("average_pool", "The average", AVERAGE_OF);
const MAX_POOL = poolKernel("max_pool", "The largest element", LARGEST_OF);

export function pool(step: PoolStep): PrintedStep {
  const kernel = step.kind === "average-pool-2d" ? AVERAGE_POOL : MAX_POOL;
  const { fromImage, toImage } = imagePlaces(step);
  return plainStep({
    description: `${step.kind === "average-pool-2d" ? "average" : "max"} pool ${windowText(step)}`,
    kernels: [kernel],
    fields: [
      numberField("minimum", "int8_t", step.minimum, "Of the output."),
      numberField("maximum", "int8_t", step.maximum, "Of the output."),
    ],
    shapes: [slidingWindow(step)],
    call: ({ buffer, field, shape }) =>
      loops([step.batches], ([batch = ""]) => {
        const [source, target] = [place(buffer(step.input), 0, [[batch, fromImage]]), place(buffer(step.output), 0, [[batch, toImage]])];
        return [`${kernel.name}(${source}, ${target}, &${shape("window")}, ${field("minimum")}, ${field("maximum")});`];
      }),
  });
}
