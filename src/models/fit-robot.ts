// A float network of another tool in, the network of a policy of this robot out: its input is what encoding.ts makes of an observation, its
// output -1..1 or logits. What lies between the two scales disappears into the layers around it wherever that is exact.

import { at } from "../core/assert.ts";
import type { Outcome } from "../core/diagnostic.ts";
import { elementCount, type TensorId } from "../artifacts/graph.ts";
import { verifyNetwork, type FloatNetwork } from "../artifacts/network.ts";
import { memberOutputs, type PolicyForm } from "../artifacts/policy-form.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import { matchRobot, type Match, type ModelEnd } from "./match-robot.ts";
import { NetworkEditor } from "./network-editor.ts";
import { outcomeOf } from "./problem.ts";
import { inputMaps, outputMaps, type AffineMap, type Scaling } from "./scaling.ts";
import { simplified } from "./simplify.ts";

/** What the caller says about the model's numbers; null: what is most likely. */
export interface Scalings {
  readonly inputs: Scaling | null;
  readonly outputs: Scaling | null;
}

export interface Fitted<Model> {
  readonly model: Model;
  readonly form: PolicyForm;
  readonly inputs: Scaling;
  /** Null for labels: the highest counts, on any scale. */
  readonly outputs: Scaling | null;
}

/** People train on what their robot says, in its units: so without a word, inputs are physical. Outputs are what the last activation
 * gives: -1..1 after tanh, 0..1 after a sigmoid, else physical.
 * @param file name of the model, for messages. */
export function fitNetwork(network: FloatNetwork, spec: RobotSpec, scalings: Scalings, file: string): Outcome<Fitted<FloatNetwork>> {
  return outcomeOf(file, () => {
    const editor = new NetworkEditor(network);
    const ends = (ids: readonly TensorId[]): ModelEnd[] => ids.map((id) => at(network.tensors, id));
    const match = matchRobot(spec, ends(network.inputs), ends(network.outputs));
    editor.inputs = match.inputs.map((index) => at(network.inputs, index));
    editor.outputs = match.outputs.map((index) => at(network.outputs, index));
    const inputs = scalings.inputs ?? "physical";
    fitInput(editor, match, repeated(inputMaps(spec, inputs), elementCount(match.inputShape)));
    const outputs = spec.action.kind === "discrete" ? null : (scalings.outputs ?? likelyOutputs(editor));
    if (outputs === null) fitLabels(editor, match.binary);
    else fitNumbers(editor, outputMaps(spec.action, outputs));
    finishOutput(editor, memberOutputs(match.form, spec.action));
    flattenStates(editor);
    const fitted = named(simplified(editor.finish()));
    verifyNetwork(fitted);
    return { model: fitted, form: match.form, inputs, outputs };
  });
}

function repeated(maps: readonly AffineMap[], count: number): readonly AffineMap[] {
  return Array.from({ length: count }, (_, index) => at(maps, index % maps.length));
}

/** A policy's input, on the model's scale and in its shape, where its own input was. */
function fitInput(editor: NetworkEditor, { inputShape }: Match, maps: readonly AffineMap[]): void {
  const given = at(editor.inputs, 0);
  const input = editor.activation("observation", inputShape);
  const { operators, output } = scaledBy(editor, input, maps, "observation");
  editor.operators.unshift(...operators, { kind: "reshape", input: output, output: given });
  editor.inputs[0] = input;
}

