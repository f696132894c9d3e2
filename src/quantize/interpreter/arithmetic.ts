// Addition, subtraction and multiplication, element by element.

import { assert } from "../../core/assert.ts";
import { multiplyByQuantizedMultiplier, type QuantizedMultiplier } from "../../core/fixed-point.ts";
import { requantize, type ArithmeticStep } from "../../artifacts/integer-program.ts";
import { walk } from "./walk.ts";

/** Bits that both sides of a sum are shifted left by. */
const LEFT_SHIFT = 20;

export function arithmetic(step: ArithmeticStep, left: Int8Array, right: Int8Array, output: Int8Array): void {
  const combine = combination(step);
  let place = 0;
  walk(step.sizes, [step.left.strides, step.right.strides], (leftOffset, rightOffset) => {
    const one = (left[leftOffset] as number) - step.left.zeroPoint;
    const other = (right[rightOffset] as number) - step.right.zeroPoint;
    output[place] = requantize(combine(one, other), 0, step.requantization);
    place += 1;
  });
}

function combination({ kind, leftMultiplier, rightMultiplier }: ArithmeticStep): (one: number, other: number) => number {
  if (kind === "mul") return (one, other) => one * other;
  assert(leftMultiplier !== null && rightMultiplier !== null, `${kind} has a multiplier for each side`);
  const scaled = (value: number, multiplier: QuantizedMultiplier): number =>
    multiplyByQuantizedMultiplier(value * 2 ** LEFT_SHIFT, multiplier);
  const sign = kind === "add" ? 1 : -1;
  return (one, other) => scaled(one, leftMultiplier) + sign * scaled(other, rightMultiplier);
}
