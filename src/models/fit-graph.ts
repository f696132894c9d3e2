// An int8 graph of another tool in, the graph of a policy of this robot out: its input in the steps of encoding.ts, its output in those of a
// robot's actions. Bytes stay bytes: a RESHAPE gives them another meaning, and a QUANTIZE rescales where steps differ.

import { at } from "../core/assert.ts";
import { warningDiagnostic, type Diagnostic, type Outcome } from "../core/diagnostic.ts";
import { ACTION_OUTPUT, INPUT_QUANTIZATION, policyInputWidth } from "../artifacts/encoding.ts";
import { elementCount, type Graph, type TensorId } from "../artifacts/graph.ts";
import { memberOutputs } from "../artifacts/policy-form.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import type { Fitted, Scalings } from "./fit-robot.ts";
import { GraphEditor, sameSteps, type Steps } from "./graph-editor.ts";
import { matchRobot, type ModelEnd } from "./match-robot.ts";
import { modelProblem, outcomeOf } from "./problem.ts";
import { inputMaps, outputMaps, SCALINGS, type AffineMap, type Scaling } from "./scaling.ts";

const FLOAT_INSTEAD = "import the float model instead: it is quantized for this robot";

/** State is within -1..1 (quantize/plan-quantization.ts). */
const STATE_STEPS: Steps = { scale: 1 / 128, zeroPoint: 0 };

/** @param file name of the model, for messages. */
export function fitGraph(
  graph: Graph,
  spec: RobotSpec,
  scalings: Scalings,
  file: string,
): Outcome<Fitted<Graph> & { readonly warnings: readonly Diagnostic[] }> {
  return outcomeOf(file, () => {
    const editor = new GraphEditor(graph);
    editor.dropFloatEnds();
    const ends = (ids: readonly TensorId[]): ModelEnd[] => ids.map((id) => editor.tensor(id));
    const match = matchRobot(spec, ends(editor.inputs), ends(editor.outputs));
    if (match.form.memory.kind === "window" && graph.tensors.some(({ kind }) => kind === "variable")) {
      throw modelProblem(
        "model-memory",
        "the model takes a window of observations and keeps state as well",
        "export the model for one tick at a time, or import the float model",
      );
    }
    editor.inputs = match.inputs.map((index) => at(editor.inputs, index));
    editor.outputs = match.outputs.map((index) => at(editor.outputs, index));
    const inputs = fitInput(editor, spec, scalings.inputs, match.inputShape);
    const outputs = spec.action.kind === "discrete" ? null : (scalings.outputs ?? likelyOutputs(editor));
    if (outputs === null) fitLabels(editor, match.binary);
    else fitNumbers(editor, outputMaps(spec.action, outputs));
    const width = memberOutputs(match.form, spec.action);
    editor.outputs[0] = editor.copied(at(editor.outputs, 0), [1, width], editor.stepsOf(at(editor.outputs, 0)), "action");
    fitStates(editor);
    return { model: editor.finish(), form: match.form, inputs, outputs, warnings: editor.warnings };
  });
}

/** The policy's input, rescaled, in place of the model's own. @returns what the model's numbers mean. */
function fitInput(editor: GraphEditor, spec: RobotSpec, asked: Scaling | null, inputShape: readonly number[]): Scaling {
  const given = at(editor.inputs, 0);
  const steps = editor.stepsOf(given);
  const scaling = asked ?? likelyInputs(spec, steps);
  // A policy of our own says -1..1 in these very steps.
  const isOwn = scaling === "centred" && sameSteps(steps, INPUT_QUANTIZATION);
  const maps = isOwn ? inputMaps(spec, scaling).map(() => ({ scale: 1, offset: 0 })) : inputMaps(spec, scaling);
  const { name, shape } = editor.tensor(given);
  if (isOwn && shape.join() === inputShape.join()) return scaling;
  const input = editor.activation("observation", inputShape, INPUT_QUANTIZATION);
  editor.inputs[0] = input;
  editor.computeFirst(given, () => {
    const runs = equalRuns(maps);
    if (runs.length === 1)
      return editor.rescaled(
        editor.copied(input, shape, stepsThrough(editor, at(maps, 0), "input"), `${name}/meant`),
        steps,
        `${name}/scaled`,
      );
    if (runs.length > MOST_JOINED) {
      throw modelProblem(
        "model-scaling",
        `the robot's inputs have ${runs.length} different ranges one after another, and int8 has one scale for all`,
        FLOAT_INSTEAD,
      );
    }
    const width = policyInputWidth(spec);
    const rows = editor.copied(input, [1, 1, elementCount(inputShape) / width, width], INPUT_QUANTIZATION, `${name}/rows`);
    const parts = runs.map(({ begin, count, map }, index) => {
      const part = editor.channels(rows, begin, count, `${name}/part${index}`);
      const meant = editor.copied(part, editor.tensor(part).shape, stepsThrough(editor, map, "input"), `${name}/meant${index}`);
      return editor.rescaled(meant, steps, `${name}/scaled${index}`);
    });
    return editor.copied(editor.concatenated(parts, `${name}/joined`), shape, steps, `${name}/shaped`);
  });
  return scaling;
}

