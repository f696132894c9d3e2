// A seed in, a small int8 graph of a policy that remembers out: convolutions over time, a fully connected window, gated recurrent units
// with their state as input and output. For properties of what boards run.

import { at } from "../src/core/assert.ts";
import { valueOf } from "../src/core/diagnostic.ts";
import { Random } from "../src/core/random.ts";
import { elementCount, type Convolution2d, type Graph, type Operator, type Tensor, type TensorId } from "../src/artifacts/graph.ts";
import type { PolicyMemory } from "../src/artifacts/policy-form.ts";
import { lowerGraph } from "../src/lower/lower-graph.ts";
import { createInterpreter, type Interpreter } from "../src/quantize/interpreter.ts";

export interface RememberingGraph {
  readonly graph: Graph;
  readonly memory: PolicyMemory;
}

/** Of a state: TANH's. */
const STATE = { scales: [1 / 128], zeroPoint: 0, axis: 0 };

class Maker {
  readonly tensors: Tensor[] = [];
  readonly operators: Operator[] = [];
  readonly random: Random;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  from(minimum: number, maximum: number): number {
    return minimum + this.random.integer(maximum - minimum + 1);
  }

  activation(shape: readonly number[], scale: number, zeroPoint = this.random.integer(256) - 128): TensorId {
    const quantization = { scales: [Math.fround(scale)], zeroPoint, axis: 0 };
    return this.tensors.push({ kind: "activation", type: "int8", name: `tensor ${this.tensors.length}`, shape, quantization }) - 1;
  }

  weights(shape: readonly number[], axis: number): TensorId {
    const data = Int8Array.from({ length: elementCount(shape) }, () => this.random.integer(255) - 127);
    const quantization = { scales: [Math.fround(0.01)], zeroPoint: 0, axis };
    return this.tensors.push({ kind: "constant", name: `weights ${this.tensors.length}`, shape, quantization, data }) - 1;
  }

  bias(outputs: number): TensorId {
    const data = Int32Array.from({ length: outputs }, () => this.random.integer(4001) - 2000);
    const quantization = { scales: [Math.fround(0.0005)], zeroPoint: 0, axis: 0 };
    return this.tensors.push({ kind: "constant", name: `bias ${this.tensors.length}`, shape: [outputs], quantization, data }) - 1;
  }

  fullyConnected(input: TensorId, outputs: number, scale: number, zeroPoint?: number): TensorId {
    const ids = { input, weights: this.weights([outputs, elementCount(at(this.tensors, input).shape)], 0), bias: this.bias(outputs) };
    const output = this.activation([1, outputs], scale, zeroPoint);
    this.operators.push({ kind: "fully-connected", ...ids, output, activation: this.random.next() < 0.3 ? "relu" : "none" });
    return output;
  }

  graph(inputs: readonly TensorId[], outputs: readonly TensorId[]): Graph {
    return { tensors: this.tensors, operators: this.operators, inputs, outputs };
  }
}

/** Convolutions over time of random widths, dilations and activations, tables between them, a fully connected end.
 * @param zeroPoint of the input; any when not given. */
