// Fully connected layers and convolutions. A convolution copies each window into a row and is a fully connected layer then.

import { at } from "../../core/assert.ts";
import { elementCount, type Convolution2d, type DepthwiseConvolution2d, type FullyConnected } from "../../artifacts/graph.ts";
import { ACTIVATION_LIMITS, type Compute, type FloatTensors } from "./tensors.ts";
import { OUTSIDE, windowPixels } from "./windows.ts";

export function fullyConnected(operator: FullyConnected, tensors: FloatTensors): Compute {
  const [outputs, inputs] = tensors.shape(operator.weights) as [number, number];
  const [input, output] = [tensors.value(operator.input), tensors.value(operator.output)];
  const rows = output.length / outputs;
  const multiply = rowsKernel(operator, tensors);
  return () => {
    for (let row = 0; row < rows; row++) multiply(input, row * inputs, 0, outputs, output, row * outputs);
  };
}

export function convolution(operator: Convolution2d, tensors: FloatTensors): Compute {
  const [outputs, height, width, depth] = tensors.shape(operator.weights) as [number, number, number, number];
  const [input, output] = [tensors.value(operator.input), tensors.value(operator.output)];
  const channels = at(tensors.shape(operator.input), 3);
  const groups = channels / depth;
  const taps = height * width;
  const pixels = windowPixels(operator, { height, width }, operator.dilation, tensors);
  const multiply = rowsKernel(operator, tensors);
  const row = new Float32Array(taps * depth);
  return () => {
    for (let place = 0; place * taps < pixels.length; place++) {
      for (let group = 0; group < groups; group++) {
        for (let tap = 0; tap < taps; tap++) {
          const pixel = pixels[place * taps + tap] as number;
          const from = pixel * channels + group * depth;
          for (let index = 0; index < depth; index++) row[tap * depth + index] = pixel === OUTSIDE ? 0 : (input[from + index] as number);
        }
        const first = (group * outputs) / groups;
        multiply(row, 0, first, outputs / groups, output, place * outputs + first);
      }
    }
  };
}

export function depthwiseConvolution(operator: DepthwiseConvolution2d, tensors: FloatTensors): Compute {
  const [, height, width, outputs] = tensors.shape(operator.weights) as [number, number, number, number];
  const [input, output, weights] = [tensors.value(operator.input), tensors.value(operator.output), tensors.value(operator.weights)];
  const bias = biasOf(operator.bias, outputs, tensors);
  const channels = at(tensors.shape(operator.input), 3);
  const multiplier = outputs / channels;
  const taps = height * width;
  const pixels = windowPixels(operator, { height, width }, operator.dilation, tensors);
  const { low, high } = ACTIVATION_LIMITS[operator.activation];
  return () => {
    for (let place = 0; place * taps < pixels.length; place++) {
      for (let channel = 0; channel < outputs; channel++) {
        const inputChannel = Math.floor(channel / multiplier);
        let sum = bias[channel] as number;
        for (let tap = 0; tap < taps; tap++) {
          const pixel = pixels[place * taps + tap] as number;
          if (pixel !== OUTSIDE) sum += (weights[tap * outputs + channel] as number) * (input[pixel * channels + inputChannel] as number);
        }
        output[place * outputs + channel] = Math.min(Math.max(sum, low), high);
      }
    }
  };
}

/** Multiplies rows `first` .. `first + count - 1` of the weights with the input from `from` on. */
type RowsKernel = (input: Float32Array, from: number, first: number, count: number, output: Float32Array, to: number) => void;

/** Four rows at a time: a sum waits for its addition before, four sums do not wait for each other. */
function rowsKernel(operator: FullyConnected | Convolution2d, tensors: FloatTensors): RowsKernel {
  const weights = tensors.value(operator.weights);
  const outputs = at(tensors.shape(operator.weights), 0);
  const length = elementCount(tensors.shape(operator.weights)) / outputs;
  const bias = biasOf(operator.bias, outputs, tensors);
  const { low, high } = ACTIVATION_LIMITS[operator.activation];
  return (input, from, first, count, output, to) => {
    for (let row = 0; row < count; row += 4) {
      // Where fewer than four are left, the last is computed several times.
      const [second, third, fourth] = [Math.min(row + 1, count - 1), Math.min(row + 2, count - 1), Math.min(row + 3, count - 1)];
      const [a, b, c, d] = [(first + row) * length, (first + second) * length, (first + third) * length, (first + fourth) * length];
      let sumA = bias[first + row] as number;
      let sumB = bias[first + second] as number;
      let sumC = bias[first + third] as number;
      let sumD = bias[first + fourth] as number;
      for (let index = 0; index < length; index++) {
        const value = input[from + index] as number;
        sumA += (weights[a + index] as number) * value;
        sumB += (weights[b + index] as number) * value;
        sumC += (weights[c + index] as number) * value;
        sumD += (weights[d + index] as number) * value;
      }
      output[to + row] = Math.min(Math.max(sumA, low), high);
      output[to + second] = Math.min(Math.max(sumB, low), high);
      output[to + third] = Math.min(Math.max(sumC, low), high);
      output[to + fourth] = Math.min(Math.max(sumD, low), high);
    }
  };
}

function biasOf(id: number | null, outputs: number, tensors: FloatTensors): Float32Array {
  return id === null ? new Float32Array(outputs) : tensors.value(id);
}
