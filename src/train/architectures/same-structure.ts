// Whether two networks compute the same function of their parameters, whatever their tensors' order and names; and if so, which tensor of one
// is which of the other. So parameters find their place when training goes on from a policy.

import { operatorInputs, operatorOutputs, type TensorId } from "../../artifacts/graph.ts";
import { withParameters, withTensors, type FloatNetwork } from "../../artifacts/network.ts";
import { at } from "../../core/assert.ts";

/** Tensors by their first use: inputs, then operator by operator what it reads and writes. */
function canonicalOrder(network: FloatNetwork): readonly TensorId[] {
  return [...new Set([...network.inputs, ...network.operators.flatMap((each) => [...operatorInputs(each), ...operatorOutputs(each)])])];
}

function structureOf(network: FloatNetwork, order: readonly TensorId[]): string {
  const position = new Map(order.map((id, index) => [id, index]));
  const rename = (id: TensorId): number => position.get(id) ?? -1;
  return JSON.stringify([
    order.map((id) => [at(network.tensors, id).kind, at(network.tensors, id).shape]),
    network.operators.map((operator) => Object.entries(withTensors(operator, rename)).sort(([one], [other]) => (one < other ? -1 : 1))),
    network.inputs.map(rename),
    network.outputs.map(rename),
  ]);
}

/** By tensor of the other network: the same one here; null when they differ in more than parameters. */
export function correspondence(network: FloatNetwork, other: FloatNetwork): ReadonlyMap<TensorId, TensorId> | null {
  const [mine, theirs] = [canonicalOrder(network), canonicalOrder(other)];
  if (structureOf(network, mine) !== structureOf(other, theirs)) return null;
  return new Map(theirs.map((id, index) => [id, at(mine, index)]));
}

/** The network with the other's parameters, or null when they differ in more than these. */
export function withParametersOf(network: FloatNetwork, other: FloatNetwork): FloatNetwork | null {
  const same = correspondence(network, other);
  if (same === null) return null;
  const values = new Map<TensorId, Float32Array>();
  same.forEach((id, theirs) => {
    const tensor = at(other.tensors, theirs);
    if (tensor.kind === "parameter") values.set(id, tensor.data);
  });
  return withParameters(network, values);
}
