// Lowers operators that only move elements (concatenation, split, slice, pad) to copies and fills.

import { at } from "../core/assert.ts";
import type { Concatenation, Pad, Split, StridedSlice, TensorId } from "../artifacts/graph.ts";
import type { Walk } from "../artifacts/integer-program.ts";
import type { Lowering } from "./lowering.ts";
import { mergeDimensions, rowMajorStrides } from "./walks.ts";

/** CONCATENATION (reference/concatenation.h): each input stands beside the others along the axis. */
export function lowerConcatenation(lowering: Lowering, { inputs, output, axis }: Concatenation): void {
  const strides = rowMajorStrides(lowering.tensor(output).shape);
  lowering.newBuffer(output);
  let base = 0;
  for (const input of inputs) {
    const { shape } = lowering.tensor(input);
    addCopy(lowering, input, output, shape, { base: 0, strides: rowMajorStrides(shape) }, { base, strides });
    base += at(shape, axis) * at(strides, axis);
  }
}

/** SPLIT (tensorflow/lite/micro/kernels/split.cc). */
export function lowerSplit(lowering: Lowering, { input, outputs, axis }: Split): void {
  const strides = rowMajorStrides(lowering.tensor(input).shape);
  let base = 0;
  for (const output of outputs) {
    const { shape } = lowering.tensor(output);
    lowering.newBuffer(output);
    addCopy(lowering, input, output, shape, { base, strides }, { base: 0, strides: rowMajorStrides(shape) });
    base += at(shape, axis) * at(strides, axis);
  }
}

/** STRIDED_SLICE (reference/strided_slice.h). */
export function lowerStridedSlice(lowering: Lowering, { input, output, begin, strides, sizes }: StridedSlice): void {
  const inputStrides = rowMajorStrides(lowering.tensor(input).shape);
  const base = begin.reduce((sum, first, dimension) => sum + first * at(inputStrides, dimension), 0);
  const steps = strides.map((stride, dimension) => stride * at(inputStrides, dimension));
  lowering.newBuffer(output);
  addCopy(lowering, input, output, sizes, { base, strides: steps }, { base: 0, strides: rowMajorStrides(sizes) });
}

/** PAD (reference/pad.h): around the input stands the output's zero point. */
export function lowerPad(lowering: Lowering, { input, output, before, after }: Pad): void {
  const { name, shape, quantization } = lowering.tensor(output);
  const strides = rowMajorStrides(shape);
  const base = before.reduce((sum, count, dimension) => sum + count * at(strides, dimension), 0);
  const buffer = lowering.newBuffer(output);
  if ([...before, ...after].some((count) => count > 0)) {
    lowering.add({ kind: "fill", name, input: buffer, output: buffer, value: quantization.zeroPoint });
  }
  const inside = lowering.tensor(input).shape;
  addCopy(lowering, input, output, inside, { base: 0, strides: rowMajorStrides(inside) }, { base, strides });
}

function addCopy(lowering: Lowering, input: TensorId, output: TensorId, sizes: readonly number[], from: Walk, to: Walk): void {
  const merged = mergeDimensions(sizes, from.strides, to.strides);
  const [fromStrides, toStrides] = merged.strides;
  lowering.add({
    kind: "copy",
    name: lowering.tensor(output).name,
    input: lowering.bufferOf(input),
    output: lowering.bufferOf(output),
    sizes: merged.sizes,
    from: { base: from.base, strides: fromStrides },
    to: { base: to.base, strides: toStrides },
  });
}
