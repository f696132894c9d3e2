// The engine of our own: forward, backward and optimiser in C, compiled to WebAssembly with simd128. The bytes of engine.wasm in, a
// training engine out; the same weights to the bit on every machine, since WebAssembly leaves no freedom in + - * / and order.

import { assert, at } from "../../../core/assert.ts";
import { type TensorId } from "../../../artifacts/graph.ts";
import { networkInputs, networkOutputs, withParameters, type FloatNetwork } from "../../../artifacts/network.ts";
import { MEAN_DECAY, SQUARE_DECAY } from "../../adam.ts";
import type { Batch, FakeQuantization, NetworkInTraining, OptimiserSettings, TrainingEngine } from "../../engine.ts";
import { lossTargets, type Objective } from "../../loss.ts";
import { lacksOf } from "./lacks.ts";
import { Machine, type Address } from "./machine.ts";
import { Parameters } from "./parameters.ts";
import { planProgram, type Plan } from "./plan.ts";

/** Rows that go through the network at once where nothing is learnt: enough for the kernels' tiles, little enough for the caches. */
const ROWS_AT_ONCE = 64;

/** @param bytes engine.wasm. */
export function wasmEngine(bytes: Uint8Array): TrainingEngine {
  const module = new WebAssembly.Module(bytes);
  return {
    id: "wasm",
    lacks: lacksOf,
    begin: (network, objective, settings) => new WasmNetwork(new Machine(module), network, objective, settings),
  };
}

class WasmNetwork implements NetworkInTraining {
  private machine: Machine | null;
  private readonly start: FloatNetwork;
  private readonly objective: Objective;
  private readonly settings: OptimiserSettings;
  private readonly parameters: Parameters;
  /** Everything behind it is planned anew when batches grow or quantization changes. */
  private readonly planned: Address;
  private quantization: FakeQuantization | null = null;
  private plan: Plan | null = null;
  /** What is left of the moments' starting values, zero. */
  private meanBias = 1;
  private squareBias = 1;

  constructor(machine: Machine, network: FloatNetwork, objective: Objective, settings: OptimiserSettings) {
    this.machine = machine;
    this.start = network;
    this.objective = objective;
    this.settings = settings;
    this.parameters = new Parameters(machine, network);
    this.planned = machine.mark();
  }

  step(batch: Batch, learningRate: number): number {
    const [machine, { program }] = this.load(batch);
    this.meanBias *= MEAN_DECAY;
    this.squareBias *= SQUARE_DECAY;
    const corrections = [1 / (1 - this.meanBias), 1 / (1 - this.squareBias)] as const;
    return machine.run.step(program, batch.rows, learningRate, this.settings.weightDecay, ...corrections);
  }

  gradients(batch: Batch): { readonly loss: number; readonly byParameter: ReadonlyMap<TensorId, Float32Array> } {
    const [machine, { program, gradients }] = this.load(batch);
    const loss = machine.run.gradients(program, batch.rows);
    return { loss, byParameter: this.parameters.read(gradients) };
  }

  outputs(inputs: Float32Array, rows: number): Float32Array {
    const [width, outputWidth] = [networkInputs(this.start), networkOutputs(this.start)];
    assert(inputs.length === rows * width, "inputs are rows x the network's inputs");
    const [machine, plan] = this.planFor(Math.min(rows, ROWS_AT_ONCE));
    const outputs = new Float32Array(rows * outputWidth);
    for (let first = 0; first < rows; first += plan.capacity) {
      const count = Math.min(plan.capacity, rows - first);
      machine.floats(plan.inputs, count * width).set(inputs.subarray(first * width, (first + count) * width));
      machine.run.forward(plan.program, count);
      outputs.set(machine.floats(plan.outputs, count * outputWidth), first * outputWidth);
    }
    return outputs;
  }

  fakeQuantize(quantization: FakeQuantization | null): void {
    this.quantization = quantization;
    this.plan = null;
  }

  network(): FloatNetwork {
    return withParameters(this.start, this.parameters.read(this.parameters.values));
  }

  dispose(): void {
    this.machine = null;
  }

  /** Puts a batch in its place. */
  private load(batch: Batch): readonly [Machine, Plan] {
    const { loss, steps, members } = this.objective;
    const { rows, inputs, targets, weights } = batch;
    assert(rows > 0 && inputs.length === rows * networkInputs(this.start), "inputs are rows x the network's inputs");
    assert(targets.length === rows * steps * lossTargets(loss), "targets are rows x steps x the loss's targets");
    assert(weights.length === rows * steps * members, "weights are rows x steps x members");
    if (loss.kind === "cross-entropy") checkLabels(targets, weights, members, loss.labels);
    const [machine, plan] = this.planFor(rows);
    machine.floats(plan.inputs, inputs.length).set(inputs);
    machine.floats(plan.targets, targets.length).set(targets);
    machine.floats(plan.weights, weights.length).set(weights);
    return [machine, plan];
  }

  /** A plan for at least so many rows. */
  private planFor(rows: number): readonly [Machine, Plan] {
    assert(this.machine !== null, "a network that was disposed of is used");
    if (this.plan === null || this.plan.capacity < rows) {
      const { machine, start: network, objective, parameters, quantization } = this;
      machine.release(this.planned);
      this.plan = planProgram(machine, { network, objective, parameters, quantization, capacity: rows });
    }
    return [this.machine, this.plan];
  }
}

/** Labels lead into a table: one outside would read what is not there. */
function checkLabels(targets: Float32Array, weights: Float32Array, members: number, labels: number): void {
  for (let index = 0; index < weights.length; index++) {
    if (weights[index] === 0) continue;
    const label = at(targets, Math.floor(index / members));
    assert(Number.isInteger(label) && label >= 0 && label < labels, `label ${label} outside 0..${labels - 1}`);
  }
}
