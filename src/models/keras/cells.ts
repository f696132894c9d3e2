// One step of a recurrent layer: what is sensed and the state in, the next state out. Each gate is fully connected layers of its own, so
// that each gets a quantization of its own.

import { at } from "../../core/assert.ts";
import type { TensorId } from "../../artifacts/graph.ts";
import { transposed, type Weight } from "../weights.ts";
import { activate, activationName } from "./activations.ts";
import type { LayerContext } from "./layer.ts";

/** Null: zero, as before the first step. */
export type State = TensorId | null;

/** @returns the next states, of which the first is what the layer says. */
export type Cell = (x: TensorId, states: readonly State[]) => readonly TensorId[];

export interface CellSizes {
  readonly units: number;
  readonly channels: number;
  readonly gates: number;
}

export type CellKind = "simple-rnn" | "gru" | "lstm";

interface CellMaker {
  /** Blocks of `units` columns in the kernels. */
  readonly gates: number;
  readonly states: number;
  readonly make: (context: LayerContext, sizes: CellSizes) => Cell;
}

/** The parameters of each gate, and the activations. */
class Gates {
  private readonly context: LayerContext;
  private readonly inputWeights: readonly TensorId[];
  private readonly recurrentWeights: readonly TensorId[];
  private readonly inputBias: readonly TensorId[] | null;
  private readonly recurrentBias: readonly TensorId[] | null;

  /** @param biasRows 2: one bias for what is sensed, one for the state. */
  constructor(context: LayerContext, { units, channels, gates }: CellSizes, biasRows: 1 | 2) {
    const { builder, config, variables } = context;
    this.context = context;
    const columns = (weight: Weight, gate: number): Float32Array =>
      weight.data.subarray(gate * units * at(weight.shape, 1), (gate + 1) * units * at(weight.shape, 1));
    const matrices = (name: string, position: number, rows: number): TensorId[] => {
      const weight = transposed(variables.require(position, [name], [rows, gates * units]), [1, 0]);
      return Array.from({ length: gates }, (_, gate) => builder.parameter(`${name}${gate}`, [units, rows], columns(weight, gate)));
    };
    this.inputWeights = matrices("kernel", 0, channels);
    this.recurrentWeights = matrices("recurrent_kernel", 1, units);
    const bias = config.get("use_bias").flag(true)
      ? variables.require(2, ["bias"], biasRows === 2 ? [2, gates * units] : [gates * units]).data
      : null;
    const biases = (row: number): TensorId[] | null => {
      if (bias === null) return null;
      const start = row * gates * units;
      return Array.from({ length: gates }, (_, gate) =>
        builder.parameter(`bias${row}${gate}`, [units], bias.subarray(start + gate * units, start + (gate + 1) * units)),
      );
    };
    this.inputBias = biases(0);
    this.recurrentBias = biasRows === 2 ? biases(1) : null;
  }

  /** What a gate makes of what is sensed. */
  sensed(x: TensorId, gate: number): TensorId {
    return this.context.builder.fullyConnected(x, at(this.inputWeights, gate), this.inputBias?.[gate] ?? null);
  }

  /** What it makes of the state; null: nothing. */
  remembered(state: State, gate: number): TensorId | null {
    const bias = this.recurrentBias?.[gate] ?? null;
    if (state === null) return bias;
    return this.context.builder.fullyConnected(state, at(this.recurrentWeights, gate), bias);
  }

  sum(left: TensorId, right: TensorId | null): TensorId {
    return right === null ? left : this.context.builder.arithmetic("add", left, right);
  }

  both(x: TensorId, state: State, gate: number): TensorId {
    return this.sum(this.sensed(x, gate), this.remembered(state, gate));
  }

  bent(input: TensorId): TensorId {
    return activate(this.context.builder, input, activationName(this.context.config.get("activation")), this.context.keras2);
  }

  opened(input: TensorId): TensorId {
    return activate(this.context.builder, input, activationName(this.context.config.get("recurrent_activation")), this.context.keras2);
  }
}

function simpleRnn(context: LayerContext, sizes: CellSizes): Cell {
  const gates = new Gates(context, sizes, 1);
  return (x, [state = null]) => [gates.bent(gates.both(x, state, 0))];
}

/** Gates z, r and the candidate h. */
function gru(context: LayerContext, sizes: CellSizes): Cell {
  const { builder, config } = context;
  const resetAfter = config.get("reset_after").flag(!context.keras2);
  const gates = new Gates(context, sizes, resetAfter ? 2 : 1);
  const candidate = (x: TensorId, state: State, reset: TensorId): TensorId => {
    if (resetAfter) {
      const remembered = gates.remembered(state, 2);
      return gates.bent(gates.sum(gates.sensed(x, 2), remembered === null ? null : builder.arithmetic("mul", reset, remembered)));
    }
    return gates.bent(gates.both(x, state === null ? null : builder.arithmetic("mul", reset, state), 2));
  };
  return (x, [state = null]) => {
    const update = gates.opened(gates.both(x, state, 0));
    const fresh = candidate(x, state, gates.opened(gates.both(x, state, 1)));
    // update * state + (1 - update) * fresh
    if (state === null) return [builder.arithmetic("sub", fresh, builder.arithmetic("mul", update, fresh))];
    return [builder.arithmetic("add", fresh, builder.arithmetic("mul", update, builder.arithmetic("sub", state, fresh)))];
  };
}

/** Gates i, f, c, o; states: what it says, and its cell. */
function lstm(context: LayerContext, sizes: CellSizes): Cell {
  const { builder } = context;
  const gates = new Gates(context, sizes, 1);
  return (x, [hidden = null, cell = null]) => {
    const entered = builder.arithmetic("mul", gates.opened(gates.both(x, hidden, 0)), gates.bent(gates.both(x, hidden, 2)));
    const next =
      cell === null ? entered : builder.arithmetic("add", builder.arithmetic("mul", gates.opened(gates.both(x, hidden, 1)), cell), entered);
    return [builder.arithmetic("mul", gates.opened(gates.both(x, hidden, 3)), gates.bent(next)), next];
  };
}

export const CELLS: Readonly<Record<CellKind, CellMaker>> = {
  "simple-rnn": { gates: 1, states: 1, make: simpleRnn },
  gru: { gates: 3, states: 1, make: gru },
  lstm: { gates: 4, states: 2, make: lstm },
};
