// Convolutions four output channels at a time: each window of the image, in one piece, is an input to the kernel of fully
// connected layers.

import type { ConvolutionStep } from "../../../artifacts/integer-program.ts";
import { convolution as plainConvolution, windowsAreWhole } from "../operators/convolution.ts";
import { loops, numberField, place, plainStep } from "../operators/plain-step.ts";
import { imagePlaces, SLIDING_WINDOW, slidingWindow, TAP_RANGE } from "../operators/sliding-window.ts";
import type { Kernel, PrintedStep } from "../printed-step.ts";
import { ROWS_STACK_BYTES, WINDOWS_STACK_BYTES } from "./four-sums.ts";
import { FULLY_CONNECTED_BY_FOUR, rowFields, rowsCall } from "./fully-connected.ts";
import { BLOCK_COLUMNS, roundUp } from "./tables.ts";

const COPY_BYTES: Kernel = {
  name: "copy_bytes",
  needs: [],
  text: `static inline void
copy_bytes(const int8_t* from, int8_t* to, size_t count) {
#if defined(__ARM_FEATURE_MVE)
    __asm__ volatile("wlstp.8 lr, %[count], 2f\\n"
                     "1:\\n\\t"
                     "vldrb.8 q0, [%[from]], #16\\n\\t"
                     "vstrb.8 q0, [%[to]], #16\\n\\t"
                     "letp lr, 1b\\n"
                     "2:"
                     : [from] "+&r"(from), [to] "+&r"(to)
                     : [count] "r"(count)
                     : "q0", "lr", "memory");
#else
    for (size_t i = 0; i < count; i++) {
        to[i] = from[i];
    }
#endif
}
`,
};

const GATHER_RUNS: Kernel = {
  name: "gather_runs",
  needs: [SLIDING_WINDOW, TAP_RANGE, COPY_BYTES],
  text: `/** @brief Copies the taps in these rows and columns of the window at (top, left) to where they lie in a window of one piece. */
static void
gather_runs(const int8_t* input, const POLICY_FLASH sliding_window* shape, ptrdiff_t top, ptrdiff_t left,
            tap_range rows, tap_range columns, int8_t* window) {
    const size_t depth = shape->channels;
    const size_t tap_row = shape->kernel_width * depth;
    const size_t next_column = shape->dilation_width * depth;
    const size_t next_row = (size_t)shape->dilation_height * shape->width * depth;
    const size_t first_y = (size_t)(top + (ptrdiff_t)(rows.first * shape->dilation_height));
    const size_t first_x = (size_t)(left + (ptrdiff_t)(columns.first * shape->dilation_width));
    const int8_t* from_row = &input[(first_y * shape->width + first_x) * depth];
    int8_t* to_row = &window[rows.first * tap_row + columns.first * depth];
    /* Taps without gaps between them are one run. */
    const size_t runs = shape->dilation_width == 1 ? 1 : columns.end - columns.first;
    const size_t run = shape->dilation_width == 1 ? (columns.end - columns.first) * depth : depth;
    for (size_t row = rows.first; row < rows.end; row++) {
        const int8_t* from = from_row;
        int8_t* to = to_row;
        for (size_t i = 0; i < runs; i++) {
            copy_bytes(from, to, run);
            from += next_column;
            to += depth;
        }
        from_row += next_row;
        to_row += tap_row;
    }
}
`,
};

const CONVOLUTION_BY_FOUR: Kernel = {
  name: "convolution_by_four",
  needs: [GATHER_RUNS, FULLY_CONNECTED_BY_FOUR],
  text: `/** @brief Each window of the input times the weights of each output channel. window: its taps, then up to 15 bytes that count nothing. */
static void
convolution_by_four(const int8_t* input, int8_t* output, int8_t* window, const POLICY_FLASH sliding_window* shape,
                    int8_t zero_point, const POLICY_FLASH output_range* range, const POLICY_FLASH int32_t* laws,
                    const POLICY_FLASH int8_t* weights) {
    const size_t taps = (size_t)shape->kernel_height * shape->kernel_width * shape->channels;
    for (size_t y = 0; y < shape->output_height; y++) {
        const ptrdiff_t top = (ptrdiff_t)(y * shape->stride_height) - (ptrdiff_t)shape->padding_top;
        const tap_range rows = taps_inside(top, shape->kernel_height, shape->dilation_height, shape->height);
        for (size_t x = 0; x < shape->output_width; x++) {
            const ptrdiff_t left = (ptrdiff_t)(x * shape->stride_width) - (ptrdiff_t)shape->padding_left;
            const tap_range columns = taps_inside(left, shape->kernel_width, shape->dilation_width, shape->width);
            if (rows.end - rows.first < shape->kernel_height || columns.end - columns.first < shape->kernel_width) {
                for (size_t i = 0; i < taps; i++) {
                    window[i] = zero_point;
                }
            }
            gather_runs(input, shape, top, left, rows, columns, window);
            fully_connected_by_four(window, 1, taps, (taps + 15) / 16 * 16, output, shape->output_channels, range, laws,
                                    weights);
            output += shape->output_channels;
        }
    }
}
`,
};

/** Null for one of several groups. Where every window already lies in one piece, the call is of the fully connected kernel itself. */
export function convolution(step: ConvolutionStep): PrintedStep | null {
  const { batches, from, to, kernel, stride, groups } = step;
  if (groups > 1) return null;
  const taps = kernel.height * kernel.width * from.channels;
  const fields = rowFields(step, to.channels, taps);
  const { description } = plainConvolution(step);
  const { fromImage, toImage } = imagePlaces(step);
  if (windowsAreWhole(step)) {
    const [nextRow, nextWindow] = [stride.height * from.width * from.channels, stride.width * from.channels];
    const evenlySpaced = nextRow === to.width * nextWindow;
    return plainStep({
      description,
      stackBytes: ROWS_STACK_BYTES,
      kernels: [FULLY_CONNECTED_BY_FOUR],
      fields,
      call: ({ buffer, field }) =>
        loops([batches, evenlySpaced ? 1 : to.height], ([batch = "", y = ""]) => {
          const source = place(buffer(step.input), 0, [[batch, fromImage], [y, nextRow]]); // prettier-ignore
          const target = place(buffer(step.output), 0, [[batch, toImage], [y, to.width * to.channels]]); // prettier-ignore
          return [rowsCall(source, evenlySpaced ? to.height * to.width : to.width, nextWindow, taps, target, to.channels, field)];
        }),
    });
  }
  return plainStep({
    description,
    stackBytes: WINDOWS_STACK_BYTES,
    kernels: [CONVOLUTION_BY_FOUR],
    fields: [...fields, numberField("input_zero_point", "int8_t", step.inputZeroPoint, "Stands for what is outside the image.")],
    shapes: [slidingWindow(step)],
    scratch: { bytes: roundUp(taps, BLOCK_COLUMNS), alignment: 1 },
    call: ({ buffer, field, shape, scratch }) =>
      loops([batches], ([batch = ""]) => {
        const [source, target] = [place(buffer(step.input), 0, [[batch, fromImage]]), place(buffer(step.output), 0, [[batch, toImage]])];
        return [
          `convolution_by_four(${source}, ${target}, ${scratch}, &${shape("window")}, ${field("input_zero_point")}, &${field("range")}, ${field("laws")}, ${field("weights")});`,
        ];
      }),
  });
}
