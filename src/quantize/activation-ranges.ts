// A float network and what it will sense in, the smallest and largest value of every activation tensor out: what an int8 tensor has to hold.

import { at } from "../core/assert.ts";
import { elementCount } from "../artifacts/graph.ts";
import type { FloatNetwork } from "../artifacts/network.ts";
import { createFloatInterpreter, type FloatInterpreter } from "./float-interpreter.ts";

/** Always holds zero, which padding and an empty memory need. */
export interface ValueRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** Multiply-accumulates that calibration may take: about half a second. */
const MOST_WORK = 4e8;

/** By tensor of the network; null for parameters. Where all ticks together would take too long, only every second (third, ...) sequence
 * is run, as few as need be.
 * @param sequences each the first input at successive ticks; state goes along within a sequence, from zero. */
export function activationRanges(network: FloatNetwork, sequences: Iterable<readonly Float32Array[]>): readonly (ValueRange | null)[] {
  const interpreter = createFloatInterpreter(network);
  const activations = network.tensors.flatMap(({ kind }, id) => (kind === "activation" ? [id] : []));
  const minimum = new Float64Array(network.tensors.length);
  const maximum = new Float64Array(network.tensors.length);
  for (const sequence of affordable(network, [...sequences], MOST_WORK)) {
    followSequence(network, interpreter, sequence, () => {
      for (const id of activations) {
        let [low, high] = [minimum[id] as number, maximum[id] as number];
        for (const value of interpreter.value(id)) {
          if (value < low) low = value;
          if (value > high) high = value;
        }
        minimum[id] = low;
        maximum[id] = high;
      }
    });
  }
  return network.tensors.map((tensor, id) =>
    tensor.kind === "activation" ? { minimum: at(minimum, id), maximum: at(maximum, id) } : null,
  );
}

/** Runs the ticks of a sequence one after another. @param visit is called after each, when the interpreter holds its
 * values. */
export function followSequence(
  network: FloatNetwork,
  interpreter: FloatInterpreter,
  sequence: readonly Float32Array[],
  visit: (input: Float32Array) => void,
): void {
  let state: readonly Float32Array[] = network.inputs.slice(1).map((id) => new Float32Array(elementCount(at(network.tensors, id).shape)));
  for (const input of sequence) {
    state = interpreter.infer([input, ...state]).slice(1);
    visit(input);
  }
}

/** Every k-th of the sequences, the first among them: together about `mostWork` multiply-accumulates. */
export function affordable<Sequence extends { readonly length: number }>(
  network: FloatNetwork,
  sequences: readonly Sequence[],
  mostWork: number,
): readonly Sequence[] {
  const ticks = sequences.reduce((sum, { length }) => sum + length, 0);
  const every = Math.max(1, Math.ceil((ticks * workOfTick(network)) / mostWork));
  return sequences.filter((_, index) => index % every === 0);
}

/** Multiply-accumulates, and the other operators' elements. */
function workOfTick(network: FloatNetwork): number {
  const count = (id: number): number => elementCount(at(network.tensors, id).shape);
  return network.operators.reduce((sum, operator) => {
    switch (operator.kind) {
      case "fully-connected":
      case "conv-2d":
        return sum + count(operator.output) * (count(operator.weights) / at(at(network.tensors, operator.weights).shape, 0));
      case "depthwise-conv-2d":
        return sum + count(operator.output) * (count(operator.weights) / at(at(network.tensors, operator.weights).shape, 3));
      case "split":
        return sum + count(operator.input);
      default:
        return sum + count(operator.output);
    }
  }, 0);
}
