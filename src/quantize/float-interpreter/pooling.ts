// Operators that condense many elements into one: pooling, mean, softmax.

import { at } from "../../core/assert.ts";
import { exp } from "../../core/portable-math.ts";
import type { Mean, Pool2d, Softmax } from "../../artifacts/graph.ts";
import { ACTIVATION_LIMITS, places, stridesOf, type Compute, type FloatTensors } from "./tensors.ts";
import { OUTSIDE, windowPixels } from "./windows.ts";

const UNDILATED = { height: 1, width: 1 } as const;

/** The average is over what lies inside the image. */
export function pool(operator: Pool2d, tensors: FloatTensors): Compute {
  const [input, output] = [tensors.value(operator.input), tensors.value(operator.output)];
  const channels = at(tensors.shape(operator.input), 3);
  const taps = operator.window.height * operator.window.width;
  const pixels = windowPixels(operator, operator.window, UNDILATED, tensors);
  const { low, high } = ACTIVATION_LIMITS[operator.activation];
  const average = operator.kind === "average-pool-2d";
  return () => {
    for (let index = 0; index < output.length; index++) {
      const first = Math.floor(index / channels) * taps;
      let [sum, count, largest] = [0, 0, -Infinity];
      for (let tap = first; tap < first + taps; tap++) {
        const pixel = pixels[tap] as number;
        if (pixel === OUTSIDE) continue;
        const element = input[pixel * channels + (index % channels)] as number;
        sum += element;
        count += 1;
        if (element > largest) largest = element;
      }
      output[index] = Math.min(Math.max(average ? sum / count : largest, low), high);
    }
  };
}

export function mean(operator: Mean, tensors: FloatTensors): Compute {
  const [input, output] = [tensors.value(operator.input), tensors.value(operator.output)];
  const shape = tensors.shape(operator.input);
  const strides = stridesOf(shape);
  const part = (chosen: boolean): Int32Array => {
    const dimensions = shape.flatMap((_, dimension) => (operator.axes.includes(dimension) === chosen ? [dimension] : []));
    return places(
      dimensions.map((dimension) => at(shape, dimension)),
      dimensions.map((dimension) => at(strides, dimension)),
    );
  };
  const [kept, reduced] = [part(false), part(true)];
  return () => {
    for (let index = 0; index < kept.length; index++) {
      let sum = 0;
      for (let other = 0; other < reduced.length; other++) sum += input[(kept[index] as number) + (reduced[other] as number)] as number;
      output[index] = sum / reduced.length;
    }
  };
}

export function softmax(operator: Softmax, tensors: FloatTensors): Compute {
  const [input, output] = [tensors.value(operator.input), tensors.value(operator.output)];
  const depth = at(tensors.shape(operator.input), tensors.shape(operator.input).length - 1);
  const exponentials = new Float64Array(depth);
  return () => {
    for (let start = 0; start < input.length; start += depth) {
      let largest = -Infinity;
      for (let index = 0; index < depth; index++) largest = Math.max(largest, input[start + index] as number);
      let sum = 0;
      for (let index = 0; index < depth; index++) {
        exponentials[index] = exp(operator.beta * ((input[start + index] as number) - largest));
        sum += exponentials[index] as number;
      }
      for (let index = 0; index < depth; index++) output[start + index] = (exponentials[index] as number) / sum;
    }
  };
}