/** Multiplied and added to, with a number for each element, or one for all. */
function scaledBy(
  editor: NetworkEditor,
  input: TensorId,
  maps: readonly AffineMap[],
  name: string,
): { operators: NetworkEditor["operators"]; output: TensorId } {
  const shape = editor.shape(input);
  const operators: NetworkEditor["operators"] = [];
  let output = input;
  const apply = (kind: "mul" | "add", values: readonly number[], neutral: number): void => {
    if (values.every((value) => value === neutral)) return;
    const same = values.every((value) => value === values[0]);
    const last = at(shape, shape.length - 1);
    const right = editor.parameter(`${name}/${kind}`, [same ? 1 : last], values.slice(0, same ? 1 : last));
    const result = editor.activation(`${name}/${kind}/result`, shape);
    operators.push({ kind, left: output, right, output: result, activation: "none" });
    output = result;
  };
  apply(
    "mul",
    maps.map(({ scale }) => scale),
    1,
  );
  apply(
    "add",
    maps.map(({ offset }) => offset),
    0,
  );
  return { operators, output };
}

/** The operator behind reshapes that computes the output. */
function lastOperator(editor: NetworkEditor): ReturnType<NetworkEditor["producer"]> {
  let operator = editor.producer(at(editor.outputs, 0));
  while (operator?.kind === "reshape") operator = editor.producer(operator.input);
  return operator;
}

function likelyOutputs(editor: NetworkEditor): Scaling {
  const kind = lastOperator(editor)?.kind;
  if (kind === "tanh") return "centred";
  return kind === "logistic" || kind === "softmax" ? "unit" : "physical";
}

/** Logits: softmax and sigmoid change nothing about which label is the highest. */
function fitLabels(editor: NetworkEditor, binary: boolean): void {
  const last = lastOperator(editor);
  const isMonotone = last?.kind === "softmax" || last?.kind === "logistic";
  if (isMonotone) editor.outputs[0] = last.input;
  if (!binary) return;
  // Above one half, or a logit above zero, is the second label: its opposite speaks for the first.
  const flat = reshaped(editor, at(editor.outputs, 0), [1, 1]);
  const both = editor.activation("logits", [1, 2]);
  const weights = editor.parameter("logits/weights", [2, 1], [-1, 1]);
  const bias = editor.parameter("logits/bias", [2], isMonotone ? [0, 0] : [1, 0]);
  editor.operators.push({ kind: "fully-connected", input: flat, weights, bias, output: both, activation: "none" });
  editor.outputs[0] = both;
}

function fitNumbers(editor: NetworkEditor, maps: readonly AffineMap[]): void {
  const flat = reshaped(editor, at(editor.outputs, 0), [1, maps.length]);
  const { operators, output } = scaledBy(editor, flat, maps, "action");
  editor.operators.push(...operators);
  editor.outputs[0] = output;
}

function finishOutput(editor: NetworkEditor, width: number): void {
  const output = at(editor.outputs, 0);
  editor.outputs[0] = reshaped(editor, output, [1, width]);
}

/** State is a row, as the policy's input is. */
function flattenStates(editor: NetworkEditor): void {
  editor.inputs.slice(1).forEach((given, index) => {
    const input = editor.activation(`state${index + 1}`, [1, elementCount(editor.shape(given))]);
    editor.operators.unshift({ kind: "reshape", input, output: given });
    editor.inputs[index + 1] = input;
  });
  editor.outputs.slice(1).forEach((id, index) => {
    editor.outputs[index + 1] = reshaped(editor, id, [1, elementCount(editor.shape(id))]);
  });
}

function reshaped(editor: NetworkEditor, input: TensorId, shape: readonly number[]): TensorId {
  const output = editor.activation(`${at(editor.tensors, input).name}/row`, shape);
  editor.operators.push({ kind: "reshape", input, output });
  return output;
}

/** Its ends have the names that our own have, and every tensor one of its own. */
function named(network: FloatNetwork): FloatNetwork {
  const taken = new Set(["observation", "action"]);
  const tensors = network.tensors.map((tensor, id) => {
    if (id === network.inputs[0]) return { ...tensor, name: "observation" };
    if (id === network.outputs[0]) return { ...tensor, name: "action" };
    let { name } = tensor;
    for (let number = 2; taken.has(name); number++) name = `${tensor.name}_${number}`;
    taken.add(name);
    return { ...tensor, name };
  });
  return { ...network, tensors };
}
