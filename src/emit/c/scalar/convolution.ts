// Convolutions by the kernel that multiplies a matrix with an input: each window of the image is an input.

import type { ConvolutionStep } from "../../../artifacts/integer-program.ts";
import { GATHER_WINDOW, windowsAreWhole } from "../operators/convolution.ts";
import { loops, numberField, place, plainStep } from "../operators/plain-step.ts";
import { imagePlaces, slidingWindow, windowText } from "../operators/sliding-window.ts";
import type { Kernel, ParameterField, PrintedStep } from "../printed-step.ts";
import type { MatrixKernel } from "./matrix-kernel.ts";

function windowsKernel({ kernel, call, parameters }: MatrixKernel): Kernel {
  const row = call({ from: "window", inputs: "taps", to: "output", outputs: "outputs", field: (role) => role, scratch: "scratch" });
  return {
    name: "multiply_windows",
    needs: [GATHER_WINDOW, kernel],
    text: `/** @brief Each window of the input times the weights of each output channel. window: room for its taps. */
static void
multiply_windows(const int8_t* input, int8_t* output, const POLICY_FLASH sliding_window* shape, int8_t zero_point,
                 int8_t* window, ${parameters.slice(0, 2).join(", ")}${
                   parameters.slice(2).length === 0
                     ? ""
                     : `,
                 ${parameters.slice(2).join(", ")}`
                 }) {
    const size_t outputs = shape->output_channels;
    const size_t taps = (size_t)shape->kernel_height * shape->kernel_width * shape->channels;
    for (size_t y = 0; y < shape->output_height; y++) {
        const ptrdiff_t top = (ptrdiff_t)(y * shape->stride_height) - (ptrdiff_t)shape->padding_top;
        for (size_t x = 0; x < shape->output_width; x++) {
            const ptrdiff_t left = (ptrdiff_t)(x * shape->stride_width) - (ptrdiff_t)shape->padding_left;
            gather_window(input, shape, top, left, shape->channels, zero_point, window);
            ${row}
            output += outputs;
        }
    }
}
`,
  };
}

/** Null for grouped convolutions, and where the kernel can't have the weights. */
export function convolution(step: ConvolutionStep, multiply: MatrixKernel): PrintedStep | null {
  const { kernel, from, groups } = step;
  const taps = kernel.height * kernel.width * from.channels;
  const tables = groups === 1 ? multiply.pack({ ...step, columns: taps }) : null;
  if (tables === null) return null;
  return windowsAreWhole(step) ? wholeWindows(step, multiply, tables, taps) : gatheredWindows(step, multiply, tables, taps);
}

function wholeWindows(step: ConvolutionStep, multiply: MatrixKernel, fields: readonly ParameterField[], taps: number): PrintedStep {
  const { batches, from, to, stride } = step;
  const { fromImage, toImage } = imagePlaces(step);
  return plainStep({
    description: description(step),
    kernels: [multiply.kernel],
    fields,
    scratch: multiply.scratch(taps),
    stackBytes: multiply.convolutionStackBytes.wholeWindows,
    call: (names) =>
      loops([batches, to.height, to.width], ([batch = "", y = "", x = ""]) => {
        const [strideY, strideX] = [stride.height * from.width * from.channels, stride.width * from.channels];
        const source = place(names.buffer(step.input), 0, [[batch, fromImage], [y, strideY], [x, strideX]]); // prettier-ignore
        const target = place(names.buffer(step.output), 0, [[batch, toImage], [y, to.width * to.channels], [x, to.channels]]); // prettier-ignore
        return [multiply.call({ ...names, from: source, inputs: `${taps}`, to: target, outputs: `${to.channels}` })];
      }),
  });
}

function gatheredWindows(step: ConvolutionStep, multiply: MatrixKernel, tables: readonly ParameterField[], taps: number): PrintedStep {
  const { fromImage, toImage } = imagePlaces(step);
  const own = multiply.scratch(taps);
  return plainStep({
    description: description(step),
    kernels: [windowsKernel(multiply)],
    fields: [...tables, numberField("input_zero_point", "int8_t", step.inputZeroPoint, "Stands for what is outside the image.")],
    shapes: [slidingWindow(step)],
    scratch: { bytes: own.bytes + taps, alignment: own.alignment },
    stackBytes: multiply.convolutionStackBytes.gatheredWindows,
    call: ({ buffer, field, shape, scratch }) =>
      loops([step.batches], ([batch = ""]) => {
        const [source, target] = [place(buffer(step.input), 0, [[batch, fromImage]]), place(buffer(step.output), 0, [[batch, toImage]])];
        const window = own.bytes === 0 ? scratch : `${scratch} + ${own.bytes}`;
        const rest = [...tables.map(({ role }) => field(role)), ...(own.bytes === 0 ? [] : [scratch])].join(", ");
        return [`multiply_windows(${source}, ${target}, &${shape("window")}, ${field("input_zero_point")}, ${window}, ${rest});`];
      }),
  });
}

function description(step: ConvolutionStep): string {
  return `convolution ${windowText(step)}x${step.from.channels} to ${step.to.channels}`;
}
