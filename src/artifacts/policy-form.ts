// How a policy is used: what goes into its network at each tick, and how what comes out is read. Training builds networks by it, the board's
// robot.c is printed from it, the oracle follows it.

import { at } from "../core/assert.ts";
import { networkInputs, type FloatNetwork } from "./network.ts";
import { fieldWidth, type ActionSpec, type PolicySpec } from "./robot-spec.ts";

/** What one member of a policy says.
 * - plain: a logit for each label, or -1..1 for each channel of the action.
 * - mixture: for demonstrations that disagree. A logit for each bin, then for each bin -1..1 for each channel: the bin with the highest
 *   logit (the first of equals) acts. Its logits are scaled by 1 / MIXTURE_LOGIT_SCALE, so that one quantization serves all outputs. */
export type PolicyHead = { readonly kind: "plain" } | { readonly kind: "mixture"; readonly bins: number };

/** What a logit of a mixture counts for more than the network's output: -1..1 stands for -8..8. */
export const MIXTURE_LOGIT_SCALE = 8;

/** What a policy keeps from tick to tick.
 * - none: it sees the newest observation alone.
 * - window: it sees the newest `ticks` observations, oldest first; before the first stands input 0 (int8 0).
 * - state: the network's further inputs are its further outputs of the tick before, zero at first. */
export type PolicyMemory =
  | { readonly kind: "none" }
  | { readonly kind: "window"; readonly ticks: number }
  | { readonly kind: "state"; readonly elements: readonly number[] };

export interface PolicyForm {
  readonly head: PolicyHead;
  /** Networks in one, whose outputs stand one after another. Their mean is what the policy says (of a mixture: the mean of the logits,
   * then the mean of what the members have in the highest bin); how far they disagree is its doubt. */
  readonly members: number;
  readonly memory: PolicyMemory;
}

/** The form of a policy that robot.ts asks for. */
export function policyForm(spec: PolicySpec): PolicyForm {
  return {
    head: spec.head.kind === "mixture" ? spec.head : { kind: "plain" },
    members: spec.ensemble.members,
    memory: policyMemory(spec),
  };
}

function policyMemory({ architecture, ensemble }: PolicySpec): PolicyMemory {
  switch (architecture.kind) {
    case "mlp":
      return architecture.history > 1 ? { kind: "window", ticks: architecture.history } : { kind: "none" };
    case "temporal":
      return { kind: "window", ticks: architecture.window };
    case "vision":
      return { kind: "none" };
    case "gru":
      return {
        kind: "state",
        elements: Array.from({ length: ensemble.trunk === "none" ? ensemble.members : 1 }, () => architecture.units),
      };
  }
}

/** Numbers that one member says. */
export function memberOutputs({ head }: Pick<PolicyForm, "head">, action: ActionSpec): number {
  const plain = action.kind === "discrete" ? action.labels.length : action.fields.reduce((sum, field) => sum + fieldWidth(field), 0);
  return head.kind === "mixture" ? head.bins * (1 + plain) : plain;
}

/** Elements of the network's first output. */
export function formOutputs(form: PolicyForm, action: ActionSpec): number {
  return form.members * memberOutputs(form, action);
}

/** Observations that the network's first input holds. */
export function formTicks({ memory }: PolicyForm): number {
  return memory.kind === "window" ? memory.ticks : 1;
}

/** Whether a network fits a form: what goes in, what comes out, what it keeps. @param inputs elements of one encoded observation. */
export function fitsForm(network: FloatNetwork, form: PolicyForm, inputs: number, action: ActionSpec): boolean {
  const size = (id: number): number => at(network.tensors, id).shape.reduce((product, each) => product * each, 1);
  const state = form.memory.kind === "state" ? form.memory.elements : [];
  const stateFits = (ids: readonly number[]): boolean => ids.length === state.length && ids.every((id, index) => size(id) === state[index]);
  return (
    networkInputs(network) === inputs * formTicks(form) &&
    size(at(network.outputs, 0)) === formOutputs(form, action) &&
    stateFits(network.inputs.slice(1)) &&
    stateFits(network.outputs.slice(1))
  );
}
