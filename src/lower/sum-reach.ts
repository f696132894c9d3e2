// How far a sum of products can go: weights and bias in, the largest magnitudes out, over every int8 input. Lowering refuses an
// operator whose sums could leave int32.

import { at } from "../core/assert.ts";

/** The weights of one sum: `count` of them from `first` on, `stride` apart. */
export interface Taps {
  readonly first: number;
  readonly stride: number;
  readonly count: number;
}

export interface SumReach {
  /** Largest magnitude of any partial sum: terms in any order, some left out, zero point times weight apart from the products or not. */
  readonly partial: number;
  /** Largest magnitude of bias + sum of weight * (input - zero point), with or without some of the terms. */
  readonly whole: number;
}

export function sumReach(weights: Int8Array, { first, stride, count }: Taps, bias: number, zeroPoint: number): SumReach {
  let magnitude = 0;
  let [lowest, highest] = [bias, bias];
  for (let tap = 0; tap < count; tap++) {
    const weight = at(weights, first + tap * stride);
    const [one, other] = [weight * (127 - zeroPoint), weight * (-128 - zeroPoint)];
    magnitude += Math.abs(weight);
    lowest += Math.min(one, other);
    highest += Math.max(one, other);
  }
  return { partial: Math.abs(bias) + magnitude * (128 + Math.abs(zeroPoint)), whole: Math.max(Math.abs(lowest), Math.abs(highest)) };
}
