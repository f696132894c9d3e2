// How much memory TensorFlow Lite Micro needs for a graph, estimated before anything is built. Counted in bytes and in words
// (pointers), so that one estimate holds for 32-bit boards and 64-bit computers.

import { assert, at } from "../../core/assert.ts";
import { activationTensor, elementCount, type Graph, type Operator } from "../../artifacts/graph.ts";

/** TFLM keeps one part for good and uses the other for planning first, for activations afterwards. */
export interface ArenaEstimate {
  /** Interpreter, tensors and operators: pointers and integers of a pointer's size. */
  readonly bookkeepingWords: number;
  /** A multiplier and a shift for each output channel that has its own. */
  readonly multiplierBytes: number;
  /** While tensors are placed: what the planner notes. */
  readonly planningWords: number;
  readonly planningBytes: number;
  /** While an operator is prepared: copies of its tensors, a zero point for each channel. */
  readonly preparationWords: number;
  readonly preparationBytes: number;
  /** While inferring: tensors that live at once, and scratch of convolutions. */
  readonly activationBytes: number;
}

/** Added to the estimate, as a share of it: other versions of TFLM and of its kernels keep other notes. */
export const ARENA_MARGIN_PERCENT = 25;

// Fitted to 335 models (the golden ones, MLPs, random chains of all operators): the smallest arena in which each of them
// starts lies between 53 % and 99 % of the estimate. Measured with the reference kernels on x86-64 and
// Cortex-M4 (tflite-micro 90b983c2b), CMSIS-NN as Chirale_TensorFLowLite 2.0.0 has it, ESP-NN 1.2.3 as esp-tflite-micro 1.4.0.
const INTERPRETER_WORDS = 140;
const TENSOR_WORDS = 3;
const OPERATOR_WORDS: Readonly<Record<Operator["kind"], number>> = { "conv-2d": 48, "fully-connected": 16, reshape: 12, tanh: 12 };
const CHANNEL_BYTES = 8;
const PLANNED_TENSOR_WORDS = 8;
const PLANNED_BUFFER_BYTES = 60;
const PREPARED_OPERATOR_WORDS = 30;

export function estimateArena(graph: Graph): ArenaEstimate {
  const channels = graph.operators.map((operator) => ownMultipliers(graph, operator));
  const convolutions = graph.operators.filter((operator) => operator.kind === "conv-2d").length;
  const buffers = graph.operators.length + 1 + convolutions;
  return {
    bookkeepingWords:
      INTERPRETER_WORDS + TENSOR_WORDS * graph.tensors.length + sum(graph.operators.map((operator) => OPERATOR_WORDS[operator.kind])),
    multiplierBytes: CHANNEL_BYTES * sum(channels),
    planningWords: PLANNED_TENSOR_WORDS * graph.tensors.length,
    planningBytes: PLANNED_BUFFER_BYTES * buffers,
    preparationWords: PREPARED_OPERATOR_WORDS,
    preparationBytes: CHANNEL_BYTES * Math.max(0, ...channels),
    activationBytes: activationBytes(graph),
  };
}

/** The arena of a board with pointers of `wordBytes`, margin included; the same sum stands in the generated code. */
export function arenaBytes(estimate: ArenaEstimate, wordBytes: 4 | 8): number {
  const lasting = estimate.bookkeepingWords * wordBytes + estimate.multiplierBytes;
  const passing = Math.max(
    estimate.planningWords * wordBytes + estimate.planningBytes,
    estimate.preparationWords * wordBytes + estimate.preparationBytes,
    estimate.activationBytes,
  );
  return align(Math.floor(((lasting + passing) * (100 + ARENA_MARGIN_PERCENT)) / 100));
}

/** A convolution keeps one multiplier a channel even where all are equal. */
function ownMultipliers(graph: Graph, operator: Operator): number {
  if (operator.kind !== "conv-2d" && operator.kind !== "fully-connected") return 0;
  const { shape, quantization } = at(graph.tensors, operator.weights);
  return operator.kind === "conv-2d" || quantization.scales.length > 1 ? at(shape, 0) : 0;
}

/**
 * In a chain only a tensor and its two neighbours constrain one another's places. The planner goes from the largest to the
 * smallest: one that has no neighbour yet lies at 0, one with a larger neighbour at 0 lies behind it, and one between two
 * that lie so may end up behind both. So three neighbours bound the memory.
 */
function activationBytes(graph: Graph): number {
  const chain = [graph.input, ...graph.operators.map((operator) => operator.output)];
  const sizes = chain.map((tensor) => align(elementCount(activationTensor(graph, tensor).shape)));
  const neighbours = sizes.map((_, index) => sum(sizes.slice(Math.max(0, index - 1), index + 2)));
  return Math.max(...neighbours) + Math.max(0, ...graph.operators.map((operator) => scratchBytes(graph, operator)));
}

/** CMSIS-NN unrolls two windows of a convolution as int16; the other kernels need nothing. */
function scratchBytes(graph: Graph, operator: Operator): number {
  if (operator.kind !== "conv-2d") return 0;
  const { shape } = at(graph.tensors, operator.weights);
  assert(shape.length === 4, "weights of a convolution have four dimensions");
  return align(2 * 2 * elementCount(shape.slice(1)));
}

function align(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
