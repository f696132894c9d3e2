// Lays a network out in the engine's memory: which instructions run in which order, and where each tensor and its gradient lie, for
// batches of up to `capacity` rows. Only what the first output depends on is computed.

import { assert, at } from "../../../core/assert.ts";
import { elementCount, operatorInputs, operatorOutputs, type TensorId } from "../../../artifacts/graph.ts";
import type { FloatNetwork, FloatOperator } from "../../../artifacts/network.ts";
import type { FakeQuantization } from "../../engine.ts";
import { LOG_VARIANCE_LIMITS, lossOutputs, lossTargets, type Loss, type Objective } from "../../loss.ts";
import { fakeQuantization, levelsOf } from "./fake-quantization.ts";
import { clamp, operatorInstructions, slotWords, type Instruction } from "./instructions.ts";
import { floatWord, type Address, type Machine } from "./machine.ts";
import type { Parameters } from "./parameters.ts";
import { TensorPlaces } from "./tensor-places.ts";

/** Places that C and TypeScript meet in. */
export interface Plan {
  /** `struct program`. */
  readonly program: Address;
  /** Rows of the largest batch. */
  readonly capacity: number;
  /** capacity x elements of the first input. */
  readonly inputs: Address;
  /** capacity x elements of the first output. */
  readonly outputs: Address;
  /** capacity x steps x target width. */
  readonly targets: Address;
  /** capacity x steps x members. */
  readonly weights: Address;
  /** Of the parameters, in the form of `Parameters`. */
  readonly gradients: Address;
}

export interface PlanRequest {
  readonly network: FloatNetwork;
  readonly objective: Objective;
  readonly parameters: Parameters;
  readonly quantization: FakeQuantization | null;
  readonly capacity: number;
}

export function planProgram(machine: Machine, request: PlanRequest): Plan {
  const { network, objective, parameters, quantization, capacity } = request;
  const { loss, steps, members } = objective;
  const output = at(network.outputs, 0);
  const width = elementCount(at(network.tensors, output).shape);
  assert(width === steps * members * lossOutputs(loss), "the first output is steps x members x the loss's outputs");
  const operators = operatorsBefore(network, output);
  const levels = levelsOf(network, operators, quantization);
  const tensors = new TensorPlaces(machine, request, operators, levels);
  const quantized = (ids: readonly TensorId[]): readonly Instruction[] =>
    ids.flatMap((id) => fakeQuantization(network, id, levels, tensors));
  const instructions = [
    ...quantized([...parameters.ids, ...network.inputs]),
    ...operators.flatMap((operator) => [
      ...operatorInstructions(network, operator, tensors),
      ...fusedActivation(network, operator, tensors),
      ...quantized(operatorOutputs(operator)),
    ]),
  ];
  const targets = machine.allocate(capacity * steps * lossTargets(loss));
  const weights = machine.allocate(capacity * steps * members);
  const addresses = instructions.map(({ words }) => machine.place(words));
  const returning = addresses.filter((_, index) => at(instructions, index).returns).reverse();
  const program = machine.place([
    ...[machine.place(addresses), addresses.length],
    ...[machine.place(returning), returning.length],
    ...[tensors.gradients, tensors.gradientCount],
    ...[parameters.values, tensors.gradients, parameters.means, parameters.squares, parameters.decaying, parameters.count],
    ...[LOSS_KINDS.indexOf(loss.kind), ...slotWords(tensors.read(output)), targets, weights],
    ...[steps, members, lossOutputs(loss), lossTargets(loss), ...lossWords(machine, loss)],
  ]);
  const inputs = tensors.write(at(network.inputs, 0)).value;
  return { program, capacity, inputs, outputs: tensors.read(output).value, targets, weights, gradients: tensors.gradients };
}

/** The operators that a tensor depends on, in the order of execution. */
function operatorsBefore({ operators }: FloatNetwork, tensor: TensorId): readonly FloatOperator[] {
  const needed = new Set([tensor]);
  return operators
    .toReversed()
    .filter((operator) => {
      if (!operatorOutputs(operator).some((id) => needed.has(id))) return false;
      for (const id of operatorInputs(operator)) needed.add(id);
      return true;
    })
    .reverse();
}

function fusedActivation({ tensors }: FloatNetwork, operator: FloatOperator, places: TensorPlaces): readonly Instruction[] {
  if (!("activation" in operator) || operator.activation === "none") return [];
  const slot = places.write(operator.output);
  return [clamp(slot, slot, elementCount(at(tensors, operator.output).shape), operator.activation)];
}

/** Numbered as engine.h's. */
const LOSS_KINDS = ["cross-entropy", "huber", "gaussian", "mixture"] as const satisfies readonly Loss["kind"][];

/** The words of `struct loss` that are the loss's own: from `channels` on. */
function lossWords(machine: Machine, loss: Loss): number[] {
  const channels = loss.kind === "cross-entropy" ? loss.labels : loss.channels;
  const bins = loss.kind === "mixture" ? loss.bins : 0;
  const table = loss.kind === "cross-entropy" ? loss.labelWeights : loss.kind === "mixture" ? loss.centres : new Float32Array();
  const numbers = [
    loss.kind === "cross-entropy" ? loss.labelSmoothing : 0,
    "delta" in loss ? loss.delta : 0,
    loss.kind === "mixture" ? loss.logitScale : 1,
    LOG_VARIANCE_LIMITS.minimum,
    LOG_VARIANCE_LIMITS.maximum,
  ];
  return [channels, bins, machine.placeFloats(table), ...numbers.map(floatWord), machine.allocate(Math.max(channels, bins))];
}
