// The kernels for cores with Arm's DSP extension (Cortex-M4, M7, M33), best first.

import type { KernelFamily } from "../printed-step.ts";
import { dspAveragePool } from "./average-pool.ts";
import { dspConvolution } from "./convolution.ts";
import { dspDense } from "./dense.ts";
import { dspFilter } from "./filter.ts";
import { dspMean } from "./mean.ts";
import { dspPixels } from "./pixels.ts";

export const DSP_FAMILIES: readonly KernelFamily[] = [dspDense, dspFilter, dspPixels, dspConvolution, dspAveragePool, dspMean];