export function temporalGraph(seed: number, zeroPoint?: number): RememberingGraph {
  const make = new Maker(seed);
  const { random } = make;
  const vertical = random.next() < 0.5;
  const plane = (along: number): { height: number; width: number } =>
    vertical ? { height: along, width: 1 } : { height: 1, width: along };
  const image = (columns: number, channels: number): number[] => [1, plane(columns).height, plane(columns).width, channels];
  let [columns, channels] = [make.from(8, 20), make.from(1, 4)];
  const ticks = columns;
  const input = make.activation(image(columns, channels), 0.05, zeroPoint);
  let last = input;
  for (let layer = make.from(1, 3); layer > 0; layer--) {
    const dilation = make.from(1, 2);
    const taps = make.from(layer === 1 ? 1 : 2, 3);
    const stride = random.next() < 0.3 ? 2 : 1;
    const padding = random.next() < 0.4 ? "same" : "valid";
    const reach = (taps - 1) * dilation + 1;
    if (reach > columns) break;
    columns = Math.ceil((padding === "same" ? columns : columns - reach + 1) / stride);
    const depthwise = random.next() < 0.3;
    const outputs = depthwise ? channels * make.from(1, 2) : make.from(1, 5);
    const kernel = plane(taps);
    const shape = depthwise ? [1, kernel.height, kernel.width, outputs] : [outputs, kernel.height, kernel.width, channels];
    const settings: Pick<Convolution2d, "activation" | "padding" | "stride" | "dilation"> = {
      ...{ activation: random.next() < 0.5 ? "relu" : "none", padding, stride: plane(stride) },
      dilation: plane(dilation),
    };
    const ids = { input: last, weights: make.weights(shape, depthwise ? 3 : 0), bias: make.bias(outputs) };
    last = make.activation(image(columns, outputs), 0.3);
    make.operators.push({ kind: depthwise ? "depthwise-conv-2d" : "conv-2d", ...ids, output: last, ...settings });
    channels = outputs;
    if (random.next() < 0.3) {
      const bent = make.activation(image(columns, channels), 0.2);
      make.operators.push({ kind: "leaky-relu", input: last, output: bent, alpha: Math.fround(0.1) });
      last = bent;
    }
  }
  if (random.next() < 0.7) last = make.fullyConnected(last, 3, 0.5);
  return { graph: make.graph([input], [last]), memory: { kind: "window", ticks } };
}

/** A window read whole by one layer, or by one, by a convolution and as it is. */
export function historyGraph(seed: number): RememberingGraph {
  const make = new Maker(seed);
  const { random } = make;
  const [ticks, width] = [make.from(2, 9), make.from(1, 6)];
  const flat = random.next() < 0.5;
  const input = make.activation(flat ? [1, ticks * width] : [1, 1, ticks, width], 0.05, 0);
  const hidden = [make.fullyConnected(input, make.from(1, 8), 0.3, 0)];
  if (!flat && random.next() < 0.5) {
    const filters = make.from(1, 4);
    const columns = ticks - 1;
    const output = make.activation([1, 1, columns, filters], 0.3, 0);
    const ids = { input, weights: make.weights([filters, 1, 2, width], 0), bias: make.bias(filters) };
    const once = { height: 1, width: 1 };
    make.operators.push({ kind: "conv-2d", ...ids, output, activation: "none", padding: "valid", stride: once, dilation: once });
    const row = make.activation([1, columns * filters], 0.3, 0);
    make.operators.push({ kind: "reshape", input: output, output: row });
    hidden.push(row);
  }
  const joined = make.activation([1, hidden.reduce((sum, id) => sum + elementCount(at(make.tensors, id).shape), 0)], 0.3, 0);
  make.operators.push({ kind: "concatenation", inputs: hidden, output: joined, axis: 1 });
  const output = random.next() < 0.8 ? make.fullyConnected(joined, 3, 0.5) : joined;
  return { graph: make.graph([input], [output]), memory: { kind: "window", ticks } };
}

/** One or two layers of gated recurrent units; the action may be the state itself, or be made of the state before; two states of one
 * size may be exchanged at each tick. */
export function recurrentGraph(seed: number): RememberingGraph {
  const make = new Maker(seed);
  const { random } = make;
  const input = make.activation([1, make.from(1, 6)], 0.05, 0);
  const layers = make.from(1, 2);
  const states: TensorId[] = [];
  const nexts: TensorId[] = [];
  let last = input;
  for (let layer = 0; layer < layers; layer++) {
    const units = layer > 0 && random.next() < 0.5 ? elementCount(at(make.tensors, at(states, 0)).shape) : make.from(1, 8);
    const state = make.activation([1, units], at(STATE.scales, 0), 0);
    states.push(state);
    last = gatedUnits(make, last, state, units);
    nexts.push(last);
  }
  const sizes = states.map((id) => elementCount(at(make.tensors, id).shape));
  if (sizes[0] === sizes[1] && random.next() < 0.5) nexts.reverse();
  if (random.next() < 0.2) nexts[0] = at(states, 0);
  const of = random.next();
  const action = of < 0.2 ? last : of < 0.4 ? at(states, 0) : make.fullyConnected(of < 0.7 ? last : at(states, 0), make.from(1, 4), 0.2, 0);
  if (sizes[0] !== elementCount(at(make.tensors, at(nexts, 0)).shape)) throw new Error("a state of another size");
  return { graph: make.graph([input, ...states], [action, ...nexts]), memory: { kind: "state", elements: sizes } };
}

