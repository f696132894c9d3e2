// Fully connected layers and convolutions, in the order of TensorFlow Lite's reference kernels.

import {
  requantize,
  type ConvolutionStep,
  type DepthwiseStep,
  type FullyConnectedStep,
  type Sliding,
} from "../../artifacts/integer-program.ts";

export function fullyConnected(step: FullyConnectedStep, input: Int8Array, output: Int8Array): void {
  const { batches, inputs, outputs, weights, inputZeroPoint } = step;
  for (let batch = 0; batch < batches; batch++) {
    for (let row = 0; row < outputs; row++) {
      let accumulator = step.bias[row] as number;
      for (let column = 0; column < inputs; column++) {
        accumulator += (weights[row * inputs + column] as number) * ((input[batch * inputs + column] as number) - inputZeroPoint);
      }
      output[batch * outputs + row] = requantize(accumulator, row, step.requantization);
    }
  }
}

export function convolution(step: ConvolutionStep, input: Int8Array, output: Int8Array): void {
  const { from, to, kernel, weights, inputZeroPoint } = step;
  const depth = from.channels / step.groups;
  const outputsPerGroup = to.channels / step.groups;
  slide(step, (place, taps) => {
    for (let channel = 0; channel < to.channels; channel++) {
      const group = Math.floor(channel / outputsPerGroup);
      let accumulator = step.bias[channel] as number;
      for (const { tap, pixel } of taps) {
        const weight = (channel * kernel.height * kernel.width + tap) * depth;
        const element = pixel * from.channels + group * depth;
        for (let index = 0; index < depth; index++) {
          accumulator += (weights[weight + index] as number) * ((input[element + index] as number) - inputZeroPoint);
        }
      }
      output[place * to.channels + channel] = requantize(accumulator, channel, step.requantization);
    }
  });
}

export function depthwiseConvolution(step: DepthwiseStep, input: Int8Array, output: Int8Array): void {
  const { from, to, weights, multiplier, inputZeroPoint } = step;
  slide(step, (place, taps) => {
    for (let channel = 0; channel < to.channels; channel++) {
      const inputChannel = Math.floor(channel / multiplier);
      let accumulator = step.bias[channel] as number;
      for (const { tap, pixel } of taps) {
        accumulator +=
          (weights[tap * to.channels + channel] as number) * ((input[pixel * from.channels + inputChannel] as number) - inputZeroPoint);
      }
      output[place * to.channels + channel] = requantize(accumulator, channel, step.requantization);
    }
  });
}

/** A place of the window, counted row by row, and the pixel that it meets, counted over all images. */
interface Tap {
  readonly tap: number;
  readonly pixel: number;
}

/** Visits every place of the output, batch by batch and row by row, with the taps of its window inside the image. */
export function slide(sliding: Sliding, visit: (place: number, taps: readonly Tap[]) => void): void {
  const { batches, from, to, kernel, stride, dilation, padding } = sliding;
  for (let batch = 0; batch < batches; batch++) {
    for (let y = 0; y < to.height; y++) {
      for (let x = 0; x < to.width; x++) {
        const taps: Tap[] = [];
        for (let tapY = 0; tapY < kernel.height; tapY++) {
          const fromY = y * stride.height - padding.top + tapY * dilation.height;
          if (fromY < 0 || fromY >= from.height) continue;
          for (let tapX = 0; tapX < kernel.width; tapX++) {
            const fromX = x * stride.width - padding.left + tapX * dilation.width;
            if (fromX < 0 || fromX >= from.width) continue;
            taps.push({ tap: tapY * kernel.width + tapX, pixel: (batch * from.height + fromY) * from.width + fromX });
          }
        }
        visit((batch * to.height + y) * to.width + x, taps);
      }
    }
  }
}
