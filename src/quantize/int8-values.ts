// Runs an int8 graph so that every tensor can be looked at, as real numbers: what int8 made of a float network, tensor by tensor.

import { assert, at } from "../core/assert.ts";
import { clamp, roundHalfAway } from "../core/fixed-point.ts";
import { elementCount, type Graph, type Quantization, type TensorId } from "../artifacts/graph.ts";
import type { IntegerProgram } from "../artifacts/integer-program.ts";
import { createInterpreter } from "./interpreter.ts";

/** The program of a graph (lower/ makes it), which must not fail. */
export type Lower = (graph: Graph) => IntegerProgram;

export interface Int8Values {
  /** One tick. @param input real values of the first input; state is what the tick before left, at first zero. */
  infer(input: Float32Array): void;
  /** What the last tick made of an activation of the graph: one fresh list of its real values. */
  value(id: TensorId): Float32Array;
  /** Forgets all state. */
  reset(): void;
}

/** @param graph of int8 tensors alone, whose further inputs and outputs are state. */
export function createInt8Values(graph: Graph, lower: Lower): Int8Values {
  const seen = graph.tensors.flatMap((tensor, id) => (tensor.kind === "activation" ? [id] : []));
  const interpreter = createInterpreter(lower({ ...graph, outputs: seen }));
  const values = new Map<TensorId, Int8Array>();
  const quantization = (id: TensorId): Quantization => at(graph.tensors, id).quantization;
  const sizeOf = (id: TensorId): number => elementCount(at(graph.tensors, id).shape);
  const reset = (): void => {
    graph.outputs.slice(1).forEach((id) => values.set(id, new Int8Array(sizeOf(id)).fill(quantization(id).zeroPoint)));
  };
  const integers = (id: TensorId): Int8Array => {
    const found = values.get(id);
    assert(found !== undefined, `tensor ${id} has no value yet`);
    return found;
  };
  reset();
  return {
    infer(input) {
      const state = graph.outputs.slice(1).flatMap((id) => [...integers(id)]);
      const outputs = interpreter.infer(Int8Array.of(...quantizeValues(input, quantization(at(graph.inputs, 0))), ...state));
      let place = 0;
      for (const id of seen) {
        values.set(id, outputs.subarray(place, place + sizeOf(id)));
        place += sizeOf(id);
      }
    },
    value: (id) => dequantizeValues(integers(id), quantization(id)),
    reset,
  };
}

/** Reals as int8: the nearest level, halves away from zero. */
export function quantizeValues(values: Float32Array, { scales, zeroPoint }: Quantization): Int8Array {
  const scale = at(scales, 0);
  return Int8Array.from(values, (value) => clamp(roundHalfAway(value / scale) + zeroPoint, -128, 127));
}

export function dequantizeValues(values: Int8Array, { scales, zeroPoint }: Quantization): Float32Array {
  const scale = at(scales, 0);
  return Float32Array.from(values, (value) => scale * (value - zeroPoint));
}
