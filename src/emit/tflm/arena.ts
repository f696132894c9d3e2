// How much memory TensorFlow Lite Micro needs for a graph, known before anything is built: an upper bound, counted allocation by
// allocation. In bytes and in words (pointers), so that one count holds for 32-bit boards and 64-bit computers.

import { at } from "../../core/assert.ts";
import { elementCount, operatorInputs, operatorOutputs, type Graph, type Operator, type TensorId } from "../../artifacts/graph.ts";
import { BUFFER_ALIGNMENT, ELEMENT_BYTES, planBytes, plannedBuffers, roundUp } from "./arena-plan.ts";
import { KERNELS, multipliersOf, scratchBytes, type Kernels, type Size } from "./kernels.ts";

/** What is kept from the start on, and the three that come one after another behind it: they share what is left of the arena. */
export interface ArenaBound {
  /** Notes of the interpreter, its tensors and operators, multipliers of channels, state. */
  readonly lasting: Size;
  /** While an operator is prepared: its tensors, whole. */
  readonly preparation: Size;
  /** While tensors are placed: what the planner notes. */
  readonly planning: Size;
  /** From then on: activations and scratch as the planner lays them out, and the model's inputs and outputs, whole. */
  readonly inference: Size;
}

/** Added to the bound, as a share of it: later versions of TensorFlow Lite Micro may note more. */
export const ARENA_MARGIN_PERCENT = 10;

/** Of one allocation that begins at a multiple of BUFFER_ALIGNMENT, where all others are multiples of 4. */
const PADDING_BYTES = BUFFER_ALIGNMENT - 4;

// Sizes of tflite-micro 90b983c2b, without -fshort-enums; esp-tflite-micro 1.4.0 and Arduino's libraries have the same or less.
/** SingleArenaBufferAllocator 9 words, GreedyMemoryPlanner 7 and 16 bytes, MicroAllocator 9, MicroBuiltinDataAllocator 2,
 * SubgraphAllocations 2: micro_allocator.cc, MicroAllocator::Create and StartModelAllocation. */
const INTERPRETER: Size = { words: 29, bytes: 16 };
/** TfLiteEvalTensor: c/common.h. */
const TENSOR: Size = { words: 3, bytes: 0 };
/** NodeAndRegistration: micro_allocator.h. */
const OPERATOR: Size = { words: 8, bytes: 0 };
/** TfLiteTensor, and with a quantization TfLiteAffineQuantization and an array of zero points: InitializeTfLiteTensorFromFlatbuffer. */
const WHOLE_TENSOR: Size = { words: 6, bytes: 16 };
const QUANTIZATION: Size = { words: 3, bytes: 0 };
/** internal::ScratchBufferRequest, room for 12 more of which is always kept, and ScratchBufferHandle: micro_allocator.cc. */
const SCRATCH_REQUEST: Size = { words: 1, bytes: 8 };
const SCRATCH_REQUESTS_AHEAD = 12;
const SCRATCH_HANDLE: Size = { words: 1, bytes: 0 };
/** AllocationInfo: micro_allocation_info.h. */
const PLANNED_TENSOR: Size = { words: 2, bytes: 16 };
/** GreedyMemoryPlanner::per_buffer_size(). */
const PLANNED_BUFFER: Size = { words: 0, bytes: 40 };

export function boundArena(graph: Graph, kernels: Kernels): ArenaBound {
  const buffers = plannedBuffers(graph, kernels);
  const requests = sum(graph.operators.map((operator) => scratchBytes(graph, operator, kernels).length));
  const tensors = graph.tensors.length + sum(graph.operators.map(({ kind }) => KERNELS[kind].settings));
  const states = graph.tensors.filter((tensor) => tensor.kind === "variable");
  const ends = [...graph.inputs, ...graph.outputs];
  return {
    lasting: total(
      INTERPRETER,
      times(tensors, TENSOR),
      ...graph.operators.map((operator) => keptBy(graph, operator, kernels)),
      times(requests, SCRATCH_HANDLE),
      ...states.map(({ type, shape }) => aligned(ELEMENT_BYTES[type] * elementCount(shape))),
    ),
    preparation: total(
      times(requests + SCRATCH_REQUESTS_AHEAD, SCRATCH_REQUEST),
      largest(graph.operators.map((operator) => preparing(graph, operator))),
    ),
    planning: total(
      times(requests + SCRATCH_REQUESTS_AHEAD, SCRATCH_REQUEST),
      { words: 1, bytes: 2 * PADDING_BYTES },
      times(tensors + requests, PLANNED_TENSOR),
      times(buffers.length, PLANNED_BUFFER),
    ),
    inference: total(
      { words: 0, bytes: planBytes(buffers) },
      // Two arrays of pointers to them.
      { words: ends.length, bytes: 2 * BUFFER_ALIGNMENT },
      ...ends.map((id) => whole(graph, id)),
    ),
  };
}

