// STRIDED_SLICE: begin, end and strides are constants; read with all masks resolved, written with as few as there can be.

import { at } from "../../core/assert.ts";
import { failure, success, type Diagnostic } from "../../core/diagnostic.ts";
import { clamp } from "../../core/fixed-point.ts";
import type { StridedSlice } from "../../artifacts/graph.ts";
import { optionsProblem, sameShape, shapeOf, shapeProblem } from "../checks.ts";
import { encodeOptions, optionsType, settingTensor, shapeText, type OperatorCodec } from "../operator-codec.ts";
import { bool, int32 } from "../table.ts";

const optionsTable = optionsType(32, "StridedSliceOptions", {
  beginMask: int32(0),
  endMask: int32(1),
  ellipsisMask: int32(2),
  newAxisMask: int32(3),
  shrinkAxisMask: int32(4),
  /** `end` counts from `begin`; TFLM does not look. */
  offset: bool(5),
});

/** kMaxDim in tensorflow/lite/micro/kernels/strided_slice_common.cc. */
const MOST_DIMENSIONS = 4;

export const stridedSlice: OperatorCodec<StridedSlice> = {
  name: "STRIDED_SLICE",
  version: 2,
  inputs: [
    { name: "input", kind: "activation" },
    { name: "begin", kind: "setting" },
    { name: "end", kind: "setting" },
    { name: "strides", kind: "setting" },
  ],

  read(source) {
    const options = source.options(optionsTable);
    if (options.ellipsisMask !== 0 || options.newAxisMask !== 0 || options.offset) {
      return failure(optionsProblem("it uses an ellipsis, a new axis or offsets", "slice with begin, end and strides only"));
    }
    const input = source.input(0);
    const shape = source.shapeOf(input);
    const [begins, ends, strides] = [1, 2, 3].map((position) => source.setting(position)) as [number[], number[], number[]];
    if ([begins, ends, strides].some(({ length }) => length !== shape.length) || strides.includes(0)) {
      return failure(settingsProblem(begins, ends, strides, shape));
    }
    const slices = shape.map((size, dimension) => {
      const masked = (mask: number): boolean => ((mask >> dimension) & 1) === 1;
      const stride = at(strides, dimension);
      // StartForAxis and StopForAxis in tensorflow/lite/kernels/internal/strided_slice_logic.h.
      const [first, last, past] = stride > 0 ? [0, size, size] : [-1, size - 1, -1];
      const place = (index: number): number => clamp(index < 0 ? index + size : index, first, last);
      const begin = masked(options.beginMask) ? (stride > 0 ? 0 : size - 1) : place(at(begins, dimension));
      if (masked(options.shrinkAxisMask)) return { begin, stride: 1, size: stride > 0 ? 1 : 0 };
      const end = masked(options.endMask) ? past : place(at(ends, dimension));
      return { begin, stride, size: Math.max(0, Math.ceil((end - begin) / stride)) };
    });
    if (slices.some(({ size }) => size === 0)) return failure(settingsProblem(begins, ends, strides, shape));
    return success({
      kind: "strided-slice",
      input,
      output: source.output(),
      begin: slices.map(({ begin }) => begin),
      strides: slices.map(({ stride }) => stride),
      sizes: slices.map(({ size }) => size),
    });
  },

  operands(operator, graph) {
    const { name, shape } = at(graph.tensors, operator.output);
    const slices = slicesOf(operator, shape);
    return [
      operator.input,
      settingTensor(`${name}/begin`, operator.begin),
      settingTensor(
        `${name}/end`,
        slices.map(({ end }) => end),
      ),
      settingTensor(
        `${name}/strides`,
        slices.map(({ stride }) => stride),
      ),
    ];
  },

  writeOptions(operator, graph, builder) {
    const slices = slicesOf(operator, shapeOf(graph, operator.output));
    const bits = (flags: readonly boolean[]): number => flags.reduce((mask, flag, dimension) => mask | (flag ? 1 << dimension : 0), 0);
    return encodeOptions(builder, optionsTable, {
      // A negative end would count from the last element.
      endMask: bits(slices.map(({ end }) => end < 0)),
      shrinkAxisMask: bits(slices.map(({ isDropped }) => isDropped)),
    });
  },

  check({ input, output, begin, strides, sizes }, graph) {
    const [from, to] = [shapeOf(graph, input), shapeOf(graph, output)];
    if (from.length > MOST_DIMENSIONS) return [shapeProblem(`its input has ${from.length} dimensions`, `use at most ${MOST_DIMENSIONS}`)];
    const complete = [begin, strides, sizes].every(({ length }) => length === from.length);
    const inside = from.every((size, dimension) => {
      const [first = -1, stride = 0, count = 0] = [begin[dimension], strides[dimension], sizes[dimension]];
      const last = first + (count - 1) * stride;
      return (
        [first, stride, count].every(Number.isInteger) &&
        stride !== 0 &&
        count >= 1 &&
        Math.min(first, last) >= 0 &&
        Math.max(first, last) < size
      );
    });
    if (!complete || !inside) {
      const message = `it takes ${shapeText(sizes)} elements from ${shapeText(begin)} on, by ${shapeText(strides)}, of ${shapeText(from)}`;
      return [optionsProblem(message, "slice within the input")];
    }
    if (droppedDimensions(sizes, to) !== null) return [];
    return [shapeProblem(`its output is ${shapeText(to)}, but its slice is ${shapeText(sizes)}`)];
  },
};

function settingsProblem(
  begins: readonly number[],
  ends: readonly number[],
  strides: readonly number[],
  shape: readonly number[],
): Diagnostic {
  const message = `it slices ${shapeText(shape)} from ${shapeText(begins)} to ${shapeText(ends)} by ${shapeText(strides)}`;
  return optionsProblem(message, "slice at least one element, with a begin, an end and a stride for every dimension");
}

interface WrittenSlice {
  /** One step past the last element that is taken, just so far that none is missed. */
  readonly end: number;
  readonly stride: number;
  /** The output leaves this dimension out. */
  readonly isDropped: boolean;
}

function slicesOf({ begin, strides, sizes }: StridedSlice, output: readonly number[]): readonly WrittenSlice[] {
  const dropped = droppedDimensions(sizes, output);
  return begin.map((first, dimension) => {
    const isDropped = dropped?.[dimension] === true;
    const stride = isDropped ? 1 : (strides[dimension] ?? 1);
    return { end: first + ((sizes[dimension] ?? 1) - 1) * stride + Math.sign(stride), stride, isDropped };
  });
}

/** Which dimensions of a slice, all of size 1, its output leaves out; null where leaving out does not make the output. */
function droppedDimensions(sizes: readonly number[], output: readonly number[]): readonly boolean[] | null {
  let place = 0;
  const dropped = sizes.map((size) => {
    const drops = size === 1 && output[place] !== 1;
    if (!drops) place += 1;
    return drops;
  });
  const kept = sizes.filter((_, dimension) => dropped[dimension] !== true);
  return sameShape(kept, output) ? dropped : null;
}
