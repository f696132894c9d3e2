// A gated recurrent unit of ordinary operators, its state an input and an output: z and r from observation x and state h,
//   z = logistic(Wz x + Uz h + bz),  r = logistic(Wr x + Ur h + br),  n = tanh(Wn x + bn + r * (Un h + cn)),  next h = n + z * (h - n).
// Cho et al. 2014, with the reset gate behind the product as cuDNN has it: then no product waits for another.

import type { Architecture } from "../../artifacts/robot-spec.ts";
import type { Trunk } from "./trunk.ts";

/** Where the update gate's bias begins: the state is rather kept than replaced (Jozefowicz et al. 2015, for an LSTM's forget gate). */
const KEEP_BIAS = 1;

/** @param inputs elements of one encoded observation. */
export function gruTrunk({ units }: Extract<Architecture, { kind: "gru" }>, inputs: number): Trunk {
  return {
    inputShape: [1, inputs],
    features(builder, input, prefix) {
      const name = (part: string): string => `${prefix}gru/${part}`;
      const state = builder.activation(`${prefix}state`, [1, units]);
      const keep = Float32Array.from({ length: 2 * units }, (_, gate) => (gate < units ? KEEP_BIAS : 0));
      const gateSums = builder.arithmetic(
        "add",
        name("gate_sums"),
        builder.fullyConnected(name("gates_of_input"), input, 2 * units, "linear", keep),
        builder.fullyConnected(name("gates_of_state"), state, 2 * units, "linear"),
      );
      const [update, reset] = [builder.activation(name("update"), [1, units]), builder.activation(name("reset"), [1, units])];
      builder.add({ kind: "split", input: builder.elementwise("logistic", name("gates"), gateSums), outputs: [update, reset], axis: 1 });
      const fromInput = builder.fullyConnected(name("candidate_of_input"), input, units, "linear");
      const fromState = builder.fullyConnected(name("candidate_of_state"), state, units, "linear");
      const candidateSum = builder.arithmetic(
        "add",
        name("candidate_sum"),
        fromInput,
        builder.arithmetic("mul", name("reset_state"), reset, fromState),
      );
      const candidate = builder.elementwise("tanh", name("candidate"), candidateSum);
      const change = builder.arithmetic("mul", name("kept"), update, builder.arithmetic("sub", name("difference"), state, candidate));
      const next = builder.arithmetic("add", `${prefix}next_state`, candidate, change);
      return { output: next, states: [{ input: state, next }] };
    },
  };
}
