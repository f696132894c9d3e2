// What every operator family lowers with: the graph, the buffers and steps made so far, and the mistakes found. One object a
// graph, so that a family's file holds its own arithmetic and nothing else.

import { assert, at } from "../core/assert.ts";
import { errorDiagnostic, failure, success, type Diagnostic, type Outcome } from "../core/diagnostic.ts";
import { quantizeMultiplier, type QuantizedMultiplier } from "../core/fixed-point.ts";
import { elementCount, type Graph, type Tensor, type TensorId } from "../artifacts/graph.ts";
import type { BufferId, IntegerProgram, ProgramBuffer, ProgramStep, StateBuffer } from "../artifacts/integer-program.ts";
import type { SumReach } from "./sum-reach.ts";

/** What an int32 holds, less room for an output zero point. */
const LARGEST_ACCUMULATOR = 2 ** 31 - 256;

/** Left shifts beyond this are not defined for int32. */
const LARGEST_SHIFT = 30;

export const RECALIBRATE = "calibrate the model again with real inputs, so that its scales are in proportion";

export class Lowering {
  readonly graph: Graph;
  private readonly buffers: ProgramBuffer[] = [];
  private readonly bufferOfTensor = new Map<TensorId, BufferId>();
  private readonly states: StateBuffer[] = [];
  private readonly steps: ProgramStep[] = [];
  private readonly problems: Diagnostic[] = [];

  constructor(graph: Graph) {
    this.graph = graph;
  }

  tensor(id: TensorId): Tensor {
    return at(this.graph.tensors, id);
  }

  /** Scale and zero point of a tensor that has one of each. */
  quantization(id: TensorId): { readonly scale: number; readonly zeroPoint: number } {
    const { name, quantization } = this.tensor(id);
    assert(quantization.scales.length === 1, `tensor ${name} has ${quantization.scales.length} scales`);
    return { scale: at(quantization.scales, 0), zeroPoint: quantization.zeroPoint };
  }

  bufferOf(id: TensorId): BufferId {
    const buffer = this.bufferOfTensor.get(id);
    assert(buffer !== undefined, `tensor ${this.tensor(id).name} is used before it is computed`);
    return buffer;
  }

  /** Room of its own for a tensor that some step computes, or for an input. */
  newBuffer(id: TensorId): BufferId {
    const tensor = this.tensor(id);
    assert(tensor.kind !== "constant", `tensor ${tensor.name} is a constant`);
    this.buffers.push({ name: tensor.name, type: tensor.type, elements: elementCount(tensor.shape) });
    this.bufferOfTensor.set(id, this.buffers.length - 1);
    return this.buffers.length - 1;
  }

  /** The same bytes under another shape. */
  share(from: TensorId, to: TensorId): void {
    this.bufferOfTensor.set(to, this.bufferOf(from));
  }

  /** Room for a tensor that keeps its elements between inferences; the same one each time it is asked for. */
  stateBuffer(id: TensorId): BufferId {
    const known = this.bufferOfTensor.get(id);
    if (known !== undefined) return known;
    const buffer = this.newBuffer(id);
    this.states.push({ buffer, initial: this.tensor(id).quantization.zeroPoint });
    return buffer;
  }

  /** What every step says of itself; makes the output's buffer. */
  between(input: TensorId, output: TensorId): { readonly name: string; readonly input: BufferId; readonly output: BufferId } {
    return { name: this.tensor(output).name, input: this.bufferOf(input), output: this.newBuffer(output) };
  }

  add(step: ProgramStep): void {
    this.steps.push(step);
  }

  /** Takes down a mistake, once. */
  refuse(code: string, message: string, hint: string): void {
    if (this.problems.every((known) => known.message !== message)) this.problems.push(errorDiagnostic(code, message, hint));
  }

  /** QuantizeMultiplier; a factor beyond all numbers is refused. */
  multiplier(tensor: TensorId, real: number): QuantizedMultiplier {
    if (Number.isFinite(real)) return quantizeMultiplier(real);
    this.refuse("scales-out-of-proportion", `${this.tensor(tensor).name}: its scale does not fit its inputs' scales`, RECALIBRATE);
    return { mantissa: 0, shift: 0 };
  }

  /** Refuses a sum that could leave int32, or whose multiplier, above 1, would shift it out.
   * @param what the sum, in words. @returns whether it fits. */
  proveAccumulator(tensor: TensorId, what: string, reach: SumReach, { shift }: QuantizedMultiplier): boolean {
    const { name } = this.tensor(tensor);
    if (reach.partial > LARGEST_ACCUMULATOR) {
      this.refuse(
        "accumulator-overflow",
        `${name}: ${what} could reach ${reach.partial}, beyond int32`,
        "retrain with smaller weights (weight decay) or fewer inputs a neuron",
      );
      return false;
    }
    if (shift <= LARGEST_SHIFT && reach.whole * 2 ** Math.max(shift, 0) <= LARGEST_ACCUMULATOR) return true;
    this.refuse(
      "accumulator-overflow",
      `${name}: ${what}, up to ${reach.whole}, leaves int32 when it is scaled by about 2^${shift}`,
      RECALIBRATE,
    );
    return false;
  }

  /** The program, in which inputs and outputs are distinct buffers: an output that isn't gets a copy. */
  finish(): Outcome<IntegerProgram> {
    if (this.problems.length > 0) return failure(...this.problems);
    const inputs = this.graph.inputs.map((id) => this.bufferOf(id));
    const taken = new Set(inputs);
    const outputs = this.graph.outputs.map((id) => {
      const buffer = taken.has(this.bufferOf(id)) ? this.copyOf(id) : this.bufferOf(id);
      taken.add(buffer);
      return buffer;
    });
    return success({ buffers: this.buffers, inputs, outputs, states: this.states, steps: this.steps });
  }

  private copyOf(id: TensorId): BufferId {
    const walk = { base: 0, strides: [1] };
    const { name, shape } = this.tensor(id);
    const input = this.bufferOf(id);
    const output = this.newBuffer(id);
    this.add({ kind: "copy", name, input, output, sizes: [elementCount(shape)], from: walk, to: walk });
    return output;
  }
}