/** kMaxInputNum in tensorflow/lite/micro/kernels/concatenation.cc. */
const MOST_JOINED = 10;

interface Run {
  readonly begin: number;
  readonly count: number;
  readonly map: AffineMap;
}

/** Neighbouring channels that are mapped alike. */
function equalRuns(maps: readonly AffineMap[]): readonly Run[] {
  const runs: Run[] = [];
  maps.forEach((map, channel) => {
    const last = runs.at(-1);
    if (last?.map.scale === map.scale && last.map.offset === map.offset) runs[runs.length - 1] = { ...last, count: last.count + 1 };
    else runs.push({ begin: channel, count: 1, map });
  });
  return runs;
}

/** What a step may be off before it is worth a word. */
const NEGLIGIBLE = 0.02;

/** What the policy's bytes mean to the model: its input, mapped. A zero point is a whole number, so that up to half a step is lost. */
function stepsThrough(editor: GraphEditor, map: AffineMap, what: string, from: Steps = INPUT_QUANTIZATION): Steps {
  const scale = Math.fround(map.scale * from.scale);
  const exact = from.zeroPoint - map.offset / scale;
  const zeroPoint = Math.round(exact);
  if (zeroPoint < -128 || zeroPoint > 127) {
    const message = `the model's ${what} begins at ${Math.abs(exact).toFixed(0)} steps from zero, and int8 reaches 128`;
    throw modelProblem("model-scaling", message, FLOAT_INSTEAD);
  }
  const lost = Math.abs(exact - zeroPoint);
  if (lost > NEGLIGIBLE) {
    const message = `zero of the model's ${what} falls between two steps of int8: every value is off by ${lost.toFixed(2)} of a step`;
    editor.warnings.push(
      warningDiagnostic("model-scaling", message, "import the float model instead, where it can be had: there nothing is lost"),
    );
  }
  return { scale, zeroPoint };
}

/** The scaling whose range is most like the one that the model's input was calibrated for; of equals, the first of SCALINGS. */
function likelyInputs(spec: RobotSpec, steps: Steps): Scaling {
  if (sameSteps(steps, INPUT_QUANTIZATION)) return "centred";
  const calibrated = { minimum: steps.scale * (-128 - steps.zeroPoint), maximum: steps.scale * (127 - steps.zeroPoint) };
  const alike = (scaling: Scaling): number => {
    const ends = inputMaps(spec, scaling).flatMap(({ scale, offset }) => [offset - scale, offset + scale]);
    const [minimum, maximum] = [Math.min(0, ...ends), Math.max(0, ...ends)];
    const overlap = Math.min(maximum, calibrated.maximum) - Math.max(minimum, calibrated.minimum);
    return overlap / (Math.max(maximum, calibrated.maximum) - Math.min(minimum, calibrated.minimum));
  };
  return SCALINGS.reduce((best, scaling) => (alike(scaling) > alike(best) + 0.05 ? scaling : best));
}

