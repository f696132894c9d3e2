// Operators that only move elements: each is a table of places, made once.

import { at } from "../../core/assert.ts";
import type { Concatenation, Pad, Split, StridedSlice, TensorId } from "../../artifacts/graph.ts";
import { places, stridesOf, type Compute, type FloatTensors } from "./tensors.ts";

/** Copies each element of the input to its place in the output. */
function scatter(input: Float32Array, output: Float32Array, to: Int32Array): Compute {
  return () => {
    for (let index = 0; index < to.length; index++) output[to[index] as number] = input[index] as number;
  };
}

/** Fills the output from places of the input. */
function gather(input: Float32Array, output: Float32Array, from: Int32Array): Compute {
  return () => {
    for (let index = 0; index < from.length; index++) output[index] = input[from[index] as number] as number;
  };
}

/** What surrounds the input is 0, as it was when the output was made. */
export function pad({ input, output, before }: Pad, tensors: FloatTensors): Compute {
  const strides = stridesOf(tensors.shape(output));
  const base = before.reduce((sum, count, dimension) => sum + count * at(strides, dimension), 0);
  return scatter(tensors.value(input), tensors.value(output), places(tensors.shape(input), strides, base));
}

export function concatenation({ inputs, output, axis }: Concatenation, tensors: FloatTensors): Compute {
  const strides = stridesOf(tensors.shape(output));
  const copies = parts(inputs, axis, strides, tensors).map(({ id, places: to }) => scatter(tensors.value(id), tensors.value(output), to));
  return () => {
    for (const copy of copies) copy();
  };
}

export function split({ input, outputs, axis }: Split, tensors: FloatTensors): Compute {
  const strides = stridesOf(tensors.shape(input));
  const copies = parts(outputs, axis, strides, tensors).map(({ id, places: from }) =>
    gather(tensors.value(input), tensors.value(id), from),
  );
  return () => {
    for (const copy of copies) copy();
  };
}

/** Where the elements of tensors lie that stand one after another along an axis of a larger one. */
function parts(
  ids: readonly TensorId[],
  axis: number,
  strides: readonly number[],
  tensors: FloatTensors,
): readonly { readonly id: TensorId; readonly places: Int32Array }[] {
  let base = 0;
  return ids.map((id) => {
    const shape = tensors.shape(id);
    const part = { id, places: places(shape, strides, base) };
    base += at(shape, axis) * at(strides, axis);
    return part;
  });
}

export function stridedSlice({ input, output, begin, strides, sizes }: StridedSlice, tensors: FloatTensors): Compute {
  const inputStrides = stridesOf(tensors.shape(input));
  const base = begin.reduce((sum, first, dimension) => sum + first * at(inputStrides, dimension), 0);
  const steps = strides.map((stride, dimension) => stride * at(inputStrides, dimension));
  return gather(tensors.value(input), tensors.value(output), places(sizes, steps, base));
}
