// UNIDIRECTIONAL_SEQUENCE_LSTM: 24 inputs, of which the plain variant leaves out ten; int8 with an int16 cell state.

import { at } from "../../core/assert.ts";
import { failure, success, type Diagnostic } from "../../core/diagnostic.ts";
import { quantizeMultiplier, splitFloat } from "../../core/fixed-point.ts";
import type { Gates, Graph, Lstm, TensorId } from "../../artifacts/graph.ts";
import {
  checkMultiplier,
  checkOutputShape,
  optionsProblem,
  quantizationProblem,
  sameShape,
  scaleOf,
  shapeOf,
  shapeProblem,
} from "../checks.ts";
import { encodeOptions, optionsType, shapeText, type InputRole, type OperatorCodec } from "../operator-codec.ts";
import { bool, float32, int8 } from "../table.ts";
import { checkBias } from "../weighted-checks.ts";

const optionsTable = optionsType(71, "UnidirectionalSequenceLSTMOptions", {
  fusedActivation: int8(0),
  cellClip: float32(1),
  timeMajor: bool(3),
  diagonalRecurrence: bool(5),
});

/** ActivationFunctionType.TANH: what the cell gate ends with. */
const TANH = 4;

/** The real value of one step of a gate's sum: Q3.12 (PrepareGateParametersInteger in lstm_eval_common.cc). */
const GATE_SCALE = 2 ** -12;

/** Exponents of the cell state's scale within which products and the cell's tanh stay inside int32 (lstm_eval.cc, Tanh). */
const [LEAST_CELL_EXPONENT, LARGEST_CELL_EXPONENT] = [-29, 2];

const GATES = ["input", "forget", "cell", "output"] as const;

function roles(count: number, name: (gate: string) => string, kind: InputRole["kind"]): InputRole[] {
  return GATES.slice(0, count).map((gate) => ({ name: name(gate), kind }));
}

const [FIRST_WEIGHTS, FIRST_RECURRENT_WEIGHTS, FIRST_BIAS, HIDDEN_STATE, CELL_STATE, INPUTS] = [1, 5, 12, 18, 19, 24];

export const lstm: OperatorCodec<Lstm> = {
  name: "UNIDIRECTIONAL_SEQUENCE_LSTM",
  version: 1,
  inputs: [
    { name: "input", kind: "activation" },
    ...roles(4, (gate) => `${gate} weights`, "int8-constant"),
    ...roles(4, (gate) => `recurrent ${gate} weights`, "int8-constant"),
    ...roles(3, () => "peephole weights", "absent"),
    ...roles(4, (gate) => `${gate} bias`, "int32-constant"),
    ...roles(2, () => "projection", "absent"),
    { name: "hidden state", kind: "variable" },
    { name: "cell state", kind: "variable", types: ["int16"] },
    ...roles(4, () => "layer normalization", "absent"),
  ],

  read(source) {
    const options = source.options(optionsTable);
    if (options.fusedActivation !== TANH || options.diagonalRecurrence) {
      const hint = "use tanh, and weights from every unit to every unit";
      return failure(optionsProblem("its activation is not TANH, or its recurrent weights are diagonal", hint));
    }
    const gates = (first: number): Gates<TensorId> => gatesOf((gate) => source.input(first + gate));
    return success({
      kind: "lstm",
      input: source.input(0),
      inputWeights: gates(FIRST_WEIGHTS),
      recurrentWeights: gates(FIRST_RECURRENT_WEIGHTS),
      bias: gates(FIRST_BIAS),
      hiddenState: source.input(HIDDEN_STATE),
      cellState: source.input(CELL_STATE),
      output: source.output(),
      timeMajor: options.timeMajor,
      cellClip: options.cellClip,
    });
  },

  operands({ input, inputWeights, recurrentWeights, bias, hiddenState, cellState }) {
    const inputs = new Array<TensorId | null>(INPUTS).fill(null);
    inputs[0] = input;
    GATES.forEach((gate, index) => {
      inputs[FIRST_WEIGHTS + index] = inputWeights[gate];
      inputs[FIRST_RECURRENT_WEIGHTS + index] = recurrentWeights[gate];
      inputs[FIRST_BIAS + index] = bias[gate];
    });
    inputs[HIDDEN_STATE] = hiddenState;
    inputs[CELL_STATE] = cellState;
    return inputs;
  },

  writeOptions: ({ cellClip, timeMajor }, _graph, builder) =>
    encodeOptions(builder, optionsTable, { fusedActivation: TANH, cellClip, timeMajor }),

  check(operator, graph) {
    const { cellClip } = operator;
    const problems = [...checkShapes(operator, graph), ...checkScales(operator, graph)];
    if (!(Number.isFinite(cellClip) && cellClip >= 0 && Math.fround(cellClip) === cellClip)) {
      problems.push(optionsProblem(`its cell clip is ${cellClip}`, "choose a positive float32 number, or 0 for none"));
    }
    return problems;
  },
};

