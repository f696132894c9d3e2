// Functions of each element, and of pairs of elements broadcast by numpy's rules.

import { at } from "../../core/assert.ts";
import { logistic, tanh } from "../../core/portable-math.ts";
import type { Arithmetic, LeakyRelu, TensorId } from "../../artifacts/graph.ts";
import type { FloatElementwise } from "../../artifacts/network.ts";
import { ACTIVATION_LIMITS, places, stridesOf, type Compute, type FloatTensors } from "./tensors.ts";

type RealFunction = (value: number) => number;

const FUNCTIONS: Readonly<Record<FloatElementwise["kind"], RealFunction>> = {
  relu: (value) => Math.max(0, value),
  relu6: (value) => Math.min(Math.max(0, value), 6),
  logistic,
  tanh,
  "hard-swish": (value) => (value * Math.min(Math.max(0, value + 3), 6)) / 6,
};

export function activationFunction({ kind, input, output }: FloatElementwise, tensors: FloatTensors): Compute {
  return forEach(FUNCTIONS[kind], input, output, tensors);
}

export function leakyRelu({ input, output, alpha }: LeakyRelu, tensors: FloatTensors): Compute {
  return forEach((value) => (value < 0 ? alpha * value : value), input, output, tensors);
}

function forEach(compute: RealFunction, inputId: TensorId, outputId: TensorId, tensors: FloatTensors): Compute {
  const [input, output] = [tensors.value(inputId), tensors.value(outputId)];
  return () => {
    for (let index = 0; index < input.length; index++) output[index] = compute(input[index] as number);
  };
}

const OPERATIONS: Readonly<Record<Arithmetic["kind"], (left: number, right: number) => number>> = {
  add: (left, right) => left + right,
  sub: (left, right) => left - right,
  mul: (left, right) => left * right,
};

export function arithmetic(operator: Arithmetic, tensors: FloatTensors): Compute {
  const shape = tensors.shape(operator.output);
  const [left, right, output] = [tensors.value(operator.left), tensors.value(operator.right), tensors.value(operator.output)];
  const fromLeft = places(shape, broadcastStrides(tensors.shape(operator.left), shape));
  const fromRight = places(shape, broadcastStrides(tensors.shape(operator.right), shape));
  const operation = OPERATIONS[operator.kind];
  const { low, high } = ACTIVATION_LIMITS[operator.activation];
  return () => {
    for (let index = 0; index < output.length; index++) {
      const result = operation(left[fromLeft[index] as number] as number, right[fromRight[index] as number] as number);
      output[index] = Math.min(Math.max(result, low), high);
    }
  };
}

/** Strides of an operand along the output's dimensions: 0 where it has one element, or no such dimension, for many. */
function broadcastStrides(shape: readonly number[], output: readonly number[]): number[] {
  const missing = output.length - shape.length;
  const strides = stridesOf(shape);
  return output.map((_, dimension) => ((shape[dimension - missing] ?? 1) === 1 ? 0 : at(strides, dimension - missing)));
}
