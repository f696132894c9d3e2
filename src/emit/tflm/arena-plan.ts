// The buffers that an inference needs, with their lives, in; how many bytes TensorFlow Lite Micro lays them out in, out. Follows
// micro_allocation_info.cc and memory_planner/greedy_memory_planner.cc of tflite-micro 90b983c2b; the libraries for boards hold the same.

import { at } from "../../core/assert.ts";
import { elementCount, operatorInputs, operatorOutputs, type ElementType, type Graph } from "../../artifacts/graph.ts";
import { scratchBytes, type Kernels } from "./kernels.ts";

/** Bytes that are taken from the first operator to the last that needs them; 0 is before all of them. */
export interface PlannedBuffer {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = { int8: 1, int16: 2, int32: 4, float32: 4 };

/** micro_arena_constants.h */
export const BUFFER_ALIGNMENT = 16;

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** Activations in the order of their tensors, then what kernels work with. State is not planned: it is kept for good. */
export function plannedBuffers(graph: Graph, kernels: Kernels): readonly PlannedBuffer[] {
  const lives = graph.tensors.map(() => ({ first: -1, last: -1 }));
  const touch = (id: number, step: number): void => {
    const life = at(lives, id);
    if (life.first === -1) life.first = step;
    life.last = step;
  };
  for (const id of graph.inputs) touch(id, 0);
  graph.operators.forEach((operator, index) => {
    for (const id of [...operatorOutputs(operator), ...operatorInputs(operator)]) touch(id, index + 1);
  });
  for (const id of graph.outputs) touch(id, graph.operators.length);
  const planned = (bytes: number, first: number, last: number): PlannedBuffer => ({ bytes: roundUp(bytes, BUFFER_ALIGNMENT), first, last });
  const activations = graph.tensors.flatMap((tensor, id) => {
    const { first, last } = at(lives, id);
    return tensor.kind === "activation" ? [planned(ELEMENT_BYTES[tensor.type] * elementCount(tensor.shape), first, last)] : [];
  });
  const scratch = graph.operators.flatMap((operator, index) =>
    scratchBytes(graph, operator, kernels).map((bytes) => planned(bytes, index + 1, index + 1)),
  );
  return [...activations, ...scratch];
}

/** From the largest to the smallest, of equal ones the last first, each goes into the first gap between those that live at the same time. */
export function planBytes(buffers: readonly PlannedBuffer[]): number {
  const placed: { readonly buffer: PlannedBuffer; readonly offset: number }[] = [];
  for (const buffer of [...buffers].reverse().sort((left, right) => right.bytes - left.bytes)) {
    let offset = 0;
    for (const other of placed) {
      if (other.buffer.first > buffer.last || buffer.first > other.buffer.last) continue;
      if (other.offset - offset >= buffer.bytes) break;
      offset = Math.max(offset, other.offset + other.buffer.bytes);
    }
    const behind = placed.findIndex((other) => other.offset > offset);
    placed.splice(behind === -1 ? placed.length : behind, 0, { buffer, offset });
  }
  return placed.reduce((most, { buffer, offset }) => Math.max(most, offset + buffer.bytes), 0);
}
