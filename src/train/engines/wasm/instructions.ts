// One operator and the places of its tensors in, the words of its instruction out: the structs of engine.h, in their order.

import { assert, at } from "../../../core/assert.ts";
import { elementCount, type FusedActivation, type Padding, type Plane, type TensorId } from "../../../artifacts/graph.ts";
import type { FloatNetwork, FloatOperator } from "../../../artifacts/network.ts";
import { floatWord, type Address } from "./machine.ts";
import { broadcastView, movementsOf, viewWords } from "./views.ts";

/** Where a tensor and its gradient lie; 0: no tensor, no gradient. */
export interface Slot {
  readonly value: Address;
  readonly gradient: Address;
}

export interface Instruction {
  readonly words: readonly number[];
  /** A gradient comes back through it. */
  readonly returns: boolean;
}

/** Where an operator finds its tensors. */
export interface Slots {
  /** To read: a parameter or an activation. */
  read(id: TensorId): Slot;
  /** To write. */
  write(id: TensorId): Slot;
  /** Room for the patches of a convolution, so many floats each. */
  patches(width: number): Address;
}

/** Kinds of instructions, numbered as engine.h's. */
const KINDS = [
  "fully-connected",
  "conv-2d",
  "depthwise-conv-2d",
  "average-pool-2d",
  "max-pool-2d",
  "copy",
  "mean",
  "add",
  "sub",
  "mul",
  "clamp",
  "leaky-relu",
  "tanh",
  "logistic",
  "hard-swish",
  "softmax",
  "fake-quantize",
  "fake-quantize-weights",
] as const;

export function kindWord(kind: (typeof KINDS)[number]): number {
  return KINDS.indexOf(kind);
}

/** Nothing for a reshape: its output is its input. */
export function operatorInstructions(network: FloatNetwork, operator: FloatOperator, slots: Slots): readonly Instruction[] {
  const shape = (id: TensorId): readonly number[] => at(network.tensors, id).shape;
  const elements = (id: TensorId): number => elementCount(shape(id));
  const image = (id: TensorId): Plane & { readonly channels: number } => {
    const [, height, width, channels, ...more] = shape(id);
    assert(
      height !== undefined && width !== undefined && channels !== undefined && more.length === 0,
      "an image is 1 x height x width x channels",
    );
    return { height, width, channels };
  };
  switch (operator.kind) {
    case "fully-connected": {
      const [outputs, inputs] = shape(operator.weights) as [number, number];
      const words = [...weighted(operator, slots), elements(operator.input) / inputs, inputs, outputs];
      return [{ words: [kindWord(operator.kind), ...words], returns: true }];
    }
    case "conv-2d": {
      const [outputs, height, width, inputs] = shape(operator.weights) as [number, number, number, number];
      const window = windowWords({ ...operator, window: { height, width } }, image(operator.input), image(operator.output));
      const words = [...weighted(operator, slots), ...window, inputs, outputs, slots.patches(height * width * inputs)];
      return [{ words: [kindWord(operator.kind), ...words], returns: true }];
    }
    case "depthwise-conv-2d": {
      const [, height, width, outputs] = shape(operator.weights) as [number, number, number, number];
      const { channels } = image(operator.input);
      const window = windowWords({ ...operator, window: { height, width } }, image(operator.input), image(operator.output));
      const words = [...weighted(operator, slots), ...window, channels, outputs / channels];
      return [{ words: [kindWord(operator.kind), ...words], returns: true }];
    }
    case "average-pool-2d":
    case "max-pool-2d": {
      const [input, output] = [slots.read(operator.input), slots.write(operator.output)];
      const window = windowWords({ ...operator, dilation: { height: 1, width: 1 } }, image(operator.input), image(operator.output));
      const words = [kindWord(operator.kind), ...slotWords(input), ...slotWords(output), ...window, image(operator.input).channels];
      return [{ words, returns: input.gradient !== 0 }];
    }
    case "mean":
    case "concatenation":
    case "split":
    case "strided-slice":
    case "pad":
      return movementsOf(network, operator).map((movement) => {
        const [from, to] = [slots.read(movement.from), slots.write(movement.to)];
        const scale = operator.kind === "mean" ? elements(movement.to) / elements(movement.from) : 1;
        const words = [
          kindWord(operator.kind === "mean" ? "mean" : "copy"),
          ...slotWords(from, movement.offsets[0]),
          ...slotWords(to, movement.offsets[1]),
          ...viewWords(movement, [elements(movement.from), elements(movement.to)]),
          floatWord(scale),
        ];
        return { words, returns: from.gradient !== 0 };
      });
    case "add":
    case "sub":
    case "mul": {
      const [left, right, output] = [slots.read(operator.left), slots.read(operator.right), slots.write(operator.output)];
      // A parameter is the same for all rows.
      const rowStep = (id: TensorId): number => (at(network.tensors, id).kind === "parameter" ? 0 : elements(id));
      const view = viewWords(broadcastView(network, operator), [rowStep(operator.left), rowStep(operator.right)]);
      const words = [kindWord(operator.kind), ...slotWords(left), ...slotWords(right), ...slotWords(output), ...view];
      return [{ words, returns: output.gradient !== 0 }];
    }
    case "relu":
    case "relu6":
      return [clamp(slots.read(operator.input), slots.write(operator.output), elements(operator.output), operator.kind)];
    case "leaky-relu":
    case "tanh":
    case "logistic":
    case "hard-swish": {
      const alpha = operator.kind === "leaky-relu" ? operator.alpha : 0;
      const [input, output] = [slots.read(operator.input), slots.write(operator.output)];
      const words = [...slotWords(input), ...slotWords(output), elements(operator.output), floatWord(alpha), floatWord(0)];
      return [{ words: [kindWord(operator.kind), ...words], returns: input.gradient !== 0 }];
    }
    case "softmax": {
      const [input, output] = [slots.read(operator.input), slots.write(operator.output)];
      const width = shape(operator.output).at(-1) ?? 1;
      const words = [...slotWords(input), ...slotWords(output), elements(operator.output) / width, width, floatWord(operator.beta)];
      return [{ words: [kindWord(operator.kind), ...words], returns: input.gradient !== 0 }];
    }
    case "reshape":
      return [];
  }
}

