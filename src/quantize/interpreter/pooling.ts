// Steps that condense many elements into one: pooling, mean, index of the largest, softmax.

import { clamp, doublingHighMultiply, roundingRightShift } from "../../core/fixed-point.ts";
import { oneOverOnePlus } from "../../core/transcendental.ts";
import { requantize, type ArgMaxStep, type MeanStep, type PoolStep, type SoftmaxStep } from "../../artifacts/integer-program.ts";
import { walk } from "./walk.ts";
import { slide } from "./weighted.ts";

export function pool(step: PoolStep, input: Int8Array, output: Int8Array): void {
  const { from, to, minimum, maximum } = step;
  slide(step, (place, taps) => {
    for (let channel = 0; channel < to.channels; channel++) {
      let sum = 0;
      let largest = -128;
      for (const { pixel } of taps) {
        const element = input[pixel * from.channels + channel] as number;
        sum += element;
        largest = Math.max(largest, element);
      }
      const result = step.kind === "max-pool-2d" ? largest : roundedQuotient(sum, taps.length);
      output[place * to.channels + channel] = clamp(result, minimum, maximum);
    }
  });
}

/** Half away from zero, as the reference kernel's C divides. */
function roundedQuotient(sum: number, count: number): number {
  const half = Math.floor(count / 2);
  return Math.trunc((sum > 0 ? sum + half : sum - half) / count);
}

export function mean(step: MeanStep, input: Int8Array, output: Int8Array): void {
  const count = step.reducedSizes.reduce((product, size) => product * size, 1);
  let place = 0;
  walk(step.keptSizes, [step.keptStrides], (kept) => {
    let sum = 0;
    walk(step.reducedSizes, [step.reducedStrides], (reduced) => {
      sum += input[kept + reduced] as number;
    });
    output[place] = requantize(sum - step.inputZeroPoint * count, 0, step.requantization);
    place += 1;
  });
}

export function argMax({ outer, count, inner }: ArgMaxStep, input: Int8Array, output: Int32Array): void {
  for (let first = 0; first < outer; first++) {
    for (let last = 0; last < inner; last++) {
      const element = (index: number): number => input[(first * count + index) * inner + last] as number;
      let largest = 0;
      for (let index = 1; index < count; index++) {
        if (element(index) > element(largest)) largest = index;
      }
      output[first * inner + last] = largest;
    }
  }
}

/** The exponentials are added in Q12.19, and their sum's reciprocal scales each of them to 1/256. */
export function softmax({ rows, depth, exponentials }: SoftmaxStep, input: Int8Array, output: Int8Array): void {
  for (let row = 0; row < rows; row++) {
    const elements = input.subarray(row * depth, (row + 1) * depth);
    const largest = elements.reduce((most, element) => Math.max(most, element), -128);
    const exponential = (element: number): number => exponentials[largest - element] ?? 0;
    const sum = elements.reduce((total, element) => total + roundingRightShift(exponential(element), 12), 0);
    const headroom = Math.clz32(sum);
    const reciprocal = oneOverOnePlus(sum * 2 ** headroom - 2 ** 31);
    elements.forEach((element, index) => {
      const share = doublingHighMultiply(reciprocal, exponential(element));
      output[row * depth + index] = clamp(roundingRightShift(share, 12 - headroom + 31 - 8) - 128, -128, 127);
    });
  }
}