/** What the arena of a board with pointers of `wordBytes` must hold; the same sum stands in the generated code.
 * @param measured as measuredBytes() gives it. */
export function neededBytes({ lasting, preparation, planning, inference }: ArenaBound, wordBytes: 4 | 8, measured = Infinity): number {
  const bytes = (size: Size): number => bytesOf(size, wordBytes);
  return Math.max(bytes(lasting) + Math.max(bytes(preparation), bytes(planning)), Math.min(bytes(lasting) + bytes(inference), measured));
}

/**
 * What an arena must hold where TensorFlow Lite Micro with its own kernels has run the graph on a 64-bit computer: at most that, and
 * at least what is noted before the first inference.
 * @param usedBytes as MicroInterpreter::arena_used_bytes() told: all that is kept, and the plan, which is the same for every pointer.
 * A board's structures are no larger, nor is what is lost to their alignment; other kernels add what the counts differ by.
 */
export function measuredBytes(graph: Graph, kernels: Kernels, usedBytes: number): number {
  const used = (bound: ArenaBound): number => bytesOf(total(bound.lasting, bound.inference), 8);
  return usedBytes + Math.max(0, used(boundArena(graph, kernels)) - used(boundArena(graph, "reference")));
}

/** The arena: what it must hold, and the margin. */
export function arenaBytes(needed: number): number {
  return roundUp(Math.floor((needed * (100 + ARENA_MARGIN_PERCENT)) / 100), BUFFER_ALIGNMENT);
}

export function bytesOf({ words, bytes }: Size, wordBytes: 4 | 8): number {
  return words * wordBytes + bytes;
}

/** For good, by one operator. */
function keptBy(graph: Graph, operator: Operator, kernels: Kernels): Size {
  const { options, data, beyond } = KERNELS[operator.kind];
  const multipliers = multipliersOf(graph, operator, kernels);
  const others = kernels === "reference" ? 0 : beyond;
  return total(
    OPERATOR,
    { words: 0, bytes: options },
    data.words + data.bytes === 0 ? NOTHING : total(data, aligned(others)),
    ...(multipliers === 0 ? [] : [aligned(4 * multipliers), aligned(4 * multipliers)]),
  );
}

/** Whole tensors of an operator that are looked at while it is prepared: none is given back before the operator is done. */
function preparing(graph: Graph, operator: Operator): Size {
  const { settings, looks } = KERNELS[operator.kind];
  const operands = [...operatorInputs(operator), ...operatorOutputs(operator)].map((id) => whole(graph, id));
  return times(looks, total(...operands, times(settings, WHOLE_TENSOR)));
}

function whole(graph: Graph, id: TensorId): Size {
  const { scales } = at(graph.tensors, id).quantization;
  if (scales.length === 0) return WHOLE_TENSOR;
  return total(WHOLE_TENSOR, QUANTIZATION, { words: 0, bytes: roundUp(4 + 4 * scales.length, 8) });
}

const NOTHING: Size = { words: 0, bytes: 0 };

function aligned(bytes: number): Size {
  return { words: 0, bytes: roundUp(bytes, 8) + PADDING_BYTES };
}

function total(...sizes: readonly Size[]): Size {
  return { words: sum(sizes.map(({ words }) => words)), bytes: sum(sizes.map(({ bytes }) => bytes)) };
}

function times(count: number, { words, bytes }: Size): Size {
  return { words: count * words, bytes: count * bytes };
}

/** At least each of them, whatever a word is. */
function largest(sizes: readonly Size[]): Size {
  return { words: Math.max(...sizes.map(({ words }) => words)), bytes: Math.max(...sizes.map(({ bytes }) => bytes)) };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
