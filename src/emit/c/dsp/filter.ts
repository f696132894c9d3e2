// 3x3 depthwise convolutions, and 3x3 convolutions of one channel, on cores with the DSP extension. Offers nothing where exact
// constants do not exist, or for other shapes.

import { at } from "../../../core/assert.ts";
import type { ConvolutionStep, DepthwiseStep, ProgramStep } from "../../../artifacts/integer-program.ts";
import { foldedBias } from "../operators/fully-connected.ts";
import { loops, numberField, place } from "../operators/plain-step.ts";
import { imagePlaces, slidingWindow } from "../operators/sliding-window.ts";
import { PLAIN, scalar, type KernelOffer } from "../printed-step.ts";
import { CALLER_STACK_BYTES } from "./cost.ts";
import { filterWords, type FilterShape } from "./plane-kernels.ts";
import { filterImageInstructions, filterImageKernel, LEAD_STACK_BYTES } from "./planes.ts";
import { solveRectified } from "./rectified-solver.ts";
import { rowLaws, type WeightedRows } from "./row-law.ts";
import { RECTIFIED_SLOTS, SIGNED_SHIFT } from "./row-stream.ts";
import { solveSigned } from "./signed-solver.ts";

const TAPS = 9;

type FilterStep = ConvolutionStep | DepthwiseStep;

export function dspFilter(step: ProgramStep): KernelOffer | null {
  if (!isFilter(step)) return null;
  const { from, to, padding, stride, requantization, batches } = step;
  const oneChannel = from.channels === 1;
  const shape: FilterShape = {
    stride: stride.width === 1 ? 1 : 2,
    signed: requantization.minimum !== requantization.zeroPoint,
    rest: to.width % 4 !== 0,
  };
  const stream = filterStream(step, shape.signed);
  if (stream === null) return null;
  // The widest window of four outputs at a time, and a whole number of words.
  const read = (Math.ceil(to.width / 4) * 4 - 1) * shape.stride + 4;
  const pitch = 2 * 2 * Math.ceil(Math.max(read, padding.left + from.width) / 2);
  const kernel = filterImageKernel(shape, oneChannel);
  const { fromImage, toImage } = imagePlaces(step);
  return {
    inputForms: [PLAIN],
    outputForms: [PLAIN],
    print: () => ({
      description: step.kind === "conv-2d" ? `convolution 3x3x1 to ${to.channels}` : `depthwise convolution 3x3 of ${to.channels}`,
      kernels: [kernel],
      fields: [
        {
          ...{ role: "stream", type: scalar("uint32_t"), count: stream.length, values: stream, perLine: filterWords(shape) },
          comment: "A channel: bias, weights of three rows, multiplier, addend.",
        },
        numberField("input_zero_point", "int8_t", step.inputZeroPoint, "Stands for what is outside the image."),
      ],
      shapes: [slidingWindow(step)],
      scratch: { bytes: 3 * from.channels * pitch, alignment: 4 },
      inPlace: [],
      stackBytes: LEAD_STACK_BYTES + CALLER_STACK_BYTES,
      call: ({ buffer, field, shape: constant, scratch }) =>
        loops([batches], ([batch = ""]) => {
          const [source, target] = [place(buffer(step.input), 0, [[batch, fromImage]]), place(buffer(step.output), 0, [[batch, toImage]])];
          return [
            `${kernel.name}(${source}, ${target}, &${constant("window")}, ${field("input_zero_point")}, ${field("stream")}, ${scratch}, ${pitch});`,
          ];
        }),
      instructions: batches * filterImageInstructions(shape, step, pitch),
    }),
  };
}

function isFilter(step: ProgramStep): step is FilterStep {
  if (step.kind !== "conv-2d" && step.kind !== "depthwise-conv-2d") return false;
  const { kernel, dilation, stride, from, padding } = step;
  const channels =
    step.kind === "conv-2d" ? from.channels === 1 : step.multiplier === 1 && (from.channels === 1 || from.channels % 4 === 0);
  const window = kernel.height === 3 && kernel.width === 3 && dilation.height === 1 && dilation.width === 1;
  return channels && window && stride.height === stride.width && stride.width <= 2 && padding.top <= 2 && padding.left <= 2;
}

/** Null where exact constants do not exist. */
function filterStream(step: FilterStep, signed: boolean): Uint32Array | null {
  const rows = channelRows(step);
  const biases = foldedBias({ ...step, ...rows }, TAPS);
  const words: number[] = [];
  const slots = RECTIFIED_SLOTS.wide.slice(0, 1);
  for (const [channel, law] of rowLaws(rows, TAPS).entries()) {
    const solved = signed ? solveSigned([law], SIGNED_SHIFT) : solveRectified([law], slots);
    if (solved === null) return null;
    const { addend } = solved;
    const row = at<{ multiplier: number; bias: number; jump?: number }>(solved.rows, 0);
    words.push(256 * at(biases, channel) + row.bias);
    for (let first = channel * TAPS; first < (channel + 1) * TAPS; first += 3) {
      const [a, b, c] = [at(rows.weights, first), at(rows.weights, first + 1), at(rows.weights, first + 2)];
      words.push(halves(a, b), halves(b, c));
    }
    words.push(row.multiplier, addend, ...(row.jump === undefined ? [] : [row.jump]));
  }
  return Uint32Array.from(words, (word) => word >>> 0);
}

/** Weights times 256, so that sums keep fractional bits. */
function halves(low: number, high: number): number {
  return ((256 * low) & 0xffff) | ((256 * high) << 16);
}

/** Each output channel as a row of nine taps. */
function channelRows(step: FilterStep): WeightedRows {
  if (step.kind === "conv-2d") return step;
  const { channels } = step.to;
  return { ...step, weights: step.weights.map((_, index) => at(step.weights, (index % TAPS) * channels + Math.floor(index / TAPS))) };
}
