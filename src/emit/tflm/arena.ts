// How much memory TensorFlow Lite Micro needs for a graph, estimated before anything is built. Counted in bytes and in words
// (pointers), so that one estimate holds for 32-bit boards and 64-bit computers.

import { assert, at } from "../../core/assert.ts";
import {
  elementCount,
  operatorInputs,
  operatorOutputs,
  type ElementType,
  type Graph,
  type Operator,
  type TensorId,
} from "../../artifacts/graph.ts";

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

// Fitted to 335 models (the golden ones, MLPs, random chains of fully connected, convolution, reshape and tanh): the smallest arena in which each of them
// starts lies between 53 % and 99 % of the estimate. Measured with the reference kernels on x86-64 and
// Cortex-M4 (tflite-micro 90b983c2b), CMSIS-NN as Chirale_TensorFLowLite 2.0.0 has it, ESP-NN 1.2.3 as esp-tflite-micro 1.4.0.
const INTERPRETER_WORDS = 140;
const TENSOR_WORDS = 3;
const OPERATOR_WORDS: Readonly<Partial<Record<Operator["kind"], number>>> = {
  "conv-2d": 48,
  "fully-connected": 16,
  reshape: 12,
  tanh: 12,
  lstm: 160,
};
const OTHER_OPERATOR_WORDS = 48;
const CHANNEL_BYTES = 8;
const PLANNED_TENSOR_WORDS = 8;
const PLANNED_BUFFER_BYTES = 60;
const PREPARED_OPERATOR_WORDS = 30;

export function estimateArena(graph: Graph): ArenaEstimate {
  const channels = graph.operators.map((operator) => ownMultipliers(graph, operator));
  const convolutions = graph.operators.filter((operator) => isConvolution(operator) || operator.kind === "lstm").length;
  const buffers = lifetimes(graph).size + convolutions;
  return {
    bookkeepingWords:
      INTERPRETER_WORDS +
      TENSOR_WORDS * graph.tensors.length +
      sum(graph.operators.map((operator) => OPERATOR_WORDS[operator.kind] ?? OTHER_OPERATOR_WORDS)),
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
  if (!isConvolution(operator) && operator.kind !== "fully-connected") return 0;
  const { shape, quantization } = at(graph.tensors, operator.weights);
  const outputs = at(shape, operator.kind === "depthwise-conv-2d" ? 3 : 0);
  return isConvolution(operator) || quantization.scales.length > 1 ? outputs : 0;
}

function isConvolution(operator: Operator): operator is Extract<Operator, { readonly kind: "conv-2d" | "depthwise-conv-2d" }> {
  return operator.kind === "conv-2d" || operator.kind === "depthwise-conv-2d";
}

const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = { int8: 1, int16: 2, int32: 4, float32: 4 };

/** By tensor that inference computes: the operators that write it first and read it last; inputs are written by operator -1. State
 * lives for ever. */
function lifetimes(graph: Graph): ReadonlyMap<TensorId, { readonly first: number; last: number }> {
  const lives = new Map<TensorId, { readonly first: number; last: number }>(graph.inputs.map((id) => [id, { first: -1, last: -1 }]));
  graph.tensors.forEach((tensor, id) => {
    if (tensor.kind === "variable") lives.set(id, { first: -1, last: graph.operators.length });
  });
  graph.operators.forEach((operator, index) => {
    for (const id of operatorInputs(operator)) {
      const life = lives.get(id);
      if (life !== undefined) life.last = Math.max(life.last, index);
    }
    for (const id of operatorOutputs(operator)) lives.set(id, { first: index, last: index });
  });
  for (const id of graph.outputs) {
    const life = lives.get(id);
    if (life !== undefined) life.last = graph.operators.length;
  }
  return lives;
}

/**
 * Only tensors that live at the same time constrain one another's places. The planner goes from the largest to the smallest
 * and puts each into the first gap: at worst behind all that it meets. So a tensor and those that it meets bound the memory.
 */
function activationBytes(graph: Graph): number {
  const lives = [...lifetimes(graph)].map(([id, life]) => {
    const tensor = at(graph.tensors, id);
    assert(tensor.kind !== "constant", `tensor ${tensor.name} is computed`);
    return { ...life, bytes: align(ELEMENT_BYTES[tensor.type] * elementCount(tensor.shape)) };
  });
  const meeting = lives.map((one) => sum(lives.map((other) => (other.first <= one.last && one.first <= other.last ? other.bytes : 0))));
  return Math.max(...meeting) + Math.max(0, ...graph.operators.map((operator) => scratchBytes(graph, operator)));
}

/** CMSIS-NN unrolls two windows of a convolution as int16; an LSTM keeps six rows of int16. The other kernels need nothing. */
function scratchBytes(graph: Graph, operator: Operator): number {
  if (operator.kind === "lstm") return 6 * align(2 * elementCount(at(graph.tensors, operator.cellState).shape));
  if (!isConvolution(operator)) return 0;
  const { shape } = at(graph.tensors, operator.weights);
  return align(2 * 2 * elementCount(shape.slice(1)));
}

function align(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
