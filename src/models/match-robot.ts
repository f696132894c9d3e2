// Which inputs and outputs of a model are the robot's: what is sensed, now or over the newest ticks, what is done, and what the model keeps
// from tick to tick. What does not fit is said in the names of both sides.

import { at } from "../core/assert.ts";
import { encodedWidth, policyInputWidth } from "../artifacts/encoding.ts";
import { elementCount } from "../artifacts/graph.ts";
import { memberOutputs, policyForm, type PolicyForm, type PolicyMemory } from "../artifacts/policy-form.ts";
import { fieldWidth, type RobotSpec } from "../artifacts/robot-spec.ts";
import { modelProblem, quoted, shapeText } from "./problem.ts";

/** An input or an output of a model. */
export interface ModelEnd {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface Match {
  /** Of the model's inputs: what is sensed, then the state. */
  readonly inputs: readonly number[];
  /** Of its outputs: what is done, then the next state. */
  readonly outputs: readonly number[];
  readonly form: PolicyForm;
  /** Shape of a policy's input for it: [1, n], [1, ticks * n] or [1, 1, ticks, n]. */
  readonly inputShape: readonly number[];
  /** One number, above one half for the second label. */
  readonly binary: boolean;
}

/** @throws DiagnosticError */
export function matchRobot(spec: RobotSpec, inputs: readonly ModelEnd[], outputs: readonly ModelEnd[]): Match {
  const width = memberOutputs({ head: { kind: "plain" } }, spec.action);
  const binary = width === 2 && spec.action.kind === "discrete" && outputs.length === 1 && elementCount(at(outputs, 0).shape) === 1;
  const output = outputs.findIndex(({ shape }) => elementCount(shape) === (binary ? 1 : width));
  const sensed = inputs.findIndex(({ shape }) => memoryOf(spec, shape) !== null);
  if (output === -1) throw outputProblem(spec, outputs, width);
  if (sensed === -1) throw inputProblem(spec, inputs);
  const others = (count: number, first: number): number[] => [
    first,
    ...Array.from({ length: count }, (_, index) => index).filter((index) => index !== first),
  ];
  const [inputOrder, outputOrder] = [others(inputs.length, sensed), others(outputs.length, output)];
  const state = statesOf(
    inputOrder.slice(1).map((index) => at(inputs, index)),
    outputOrder.slice(1).map((index) => at(outputs, index)),
  );
  const { shape } = at(inputs, sensed);
  const window = memoryOf(spec, shape) as PolicyMemory;
  if (window.kind === "window" && state.length > 0) {
    throw modelProblem(
      "model-memory",
      "the model has both a window of observations and state",
      "export a model that takes one observation and its state",
    );
  }
  const memory: PolicyMemory = state.length > 0 ? { kind: "state", elements: state } : window;
  return {
    inputs: inputOrder,
    outputs: outputOrder,
    form: { head: { kind: "plain" }, members: 1, memory },
    inputShape: inputShape(spec, shape, memory),
    binary,
  };
}

/** How many observations an input of this shape holds; null: it fits none. A flat one is a window only if robot.ts says so: it might as
 * well be a model of another robot. */
function memoryOf(spec: RobotSpec, shape: readonly number[]): PolicyMemory | null {
  const width = policyInputWidth(spec);
  const elements = elementCount(shape);
  if (elements === width) return { kind: "none" };
  const ticks = elements / width;
  const { memory } = policyForm(spec.policy);
  const isRows = shape.length > 2 && shape.at(-1) === width && shape.filter((size) => size !== 1).length <= 2;
  const isAsked = shape.length === 2 && memory.kind === "window" && memory.ticks === ticks;
  return Number.isInteger(ticks) && (isRows || isAsked) ? { kind: "window", ticks } : null;
}

function inputShape(spec: RobotSpec, shape: readonly number[], memory: PolicyMemory): readonly number[] {
  const width = policyInputWidth(spec);
  if (memory.kind !== "window") return [1, width];
  return shape.length === 2 ? [1, memory.ticks * width] : [1, 1, memory.ticks, width];
}

/** Elements of each state: what goes in comes out. */
function statesOf(inputs: readonly ModelEnd[], outputs: readonly ModelEnd[]): readonly number[] {
  const sizes = (ends: readonly ModelEnd[]): number[] => ends.map(({ shape }) => elementCount(shape));
  if (sizes(inputs).join() === sizes(outputs).join()) return sizes(inputs);
  throw modelProblem(
    "model-state",
    `besides what is sensed the model takes ${listed(inputs)}, and besides what is done it gives ${listed(outputs)}`,
    "export a model with one input and one output, or with a further output for each further input: its state's next value, of the same size and in the same order",
  );
}

function inputProblem(spec: RobotSpec, inputs: readonly ModelEnd[]): Error {
  const width = policyInputWidth(spec);
  const fields = spec.observation.map((field) => `${field.path.join(".")} ${encodedWidth(field)}`).join(", ");
  const [first] = inputs;
  const size = first === undefined ? 0 : elementCount(first.shape);
  const flat = inputs.length === 1 && first?.shape.length === 2 && Number.isInteger(size / width);
  const hint = flat
    ? `if it takes the newest ${size / width} observations one after another, say so in robot.ts: history: ${size / width}`
    : `give the model an input of ${width} numbers, or of ticks x ${width}, in this order; or describe in robot.ts what it was trained on`;
  return modelProblem("model-width", `the model takes ${listed(inputs)}, and the robot senses ${width} numbers (${fields})`, hint);
}

function outputProblem({ action }: RobotSpec, outputs: readonly ModelEnd[], width: number): Error {
  const names =
    action.kind === "discrete"
      ? `labels (${action.labels.join(", ")})`
      : `numbers (${action.fields.map((field) => `${field.path.join(".")} ${fieldWidth(field)}`).join(", ")})`;
  return modelProblem(
    "model-width",
    `the model gives ${listed(outputs)}, and the robot's action has ${width} ${names}`,
    `give the model an output of ${width} numbers in this order, or describe in robot.ts what it was trained on`,
  );
}

function listed(ends: readonly ModelEnd[]): string {
  if (ends.length === 0) return "nothing";
  return ends.map(({ name, shape }) => `${quoted(name)} ${shapeText(shape)}`).join(", ");
}
