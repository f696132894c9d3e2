// SimpleRNN, GRU and LSTM, unrolled over the steps of their input: each step is fully connected layers and gates, whose weights all steps
// share. What they compute: keras/src/layers/rnn/{simple_rnn,gru,lstm}.py.

import { at } from "../../core/assert.ts";
import type { TensorId } from "../../artifacts/graph.ts";
import type { NetworkBuilder } from "../network-builder.ts";
import { modelProblem, shapeText } from "../problem.ts";
import { CELLS, type Cell, type CellKind, type State } from "./cells.ts";
import { requireSetting, type BuildLayer, type LayerContext } from "./layer.ts";

/** Every step is computed by itself: more of them don't fit a microcontroller. */
const MOST_STEPS = 256;

const EXPLICIT_STATE =
  "give the model its state as a further input and output (initial_state and return_state), so that it is kept from tick to tick";

/** Gives the last step's output, or those of all steps; and, where the settings say so, the state. The state begins as the further
 * inputs, or as zero. */
export function recurrent(kind: CellKind): BuildLayer {
  return (context, [sequence, ...initial]) => {
    const { builder, config } = context;
    requireSetting(config, "stateful", [false], EXPLICIT_STATE);
    requireSetting(config, "time_major", [false], "put the batch first");
    const shape = sequence === undefined ? [] : builder.shape(sequence);
    if (sequence === undefined || shape.length !== 3)
      throw modelProblem("model-shape", `it is given ${shapeText(shape)}`, "give it steps x channels");
    const [, steps = 0, channels = 0] = shape;
    if (steps > MOST_STEPS) throw modelProblem("model-size", `it runs over ${steps} steps`, EXPLICIT_STATE);
    const { states, gates, make } = CELLS[kind];
    if (initial.length !== 0 && initial.length !== states) {
      throw modelProblem("model-call", `it is given ${initial.length} states`, `give it ${states}, or none`);
    }
    const units = config.get("units").whole();
    const cell = make(context, { units, channels, gates });
    const outputs = unrolled(context, cell, builder.reshape(sequence, [1, steps * channels]), { steps, channels }, [
      ...initial,
      ...Array.from({ length: states - initial.length }, () => null),
    ]);
    const last = at(outputs, outputs.length - 1);
    const rows = config.get("return_sequences").flag(false)
      ? stacked(
          builder,
          outputs.map((states) => at(states, 0)),
          units,
        )
      : at(last, 0);
    return config.get("return_state").flag(false) ? [rows, ...last] : [rows];
  };
}

/** The states after each step; the first of them is what the layer says. */
function unrolled(
  { builder, config }: LayerContext,
  cell: Cell,
  sequence: TensorId,
  { steps, channels }: { readonly steps: number; readonly channels: number },
  initial: readonly State[],
): readonly (readonly TensorId[])[] {
  const backwards = config.get("go_backwards").flag(false);
  const after: (readonly TensorId[])[] = [];
  for (let step = 0; step < steps; step++) {
    const index = backwards ? steps - 1 - step : step;
    const x = builder.slice(sequence, [0, index * channels], [1, channels]);
    after.push(cell(x, after.at(-1) ?? initial));
  }
  return after;
}

/** Tensors joined at a time: kMaxInputNum in tensorflow/lite/micro/kernels/concatenation.cc. */
const MOST_JOINED = 10;

function stacked(builder: NetworkBuilder, rows: readonly TensorId[], units: number): TensorId {
  let parts = rows.map((id) => builder.reshape(id, [1, 1, units]));
  while (parts.length > 1) {
    const groups = Array.from({ length: Math.ceil(parts.length / MOST_JOINED) }, (_, index) =>
      parts.slice(index * MOST_JOINED, (index + 1) * MOST_JOINED),
    );
    parts = groups.map((group) => builder.concatenation(group, 1));
  }
  return at(parts, 0);
}