const LIMITS: Readonly<Record<FusedActivation, readonly [low: number, high: number]>> = {
  none: [-Infinity, Infinity],
  relu: [0, Infinity],
  relu6: [0, 6],
  "relu-n1-to-1": [-1, 1],
};

/** In place when input and output are one. */
export function clamp(input: Slot, output: Slot, elements: number, activation: FusedActivation): Instruction {
  const words = [kindWord("clamp"), ...slotWords(input), ...slotWords(output), elements, ...LIMITS[activation].map(floatWord)];
  return { words, returns: input.gradient !== 0 };
}

/** `struct tensor`. @param offset where it begins, in elements. */
export function slotWords({ value, gradient }: Slot, offset = 0): number[] {
  return [value + 4 * offset, gradient === 0 ? 0 : gradient + 4 * offset];
}

interface Weighted {
  readonly input: TensorId;
  readonly weights: TensorId;
  readonly bias: TensorId | null;
  readonly output: TensorId;
}

function weighted({ input, weights, bias, output }: Weighted, slots: Slots): number[] {
  const none: Slot = { value: 0, gradient: 0 };
  return [slots.read(input), slots.read(weights), bias === null ? none : slots.read(bias), slots.write(output)].flatMap((slot) =>
    slotWords(slot),
  );
}

interface Sliding {
  readonly window: Plane;
  readonly stride: Plane;
  readonly dilation: Plane;
  readonly padding: Padding;
}

/** `struct window`; padding as TFLite's: what is odd comes after. */
function windowWords({ window, stride, dilation, padding }: Sliding, input: Plane, output: Plane): number[] {
  const before = (["height", "width"] as const).map((each) => {
    const reach = (window[each] - 1) * dilation[each] + 1;
    return padding === "valid" ? 0 : Math.max(0, Math.floor(((output[each] - 1) * stride[each] + reach - input[each]) / 2));
  });
  return [...[input, output, window, stride, dilation].flatMap(({ height, width }) => [height, width]), ...before];
}
