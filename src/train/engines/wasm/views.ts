// How operators that move or broadcast elements see a tensor: sizes, and strides of either side. Shapes in, the three dimensions that
// the kernels loop over out; dimensions that lie one behind the other on both sides become one.

import { at, unreachable } from "../../../core/assert.ts";
import type { Arithmetic, Concatenation, Mean, Pad, Split, StridedSlice, TensorId } from "../../../artifacts/graph.ts";
import { elementCount } from "../../../artifacts/graph.ts";
import type { FloatNetwork } from "../../../artifacts/network.ts";

/** One dimension of what is moved, in elements. */
interface Dimension {
  readonly size: number;
  /** How far the next element lies, on one side and on the other. */
  readonly steps: readonly [number, number];
}

/** Two tensors in one shape; rows of the batch come on top. */
export interface View {
  /** Outermost first, none of size 1; as few as possible. */
  readonly dimensions: readonly Dimension[];
  /** Where each side begins. */
  readonly offsets: readonly [number, number];
}

/** Elements that go from one tensor to another. */
export interface Movement extends View {
  readonly from: TensorId;
  readonly to: TensorId;
}

export type MovingOperator = Concatenation | Split | StridedSlice | Pad | Mean;

/** Loops in the kernels, rows aside. */
export const MOST_DIMENSIONS = 3;

/** What an operator moves, first side: from, second side: to. */
export function movementsOf({ tensors }: FloatNetwork, operator: MovingOperator): readonly Movement[] {
  const shape = (id: TensorId): readonly number[] => at(tensors, id).shape;
  switch (operator.kind) {
    case "concatenation":
      return partsAlong(operator.axis, operator.inputs.map(shape), shape(operator.output)).map(
        ({ offset, sizes, steps, whole }, index) => ({
          ...view(sizes, steps, whole, [0, offset]),
          from: at(operator.inputs, index),
          to: operator.output,
        }),
      );
    case "split":
      return partsAlong(operator.axis, operator.outputs.map(shape), shape(operator.input)).map(
        ({ offset, sizes, steps, whole }, index) => ({
          ...view(sizes, whole, steps, [offset, 0]),
          from: operator.input,
          to: at(operator.outputs, index),
        }),
      );
    case "strided-slice": {
      const steps = stepsOf(shape(operator.input));
      const begin = operator.begin.reduce((sum, index, axis) => sum + index * at(steps, axis), 0);
      const from = steps.map((step, axis) => step * at(operator.strides, axis));
      return [{ ...view(operator.sizes, from, stepsOf(operator.sizes), [begin, 0]), from: operator.input, to: operator.output }];
    }
    case "pad": {
      const steps = stepsOf(shape(operator.output));
      const begin = operator.before.reduce((sum, index, axis) => sum + index * at(steps, axis), 0);
      const sizes = shape(operator.input);
      return [{ ...view(sizes, stepsOf(sizes), steps, [0, begin]), from: operator.input, to: operator.output }];
    }
    case "mean": {
      const sizes = shape(operator.input);
      const kept = stepsOf(sizes.map((size, axis) => (operator.axes.includes(axis) ? 1 : size)));
      const to = kept.map((step, axis) => (operator.axes.includes(axis) ? 0 : step));
      return [{ ...view(sizes, stepsOf(sizes), to, [0, 0]), from: operator.input, to: operator.output }];
    }
    default:
      return unreachable(operator);
  }
}

/** Both operands in the output's shape, by numpy's rules: shapes are aligned at their ends, and a size of 1 is repeated. */
export function broadcastView({ tensors }: FloatNetwork, { left, right, output }: Arithmetic): View {
  const sizes = at(tensors, output).shape;
  const steps = (id: TensorId): number[] => {
    const { shape } = at(tensors, id);
    const missing = sizes.length - shape.length;
    const own = stepsOf(shape);
    return sizes.map((_, axis) => (axis < missing || at(shape, axis - missing) === 1 ? 0 : at(own, axis - missing)));
  };
  return view(sizes, steps(left), steps(right), [0, 0]);
}

/** The words of `struct sizes` and of one `struct strides` a side. @param rows elements from one row to the next, on either side. */
export function viewWords({ dimensions }: View, rows: readonly [number, number]): number[] {
  const missing = Array.from({ length: MOST_DIMENSIONS - dimensions.length }, (): Dimension => ({ size: 1, steps: [0, 0] }));
  const three = [...missing, ...dimensions];
  return [...three.map(({ size }) => size), ...([0, 1] as const).flatMap((side) => [rows[side], ...three.map(({ steps }) => steps[side])])];
}

/** Tensors that stand behind one another along an axis of a whole one. */
function partsAlong(axis: number, parts: readonly (readonly number[])[], shape: readonly number[]): PartOfTensor[] {
  const whole = stepsOf(shape);
  let before = 0;
  return parts.map((sizes) => {
    const part = { offset: before * at(whole, axis), sizes, steps: stepsOf(sizes), whole };
    before += at(sizes, axis);
    return part;
  });
}

interface PartOfTensor {
  readonly offset: number;
  readonly sizes: readonly number[];
  /** Of the part by itself, and of the same elements in the whole tensor. */
  readonly steps: readonly number[];
  readonly whole: readonly number[];
}

/** Elements from one to the next along each dimension. */
function stepsOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

function view(sizes: readonly number[], first: readonly number[], second: readonly number[], offsets: readonly [number, number]): View {
  const dimensions: Dimension[] = [];
  sizes.forEach((size, axis) => {
    if (size === 1) return;
    const inner: Dimension = { size, steps: [at(first, axis), at(second, axis)] };
    const outer = dimensions.at(-1);
    const joined = outer !== undefined && outer.steps.every((step, side) => step === size * at(inner.steps, side));
    if (joined) dimensions[dimensions.length - 1] = { ...inner, size: outer.size * size };
    else dimensions.push(inner);
  });
  return { dimensions, offsets };
}
