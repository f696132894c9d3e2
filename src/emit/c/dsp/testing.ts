// Layers with weights from a seed, for tests: multipliers as a calibrated network has them.

import { quantizeMultiplier } from "../../../core/fixed-point.ts";
import { Random } from "../../../core/random.ts";
import type { FullyConnectedStep, IntegerProgram, ProgramStep } from "../../../artifacts/integer-program.ts";

export interface LayerOptions {
  readonly inputs: number;
  readonly outputs: number;
  /** Behind a relu; otherwise of both signs. */
  readonly rectified: boolean;
  readonly perChannel?: boolean;
}

/** Reads buffer 0, writes buffer 1. */
export function randomLayer(seed: number, { inputs, outputs, rectified, perChannel = true }: LayerOptions): FullyConnectedStep {
  const random = new Random(seed);
  // Sums of products of an int8 and another grow with the square root of their number.
  const real = (): number => (0.02 / Math.sqrt(inputs)) * 2 ** (random.normal() / 2);
  const zeroPoint = rectified ? -128 : random.integer(256) - 128;
  return {
    ...{ kind: "fully-connected", name: "layer", input: 0, output: 1, batches: 1, inputs, outputs },
    inputZeroPoint: random.integer(256) - 128,
    weights: Int8Array.from({ length: inputs * outputs }, () => random.integer(255) - 127),
    weightScales: [1],
    bias: Int32Array.from({ length: outputs }, () => random.integer(8001) - 4000),
    requantization: {
      multipliers: Array.from({ length: perChannel ? outputs : 1 }, () => quantizeMultiplier(real())),
      ...{ zeroPoint, minimum: -128, maximum: 127 },
    },
  };
}

export function randomBytes(seed: number, count: number): Int8Array {
  const random = new Random(seed);
  return Int8Array.from({ length: count }, () => [-128, 127][random.integer(20)] ?? random.integer(256) - 128);
}

/** A chain of steps, each of which reads what the one before wrote. */
export function chain(sizes: readonly number[], steps: readonly ProgramStep[]): IntegerProgram {
  return {
    buffers: sizes.map((elements, index) => ({ name: `buffer ${index}`, type: "int8", elements })),
    ...{ inputs: [0], outputs: [sizes.length - 1], states: [] },
    steps: steps.map((step, index) => ({ ...step, input: index, output: index + 1 })),
  };
}