function gatesOf<Value>(value: (gate: number) => Value): Gates<Value> {
  return { input: value(0), forget: value(1), cell: value(2), output: value(3) };
}

/** ValidateTensorSize in tensorflow/lite/micro/kernels/lstm_eval_common.cc. */
function checkShapes(operator: Lstm, graph: Graph): Diagnostic[] {
  const { input, inputWeights, recurrentWeights, bias, hiddenState, cellState, output, timeMajor } = operator;
  const from = shapeOf(graph, input);
  const [first = 0, second = 0, features = 0] = from;
  const [, units = 0] = shapeOf(graph, hiddenState);
  const problems = from.length === 3 ? [] : [shapeProblem(`its input is ${shapeText(from)}`, "give it batches, steps and features")];
  const expect = (id: TensorId, expected: readonly number[], name: string): void => {
    const shape = shapeOf(graph, id);
    if (!sameShape(shape, expected)) problems.push(shapeProblem(`its ${name} is ${shapeText(shape)} instead of ${shapeText(expected)}`));
  };
  const batches = timeMajor ? second : first;
  expect(hiddenState, [batches, units], "hidden state");
  expect(cellState, [batches, units], "cell state");
  for (const gate of GATES) {
    expect(inputWeights[gate], [units, features], `${gate} weights`);
    expect(recurrentWeights[gate], [units, units], `recurrent ${gate} weights`);
    problems.push(...(bias[gate] === null ? [shapeProblem(`it lacks its ${gate} bias`)] : checkBias(bias[gate], units, graph)));
  }
  return problems.length > 0 ? problems : checkOutputShape(output, [first, second, units], graph);
}

/** PrepareGateParametersInteger and CreateLstmCellStateInfo, there as well. */
function checkScales({ input, inputWeights, recurrentWeights, hiddenState, cellState }: Lstm, graph: Graph): Diagnostic[] {
  const problems: Diagnostic[] = [];
  for (const [weights, activation] of [
    [inputWeights, input],
    [recurrentWeights, hiddenState],
  ] as const) {
    for (const gate of GATES) {
      const { scales, zeroPoint } = at(graph.tensors, weights[gate]).quantization;
      if (scales.length !== 1 || zeroPoint !== 0) {
        const message = `its ${gate} weights have ${scales.length} scales and zero point ${zeroPoint}`;
        problems.push(quantizationProblem(message, "quantize an LSTM's weights with one scale a tensor and zero point 0"));
      }
      problems.push(...checkMultiplier(Math.fround(scaleOf(graph, activation) * at(scales, 0)) / GATE_SCALE, 1));
    }
  }
  const cellScale = scaleOf(graph, cellState);
  const { fraction, exponent } = splitFloat(cellScale);
  if (fraction !== 0.5 || exponent - 1 < LEAST_CELL_EXPONENT || exponent - 1 > LARGEST_CELL_EXPONENT) {
    const hint = `quantize it with a power of two from 2^${LEAST_CELL_EXPONENT} to 2^${LARGEST_CELL_EXPONENT}`;
    problems.push(quantizationProblem(`its cell state has scale ${cellScale}`, hint));
  }
  const hiddenScale = scaleOf(graph, hiddenState);
  if (quantizeMultiplier(2 ** -30 / hiddenScale).shift > 0) problems.push(quantizationProblem(`its hidden state has scale ${hiddenScale}`));
  return problems;
}
