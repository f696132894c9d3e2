// A network that remembers, laid out over several ticks, so that it can be trained through time: its operators once a tick, its parameters
// shared by all.

import { assert, at } from "../../core/assert.ts";
import { operatorOutputs, type TensorId } from "../../artifacts/graph.ts";
import {
  networkInputs,
  networkOutputs,
  verifyNetwork,
  withTensors,
  type FloatNetwork,
  type FloatOperator,
  type FloatTensor,
} from "../../artifacts/network.ts";

export interface UnrolledNetwork {
  /** First input 1 x (steps * inputs), first output 1 x (steps * outputs); further ones: the state before the first step and after the last. */
  readonly network: FloatNetwork;
  /** By tensor of the unrolled network: the step network's tensor that it is, null where it is none. */
  readonly origin: readonly (TensorId | null)[];
}

export function unroll(step: FloatNetwork, steps: number): UnrolledNetwork {
  assert(steps >= 1, `${steps} steps`);
  const tensors: FloatTensor[] = [];
  const origin: (TensorId | null)[] = [];
  const operators: FloatOperator[] = [];
  const add = (tensor: FloatTensor, from: TensorId | null): TensorId => {
    origin.push(from);
    return tensors.push(tensor) - 1;
  };
  const [input, ...states] = step.inputs as [TensorId, ...TensorId[]];
  const [output, ...nextStates] = step.outputs as [TensorId, ...TensorId[]];
  const inputs = networkInputs(step);
  const sequence = add({ kind: "activation", name: "observations", shape: [1, steps * inputs] }, null);
  const shared = new Map<TensorId, TensorId>();
  step.tensors.forEach((tensor, id) => {
    if (tensor.kind === "parameter") shared.set(id, add(tensor, id));
  });
  const first = states.map((id) => add(at(step.tensors, id), id));
  let current = first;
  const outputs: TensorId[] = [];
  for (let tick = 0; tick < steps; tick++) {
    const prefix = `tick${tick + 1}/`;
    const ids = new Map(shared);
    const here = (id: TensorId): TensorId => {
      const tensor = at(step.tensors, id);
      const made = add({ ...tensor, name: prefix + tensor.name }, id);
      ids.set(id, made);
      return made;
    };
    const observation = here(input);
    const { shape } = at(step.tensors, input);
    assert(shape.length === 2, "a network that remembers takes one row an observation");
    operators.push({
      kind: "strided-slice",
      input: sequence,
      output: observation,
      begin: [0, tick * inputs],
      strides: [1, 1],
      sizes: shape,
    });
    states.forEach((id, index) => ids.set(id, at(current, index)));
    for (const operator of step.operators) {
      operatorOutputs(operator).forEach(here);
      operators.push(withTensors(operator, (id) => ids.get(id) ?? -1));
    }
    outputs.push(ids.get(output) ?? -1);
    current = nextStates.map((id) => ids.get(id) ?? -1);
  }
  const actions = add({ kind: "activation", name: "actions", shape: [1, steps * networkOutputs(step)] }, null);
  operators.push({ kind: "concatenation", inputs: outputs, output: actions, axis: 1 });
  const network = { tensors, operators, inputs: [sequence, ...first], outputs: [actions, ...current] };
  verifyNetwork(network);
  return { network, origin };
}
