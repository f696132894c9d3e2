// Where the tensors of a network lie in the engine's memory for batches of up to `capacity` rows. An operator writes a tensor to one
// place and its readers find it there, unless the tensor is fake-quantized between the two; a reshape's output lies where its input does.

import { assert, at } from "../../../core/assert.ts";
import { elementCount, operatorInputs, operatorOutputs, type TensorId } from "../../../artifacts/graph.ts";
import type { FloatOperator } from "../../../artifacts/network.ts";
import type { Levels } from "./fake-quantization.ts";
import type { Slot, Slots } from "./instructions.ts";
import { WORD_BYTES, type Address, type Machine } from "./machine.ts";
import type { PlanRequest } from "./plan.ts";

/** Positions that convolution.c gathers at a time. */
const PATCHES = 64;

/** A slot whose gradient is placed after all values, so that all gradients lie in one piece. */
interface Place {
  readonly value: Address;
  readonly floats: number;
  gradient: Address;
}

export class TensorPlaces implements Slots {
  /** All gradients, those of the parameters first. */
  readonly gradients: Address;
  /** Floats. */
  readonly gradientCount: number;
  private readonly machine: Machine;
  private readonly written = new Map<TensorId, Place>();
  private readonly reading = new Map<TensorId, Place>();
  /** The widest patches so far share one place. */
  private gathered: { readonly width: number; readonly address: Address } = { width: 0, address: 0 };

  constructor(
    machine: Machine,
    { network, parameters, capacity }: PlanRequest,
    operators: readonly FloatOperator[],
    levels: ReadonlyMap<TensorId, Levels>,
  ) {
    this.machine = machine;
    const floatsOf = (id: TensorId): number => elementCount(at(network.tensors, id).shape);
    const newPlace = (floats: number): Place => ({ value: machine.allocate(floats), floats, gradient: 0 });
    const put = (id: TensorId, place: Place): void => {
      this.written.set(id, place);
      this.reading.set(id, levels.has(id) ? newPlace(place.floats) : place);
    };
    for (const id of parameters.ids) put(id, { value: parameters.values + parameters.offsetOf(id), floats: floatsOf(id), gradient: 0 });
    for (const id of network.inputs) put(id, newPlace(capacity * floatsOf(id)));
    // Tensors that some parameter has a part in: the others need no gradient.
    const learning = new Set(parameters.ids);
    for (const operator of operators) {
      for (const id of operatorOutputs(operator)) {
        put(id, operator.kind === "reshape" ? this.placeOf(this.reading, operator.input) : newPlace(capacity * floatsOf(id)));
        if (operatorInputs(operator).some((input) => learning.has(input))) learning.add(id);
      }
    }
    this.gradients = machine.allocate(parameters.count);
    for (const id of parameters.ids) {
      const written = this.placeOf(this.written, id);
      written.gradient = this.gradients + parameters.offsetOf(id);
      // What goes into quantized weights goes into the weights: nothing was cut off.
      if (levels.get(id)?.kind === "weights") this.placeOf(this.reading, id).gradient = written.gradient;
    }
    for (const place of [...learning].flatMap((id) => [this.placeOf(this.written, id), this.placeOf(this.reading, id)])) {
      if (place.gradient === 0) place.gradient = machine.allocate(place.floats);
    }
    this.gradientCount = (machine.mark() - this.gradients) / WORD_BYTES;
  }

  read(id: TensorId): Slot {
    return this.placeOf(this.reading, id);
  }

  write(id: TensorId): Slot {
    return this.placeOf(this.written, id);
  }

  patches(width: number): Address {
    if (width > this.gathered.width) this.gathered = { width, address: this.machine.allocate(PATCHES * width) };
    return this.gathered.address;
  }

  private placeOf(places: ReadonlyMap<TensorId, Place>, id: TensorId): Place {
    const place = places.get(id);
    assert(place !== undefined, `tensor ${id} has no place`);
    return place;
  }
}
