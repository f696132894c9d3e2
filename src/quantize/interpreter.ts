// The oracle: runs an integer program exactly as TensorFlow Lite Micro's reference kernels would. Every other backend is
// tested against it; it is written to be obviously right, in the order of the reference kernels.

import { at } from "../core/assert.ts";
import { clamp, multiplyByQuantizedMultiplier } from "../core/fixed-point.ts";
import type { ConvolutionStep, FullyConnectedStep, IntegerProgram, Requantization } from "../artifacts/integer-program.ts";

/** One inference: int8 input of the program's input size in, int8 output out (a fresh array each time). */
export type Inference = (input: Int8Array) => Int8Array;

export function createInterpreter(program: IntegerProgram): Inference {
  const buffers = program.buffers.map((buffer) => new Int8Array(buffer.bytes));
  const inputBuffer = at(buffers, program.input);
  return (input) => {
    inputBuffer.set(input);
    for (const step of program.steps) {
      const from = at(buffers, step.input);
      const to = at(buffers, step.output);
      switch (step.kind) {
        case "fully-connected":
          fullyConnected(step, from, to);
          break;
        case "conv-2d":
          convolution(step, from, to);
          break;
        case "table":
          for (let index = 0; index < step.count; index++) to[index] = step.table[(from[index] as number) + 128] as number;
          break;
      }
    }
    return at(buffers, program.output).slice();
  };
}

function requantize(accumulator: number, row: number, law: Requantization): number {
  const multiplier = law.multipliers[law.multipliers.length === 1 ? 0 : row] as (typeof law.multipliers)[number];
  return clamp(multiplyByQuantizedMultiplier(accumulator, multiplier) + law.zeroPoint, law.minimum, law.maximum);
}

function fullyConnected(step: FullyConnectedStep, input: Int8Array, output: Int8Array): void {
  for (let row = 0; row < step.outputs; row++) {
    let accumulator = step.bias[row] as number;
    for (let column = 0; column < step.inputs; column++) {
      accumulator += (step.weights[row * step.inputs + column] as number) * ((input[column] as number) - step.inputZeroPoint);
    }
    output[row] = requantize(accumulator, row, step.requantization);
  }
}

function convolution(step: ConvolutionStep, input: Int8Array, output: Int8Array): void {
  const { from, to, kernel, stride, dilation, padding } = step;
  for (let y = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++) {
      for (let channel = 0; channel < to.channels; channel++) {
        let accumulator = step.bias[channel] as number;
        for (let tapY = 0; tapY < kernel.height; tapY++) {
          const fromY = y * stride.height - padding.top + tapY * dilation.height;
          if (fromY < 0 || fromY >= from.height) continue;
          for (let tapX = 0; tapX < kernel.width; tapX++) {
            const fromX = x * stride.width - padding.left + tapX * dilation.width;
            if (fromX < 0 || fromX >= from.width) continue;
            const pixel = (fromY * from.width + fromX) * from.channels;
            const tap = ((channel * kernel.height + tapY) * kernel.width + tapX) * from.channels;
            for (let depth = 0; depth < from.channels; depth++) {
              accumulator += (step.weights[tap + depth] as number) * ((input[pixel + depth] as number) - step.inputZeroPoint);
            }
          }
        }
        output[(y * to.width + x) * to.channels + channel] = requantize(accumulator, channel, step.requantization);
      }
    }
  }
}