function likelyOutputs(editor: GraphEditor): Scaling {
  const output = at(editor.outputs, 0);
  if (sameSteps(editor.stepsOf(output), ACTION_OUTPUT)) return "centred";
  const kind = lastKind(editor);
  if (kind === "tanh") return "centred";
  return kind === "logistic" || kind === "softmax" ? "unit" : "physical";
}

function lastKind(editor: GraphEditor): string | undefined {
  let operator = editor.producer(at(editor.outputs, 0));
  while (operator?.kind === "reshape") operator = editor.producer(operator.input);
  return operator?.kind;
}

/** Logits: softmax and sigmoid change nothing about which label is the highest. */
function fitLabels(editor: GraphEditor, binary: boolean): void {
  const last = editor.producer(at(editor.outputs, 0));
  const isMonotone = last?.kind === "softmax" || last?.kind === "logistic";
  if (isMonotone) editor.outputs[0] = last.input;
  if (!binary) return;
  if (!isMonotone)
    throw modelProblem("model-width", "the model gives one number for two labels", "end it with a sigmoid, or with two outputs");
  const { scale, zeroPoint } = editor.stepsOf(at(editor.outputs, 0));
  const flat = editor.copied(at(editor.outputs, 0), [1, 1], { scale, zeroPoint }, "logit");
  const weights = editor.constant("logits/weights", [2, 1], Int8Array.of(-127, 127), Math.fround(1 / 127));
  const output = editor.activation("logits", [1, 2], { scale: (scale * Math.max(127 - zeroPoint, 128 + zeroPoint)) / 127, zeroPoint: 0 });
  editor.operators.push({ kind: "fully-connected", input: flat, weights, bias: null, output, activation: "none" });
  editor.outputs[0] = output;
}

/** In the steps of a robot's actions. */
function fitNumbers(editor: GraphEditor, maps: readonly AffineMap[]): void {
  const output = at(editor.outputs, 0);
  const own = editor.stepsOf(output);
  const flat = editor.copied(output, [1, maps.length], own, "action/row");
  const runs = equalRuns(maps);
  if (runs.length > MOST_JOINED) {
    throw modelProblem(
      "model-scaling",
      `the robot's actions have ${runs.length} different ranges one after another, and int8 has one scale for all`,
      FLOAT_INSTEAD,
    );
  }
  const parts = runs.map(({ begin, count, map }, index) => {
    const part = editor.channels(flat, begin, count, `action/part${index}`);
    const meant = editor.copied(part, [1, count], stepsThrough(editor, map, "output", own), `action/meant${index}`);
    return editor.rescaled(meant, ACTION_OUTPUT, `action/scaled${index}`);
  });
  editor.outputs[0] = editor.concatenated(parts, "action/joined");
}

/** State goes out in the steps in which it comes in, 0 being the zero that it begins with. */
function fitStates(editor: GraphEditor): void {
  editor.inputs.slice(1).forEach((given, index) => {
    const next = at(editor.outputs, index + 1);
    const steps = editor.stepsOf(given);
    const reach = Math.max(
      ...[steps, editor.stepsOf(next)].map(({ scale, zeroPoint }) => scale * Math.max(128 + zeroPoint, 127 - zeroPoint)),
    );
    if (reach > LARGEST_STATE) {
      throw modelProblem(
        "model-state",
        `the model's state ${index + 1} reaches ${reach.toFixed(2)}, and state is kept within -1..1`,
        FLOAT_INSTEAD,
      );
    }
    const elements = elementCount(editor.tensor(given).shape);
    const input = editor.activation(`state${index + 1}`, [1, elements], STATE_STEPS);
    editor.inputs[index + 1] = input;
    editor.computeFirst(given, () =>
      editor.rescaled(
        editor.copied(input, editor.tensor(given).shape, STATE_STEPS, `state${index + 1}/given`),
        steps,
        `state${index + 1}/scaled`,
      ),
    );
    const row = editor.copied(next, [1, elements], editor.stepsOf(next), `state${index + 1}/next`);
    editor.outputs[index + 1] = editor.rescaled(row, STATE_STEPS, `state${index + 1}/rescaled`);
  });
}

/** What calibration of a tanh may add to 1. */
const LARGEST_STATE = 1.05;
