// Convolutions on cores with the DSP extension: each window, as int16 pairs, is an input to the kernels of fully connected layers.
// Offers nothing where exact constants do not exist; plain C takes those.

import type { ConvolutionStep, IntegerProgram, ProgramStep } from "../../../artifacts/integer-program.ts";
import { loops, numberField, place, type Term } from "../operators/plain-step.ts";
import { imagePlaces, slidingWindow, windowText } from "../operators/sliding-window.ts";
import { PLAIN, type CallNames, type Kernel, type KernelOffer, type Optimization, type ShapeConstant } from "../printed-step.ts";
import { CALL_INSTRUCTIONS } from "./cost.ts";
import { layerKernel, layerStreams } from "./layer-kernel.ts";
import { columnsOf, isRowStep } from "./layer-plan.ts";
import { stepsOf } from "./row-stream.ts";
import { PAIRS, WIDEN, widenInstructions } from "./widen.ts";
import { WIDEN_WINDOW, widenWindowInstructions } from "./windows.ts";

export function dspConvolution(step: ProgramStep, program: IntegerProgram, optimize: Optimization): KernelOffer | null {
  if (step.kind !== "conv-2d" || !isRowStep(step)) return null;
  const streams = layerStreams(step, program, optimize);
  if (streams === null) return null;
  return {
    inputForms: [PLAIN],
    outputForms: streams.outputForms,
    print: (_input, output) => {
      const { kernel, field, stackBytes, instructions } = layerKernel(streams, output);
      const window = windowOf(step);
      const taps = columnsOf(step);
      const { toImage } = imagePlaces(step);
      const bytes = output === PAIRS ? 2 : 1;
      const zeroPoint = numberField("input_zero_point", "int8_t", step.inputZeroPoint, "Stands for what is outside the image.");
      return {
        description: `convolution ${windowText(step)}x${step.from.channels} to ${step.to.channels}`,
        kernels: [...window.kernels, kernel],
        fields: [field, ...(window.shapes.length > 0 ? [zeroPoint] : [])],
        shapes: window.shapes,
        scratch: { bytes: PAIRS.bytes(taps) + window.bytes, alignment: PAIRS.alignment },
        inPlace: [],
        stackBytes: stackBytes + WINDOW_STACK_BYTES,
        call: (names) =>
          loops([step.batches, step.to.height, step.to.width], ([batch = "", y = "", x = ""]) => {
            const pixel: Term[] = [[batch, toImage], [y, step.to.width * step.to.channels], [x, step.to.channels]]; // prettier-ignore
            const target = place(names.buffer(step.output), 0, pixel.map(([index, stride]) => [index, bytes * stride])); // prettier-ignore
            const call = `${kernel.name}(${names.field("stream")}, ${names.scratch}, ${2 * stepsOf(taps)}, ${target});`;
            return [...window.gather(names, batch, y, x), call];
          }),
        instructions: step.batches * (step.to.height * step.to.width * (instructions + 2 * CALL_INSTRUCTIONS) + window.instructions),
      };
    },
  };
}

/** Of widen_window, which compilers put into policy_infer. Measured, with policy_infer and the rows' kernel: 140 to 148. */
const WINDOW_STACK_BYTES = 80;

interface Window {
  readonly kernels: readonly Kernel[];
  readonly shapes: readonly ShapeConstant[];
  /** Scratch before the pairs, for the window's bytes. */
  readonly bytes: number;
  /** Of all windows of an image. */
  readonly instructions: number;
  /** Statements that put the window of an output pixel into the scratch, as pairs. */
  readonly gather: (names: CallNames, batch: string, y: string, x: string) => readonly string[];
}

/** A window that is one run inside the image is read where it lies. */
function windowOf(step: ConvolutionStep): Window {
  const { from, to, stride, padding } = step;
  const { fromImage } = imagePlaces(step);
  const taps = columnsOf(step);
  const [first, end] = runs(step);
  const widen = ({ buffer, scratch }: CallNames, batch: string, y: string, x: string): string => {
    const walk: Term[] = [[batch, fromImage], [y, stride.height * from.width * from.channels], [x, stride.width * from.channels]]; // prettier-ignore
    return `widen(${placeBefore(buffer(step.input), padding.left * from.channels, walk)}, ${scratch}, ${taps});`;
  };
  const widenWindow = ({ buffer, shape, field, scratch }: CallNames, batch: string, y: string, x: string): string => {
    const image = place(buffer(step.input), 0, [[batch, fromImage]]);
    const [top, left] = [offset(y, stride.height, padding.top), offset(x, stride.width, padding.left)];
    return `widen_window(${image}, &${shape("window")}, ${top}, ${left}, ${field("input_zero_point")}, ${scratch} + ${PAIRS.bytes(taps)}, ${scratch});`;
  };
  if (first === 0 && end === to.width)
    return {
      kernels: [WIDEN],
      shapes: [],
      bytes: 0,
      instructions: to.height * to.width * widenInstructions(taps),
      gather: (...at) => [widen(...at)],
    };
  return {
    kernels: [WIDEN, WIDEN_WINDOW],
    shapes: [slidingWindow(step)],
    bytes: taps,
    instructions: to.height * (end - first) * widenInstructions(taps) + widenWindowInstructions(step, (x) => x < first || x >= end),
    gather: (names, batch, y, x) => {
      if (first === end) return [widenWindow(names, batch, y, x)];
      const conditions = [...(first > 0 ? [`${x} >= ${first}`] : []), ...(end < to.width ? [`${x} < ${end}`] : [])];
      const [inside, outside] = [widen(names, batch, y, x), widenWindow(names, batch, y, x)];
      return [`if (${conditions.join(" && ")}) {`, `    ${inside}`, "} else {", `    ${outside}`, "}"];
    },
  };
}

/** Of the windows in a row of outputs, the first that is one run inside the image, and the first after it that is not. */
function runs({ from, to, kernel, stride, dilation, padding }: ConvolutionStep): readonly [first: number, end: number] {
  const oneRow = kernel.height === 1 && padding.top === 0 && (to.height - 1) * stride.height < from.height;
  if (!oneRow || (kernel.width > 1 && dilation.width > 1)) return [0, 0];
  const first = Math.ceil(padding.left / stride.width);
  const end = Math.min(to.width, Math.floor((from.width + padding.left - kernel.width) / stride.width) + 1);
  return first < end ? [first, end] : [0, 0];
}

/** Where the window of output `index` begins. */
function offset(index: string, stride: number, padding: number): string {
  const from = index === "0" ? "0" : stride === 1 ? `(int32_t)${index}` : `(int32_t)(${stride} * ${index})`;
  return padding === 0 ? from : `${from} - ${padding}`;
}

/** Address of an element that lies `before` elements before those that the walk counts from. */
function placeBefore(array: string, before: number, walk: readonly Term[]): string {
  return before === 0 ? place(array, 0, walk) : place(array, 0, [...walk, [String(before), -1]]);
}
