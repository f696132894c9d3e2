// The kernel and the parameters for the rows of a layer, fully connected or convolution, in each form that its output may take.

import type { IntegerProgram, Requantization } from "../../../artifacts/integer-program.ts";
import { assert } from "../../../core/assert.ts";
import { PLAIN, scalar, type Form, type Kernel, type Optimization, type ParameterField } from "../printed-step.ts";
import { CALLER_STACK_BYTES } from "./cost.ts";
import { DENSE_STACK_BYTES, denseInstructions, denseKernel, type DenseOutput } from "./dense-kernels.ts";
import { columnsOf, denseShape, isRectified, layerOf, packingOf, rowsOf, signedShape, type RowStep } from "./layer-plan.ts";
import { rectifiedRows, rectifiedStream, signedStream, stepsOf } from "./row-stream.ts";
import { SIGNED_STACK_BYTES, signedInstructions, signedKernel } from "./signed-kernels.ts";
import { PAIRS } from "./widen.ts";

export interface LayerKernel {
  /** Of one call: all rows. */
  readonly instructions: number;
  readonly kernel: Kernel;
  readonly field: ParameterField;
  readonly stackBytes: number;
}

export interface LayerStreams {
  readonly outputForms: readonly Form[];
  readonly kernels: ReadonlyMap<Form, LayerKernel>;
}

/** Null where exact constants do not exist. */
export function layerStreams(step: RowStep, program: IntegerProgram, optimize: Optimization): LayerStreams | null {
  const packing = packingOf(step, program, optimize);
  const kernels = new Map<Form, LayerKernel>();
  const steps = stepsOf(columnsOf(step));
  // Four rows are written at once: as channels of pixels they must not reach into the next one.
  const wholeFours = rowsOf(step) % 4 === 0;
  if (isRectified(step)) {
    const rows = once(step, `rectified ${packing}`, () => rectifiedRows(layerOf(step), packing));
    if (rows === null) return null;
    const dense = (output: DenseOutput): LayerKernel => ({
      kernel: denseKernel(denseShape(program, packing, output, optimize)),
      instructions: denseInstructions(denseShape(program, packing, output, optimize), rows.length, steps),
      field: streamField(rectifiedStream(rows, output === "pairs" ? 8 : 4)),
      stackBytes: DENSE_STACK_BYTES + CALLER_STACK_BYTES,
    });
    if (step.kind === "fully-connected" || wholeFours) kernels.set(PAIRS, dense("pairs"));
    if (step.kind === "conv-2d" && wholeFours) kernels.set(PLAIN, dense("bytes"));
  }
  if (!kernels.has(PLAIN)) {
    const stream = once(step, `signed ${packing}`, () => signedStream(layerOf(step), packing));
    if (stream === null) return null;
    const shape = signedShape(step, packing, optimize);
    const instructions = signedInstructions(shape, rowsOf(step), steps);
    kernels.set(PLAIN, {
      kernel: signedKernel(shape),
      instructions,
      field: streamField(stream),
      stackBytes: SIGNED_STACK_BYTES + CALLER_STACK_BYTES,
    });
  }
  return { outputForms: [...kernels.keys()], kernels };
}

/** Solutions by the object that they solve, because a program is printed more than once. */
const solutions = new WeakMap<Requantization, Map<string, unknown>>();

function once<Solution>({ requantization }: RowStep, key: string, solve: () => Solution): Solution {
  const known = solutions.get(requantization) ?? new Map<string, unknown>();
  solutions.set(requantization, known);
  if (!known.has(key)) known.set(key, solve());
  return known.get(key) as Solution;
}

export function layerKernel({ kernels }: LayerStreams, output: Form): LayerKernel {
  const chosen = kernels.get(output);
  assert(chosen !== undefined, `no kernel writes ${output.name}`);
  return chosen;
}

function streamField(stream: Uint32Array): ParameterField {
  const comment = "Biases, weights and requantization in the order in which the kernel reads them.";
  return { role: "stream", type: scalar("uint32_t"), count: stream.length, values: stream, perLine: 8, comment };
}
