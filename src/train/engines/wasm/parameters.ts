// The parameters of a network in training: values and both moments one after another in the engine's memory, first those that
// decay, then the others. They keep their places when all else is planned anew.

import type { TensorId } from "../../../artifacts/graph.ts";
import { biasIds, parameterIds, parameterOf, type FloatNetwork } from "../../../artifacts/network.ts";
import { WORD_BYTES, type Address, type Machine } from "./machine.ts";

/** Each parameter begins at a vector. */
const LANES = 4;

export class Parameters {
  /** Floats of all, filled up to whole vectors. */
  readonly count: number;
  /** Floats of those that decay. */
  readonly decaying: number;
  readonly values: Address;
  readonly means: Address;
  readonly squares: Address;
  /** By parameter: where it begins among the others, and how long it is, in floats. */
  private readonly places = new Map<TensorId, { readonly offset: number; readonly length: number }>();
  private readonly machine: Machine;

  constructor(machine: Machine, network: FloatNetwork) {
    this.machine = machine;
    const biases = new Set(biasIds(network));
    let end = 0;
    const arrange = (ids: readonly TensorId[]): number => {
      for (const id of ids) {
        const { length } = parameterOf(network, id).data;
        this.places.set(id, { offset: end, length });
        end += Math.ceil(length / LANES) * LANES;
      }
      return end;
    };
    this.decaying = arrange(parameterIds(network).filter((id) => !biases.has(id)));
    this.count = arrange(parameterIds(network).filter((id) => biases.has(id)));
    [this.values, this.means, this.squares] = [machine.allocate(this.count), machine.allocate(this.count), machine.allocate(this.count)];
    for (const [id, { offset, length }] of this.places) {
      machine.floats(this.values + WORD_BYTES * offset, length).set(parameterOf(network, id).data);
    }
  }

  get ids(): readonly TensorId[] {
    return [...this.places.keys()];
  }

  /** Bytes before a parameter, in any of the places that hold all of them. */
  offsetOf(id: TensorId): number {
    return WORD_BYTES * (this.places.get(id)?.offset ?? NaN);
  }

  /** A copy of what one of these places holds. @param all `values`, or a place of the same form. */
  read(all: Address): ReadonlyMap<TensorId, Float32Array> {
    return new Map(
      [...this.places].map(([id, { offset, length }]) => [id, this.machine.floats(all + WORD_BYTES * offset, length).slice()]),
    );
  }
}
