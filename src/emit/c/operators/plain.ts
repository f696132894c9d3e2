// Plain C for any step: the family of kernels that every core has, and that all others are measured against.

import { unreachable } from "../../../core/assert.ts";
import type { IntegerProgram, ProgramStep } from "../../../artifacts/integer-program.ts";
import type { PrintedStep } from "../printed-step.ts";
import { argMax } from "./arg-max.ts";
import { arithmetic } from "./arithmetic.ts";
import { convolution } from "./convolution.ts";
import { depthwiseConvolution } from "./depthwise-convolution.ts";
import { dequantize, quantize } from "./float-ends.ts";
import { fullyConnected } from "./fully-connected.ts";
import { lstm } from "./lstm.ts";
import { mean } from "./mean.ts";
import { copy, fill } from "./movement.ts";
import type { PlainTaste } from "./plain-step.ts";
import { pool } from "./pool.ts";
import { softmax } from "./softmax.ts";
import { table } from "./table.ts";

export function plainKernels(step: ProgramStep, program: IntegerProgram, taste: PlainTaste = "fast"): PrintedStep {
  switch (step.kind) {
    case "fully-connected":
      return fullyConnected(step, taste);
    case "conv-2d":
      return convolution(step, taste);
    case "depthwise-conv-2d":
      return depthwiseConvolution(step);
    case "average-pool-2d":
    case "max-pool-2d":
      return pool(step);
    case "mean":
      return mean(step);
    case "copy":
      return copy(step, program);
    case "fill":
      return fill(step, program);
    case "table":
      return table(step);
    case "add":
    case "sub":
    case "mul":
      return arithmetic(step);
    case "softmax":
      return softmax(step);
    case "arg-max":
      return argMax(step);
    case "quantize":
      return quantize(step);
    case "dequantize":
      return dequantize(step);
    case "lstm":
      return lstm(step);
    default:
      return unreachable(step);
  }
}