/** update * state + (1 - update) * candidate, as candidate + update * (state - candidate). @returns the next state. */
function gatedUnits(make: Maker, input: TensorId, state: TensorId, units: number): TensorId {
  const gates = (from: TensorId): readonly [TensorId, TensorId, TensorId] => {
    const scale = 0.04;
    const whole = make.activation([1, 3 * units], scale, 0);
    const ids = {
      input: from,
      weights: make.weights([3 * units, elementCount(at(make.tensors, from).shape)], 0),
      bias: make.bias(3 * units),
    };
    make.operators.push({ kind: "fully-connected", ...ids, output: whole, activation: "none" });
    const parts = [0, 1, 2].map(() => make.activation([1, units], scale, 0)) as [TensorId, TensorId, TensorId];
    make.operators.push({ kind: "split", input: whole, outputs: parts, axis: 1 });
    return parts;
  };
  const combine = (kind: "add" | "sub" | "mul", left: TensorId, right: TensorId, scale: number): TensorId => {
    const output = make.activation([1, units], scale, 0);
    make.operators.push({ kind, left, right, output, activation: "none" });
    return output;
  };
  const bend = (kind: "logistic" | "tanh", from: TensorId): TensorId => {
    const output = make.activation([1, units], kind === "tanh" ? 1 / 128 : 1 / 256, kind === "tanh" ? 0 : -128);
    make.operators.push({ kind, input: from, output });
    return output;
  };
  const [inputUpdate, inputReset, inputCandidate] = gates(input);
  const [stateUpdate, stateReset, stateCandidate] = gates(state);
  const update = bend("logistic", combine("add", inputUpdate, stateUpdate, 0.06));
  const reset = bend("logistic", combine("add", inputReset, stateReset, 0.06));
  const candidate = bend("tanh", combine("add", inputCandidate, combine("mul", reset, stateCandidate, 0.04), 0.03));
  return combine("add", candidate, combine("mul", update, combine("sub", state, candidate, 2 / 128), 2 / 128), 1 / 128);
}

/** The graph as it is, its memory carried by hand: what the program that remembers must equal. */
export function carriedByHand({ graph, memory }: RememberingGraph): Interpreter {
  const whole = createInterpreter(valueOf(lowerGraph(graph)));
  const sizes = (ids: readonly TensorId[]): number[] => ids.map((id) => elementCount(at(graph.tensors, id).shape));
  return carriedBy(memory, sizes(graph.inputs), (inputs) => {
    const output = whole.infer(Int8Array.from(inputs.flatMap((input) => [...input])));
    let offset = 0;
    return sizes(graph.outputs).map((size) => output.slice(offset, (offset += size)));
  });
}

/** The same around any function of all inputs to all outputs. @param sizes of the inputs. */
export function carriedBy(
  memory: PolicyMemory,
  sizes: readonly number[],
  infer: (inputs: readonly Int8Array[]) => readonly Int8Array[],
): Interpreter {
  const nothing = sizes.map((size) => new Int8Array(size));
  let kept: readonly Int8Array[] = nothing;
  return {
    infer(observation) {
      const [first = new Int8Array(), ...states] = kept;
      const input = memory.kind === "window" ? Int8Array.of(...first.subarray(observation.length), ...observation) : observation;
      const [output = new Int8Array(), ...next] = infer([input, ...states]);
      kept = [input, ...next];
      return output;
    },
    reset() {
      kept = nothing;
    },
  };
}
