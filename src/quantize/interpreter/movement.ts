// Steps that move elements or look them up: copies, fills, tables, and the float ends.

import { clamp, roundHalfAway } from "../../core/fixed-point.ts";
import type { CopyStep, DequantizeStep, QuantizeStep, TableStep } from "../../artifacts/integer-program.ts";
import type { Elements } from "./memory.ts";
import { walk } from "./walk.ts";

export function copy(step: CopyStep, input: Elements, output: Elements): void {
  walk(step.sizes, [step.from.strides, step.to.strides], (from, to) => {
    output[step.to.base + to] = input[step.from.base + from] as number;
  });
}

export function lookUp({ count, table }: TableStep, input: Int8Array, output: Int8Array): void {
  for (let index = 0; index < count; index++) output[index] = table[(input[index] as number) + 128] as number;
}

/** Not a number gives the zero point, as 0 does; what lies beyond int32 saturates. */
export function quantize({ count, scale, zeroPoint }: QuantizeStep, input: Float32Array, output: Int8Array): void {
  for (let index = 0; index < count; index++) {
    const quotient = Math.fround((input[index] as number) / scale);
    output[index] = Number.isNaN(quotient) ? zeroPoint : clamp(roundHalfAway(quotient) + zeroPoint, -128, 127);
  }
}

export function dequantize({ count, scale, zeroPoint }: DequantizeStep, input: Int8Array, output: Float32Array): void {
  for (let index = 0; index < count; index++) output[index] = scale * ((input[index] as number) - zeroPoint);
}
