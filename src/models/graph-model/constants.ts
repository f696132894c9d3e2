// Operations on numbers that are known when the model is read: how exported graphs work out shapes.

import { at } from "../../core/assert.ts";
import { modelProblem } from "../problem.ts";
import { constantOf, onlySetting, tensor, type BuildOperation, type Operands } from "./operation.ts";

/** The sizes of anything: all are known, as the batch is 1. */
export const shape: BuildOperation = ({ builder, values, node }) => {
  const [value] = values;
  if (value === undefined) throw modelProblem("model-malformed", "its operand is missing", "convert the model again");
  const sizes = value.kind === "tensor" ? builder.shape(value.id) : value.weight.shape;
  return constantOf(node.name, [sizes.length], sizes);
};

export const pack: BuildOperation = (operands) => {
  const numbers = operands.values.map((_, position) => onlySetting(operands, position));
  return constantOf(operands.node.name, [numbers.length], numbers);
};

export const product: BuildOperation = (operands) => {
  const total = operands.settings(0).reduce((sum, each) => sum * each, 1);
  return constantOf(operands.node.name, [], [total]);
};

export const gather: BuildOperation = (operands) => {
  const values = operands.settings(0);
  const { shape: sizes, data } = operands.constant(1);
  const chosen = [...data].map((index) => values[index]);
  if (chosen.some((each) => each === undefined))
    throw modelProblem("model-setting", "it gathers what is not there", "convert the model again");
  return constantOf(operands.node.name, sizes, chosen as number[]);
};

/** ConcatV2 of constants: settings one after another. */
export function joinedSettings(operands: Operands): ReturnType<BuildOperation> {
  const joined = operands.values.slice(0, -1).flatMap((_, position) => [...operands.settings(position)]);
  return constantOf(operands.node.name, [joined.length], joined);
}

interface Range {
  readonly begin: number;
  readonly size: number;
  readonly stride: number;
  /** The dimension goes away. */
  readonly shrinks: boolean;
}

/** StridedSlice's begin, end, strides and masks, resolved for sizes (tensorflow/core/util/strided_slice_op.cc). */
function ranges(operands: Operands, sizes: readonly number[]): readonly Range[] {
  const { node } = operands;
  const [begins, ends, strides] = [1, 2, 3].map((position) => operands.settings(position)) as [
    readonly number[],
    readonly number[],
    readonly number[],
  ];
  if (node.whole("ellipsis_mask", 0) !== 0 || node.whole("new_axis_mask", 0) !== 0) {
    throw modelProblem("model-setting", "it slices with an ellipsis or a new axis", "say what is sliced dimension by dimension");
  }
  const bit = (mask: string, dimension: number): boolean => ((node.whole(mask, 0) >> dimension) & 1) === 1;
  return sizes.map((size, dimension) => {
    if (dimension >= begins.length) return { begin: 0, size, stride: 1, shrinks: false };
    const stride = at(strides, dimension);
    const [least, most] = stride > 0 ? [0, size] : [-1, size - 1];
    const inside = (position: number): number => Math.min(Math.max(position < 0 ? position + size : position, least), most);
    const begin = bit("begin_mask", dimension) ? (stride > 0 ? 0 : size - 1) : inside(at(begins, dimension));
    if (bit("shrink_axis_mask", dimension)) return { begin, size: 1, stride: 1, shrinks: true };
    const end = bit("end_mask", dimension) ? (stride > 0 ? size : -1) : inside(at(ends, dimension));
    return { begin, size: Math.max(0, Math.ceil((end - begin) / stride)), stride, shrinks: false };
  });
}

export const stridedSlice: BuildOperation = (operands) => {
  const { builder, values, node } = operands;
  const [value] = values;
  if (value?.kind === "constant") {
    const source = operands.settings(0);
    const [range] = ranges(operands, [source.length]);
    if (range === undefined) throw modelProblem("model-malformed", "it slices nothing", "convert the model again");
    const taken = Array.from({ length: range.size }, (_, index) => source[range.begin + index * range.stride] ?? 0);
    return constantOf(node.name, range.shrinks ? [] : [taken.length], taken);
  }
  const input = operands.tensor(0);
  const all = ranges(operands, builder.shape(input));
  const sliced = builder.slice(
    input,
    all.map(({ begin }) => begin),
    all.map(({ size }) => size),
    all.map(({ stride }) => stride),
  );
  const kept = all.flatMap(({ size, shrinks }) => (shrinks ? [] : [size]));
  return tensor(kept.length === all.length ? sliced : builder.reshape(sliced, kept));
};
