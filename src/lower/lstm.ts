// Lowers UNIDIRECTIONAL_SEQUENCE_LSTM: the multipliers between its gates and states, and the proof that none of its sums leaves
// int32.

import { at } from "../core/assert.ts";
import { clamp, splitFloat } from "../core/fixed-point.ts";
import { biasValues, weightTensor, type Gates, type Lstm } from "../artifacts/graph.ts";
import type { LstmGate } from "../artifacts/integer-program.ts";
import { RECALIBRATE, type Lowering } from "./lowering.ts";
import { sumReach } from "./sum-reach.ts";

/** Gates before their activation are Q3.12, after it Q0.15. */
const GATE_SUM_SCALE = 2 ** -12;
const GATE_SCALE = 2 ** -15;

/** Largest magnitude of a product of two int16, one of which an activation gave. */
const LARGEST_PRODUCT = 32767 * 32768;

/** Powers of two for the cell's scale that tanh can shift to its own. */
const CELL_SCALE_POWERS = { smallest: -43, largest: 2 } as const;

/** tensorflow/lite/micro/kernels/lstm_eval_common.cc: CreateGateParams, CreateInterGateMulParams, CreateLstmCellStateInfo. */
export function lowerLstm(lowering: Lowering, operator: Lstm): void {
  const { input, output, timeMajor } = operator;
  const [first, second, features] = lowering.tensor(input).shape as [number, number, number];
  const units = at(lowering.tensor(output).shape, 2);
  const hidden = lowering.quantization(operator.hiddenState);
  const cellScale = lowering.quantization(operator.cellState).scale;
  const cellScalePower = splitFloat(cellScale).exponent - 1;
  if (cellScale !== 2 ** cellScalePower || cellScalePower < CELL_SCALE_POWERS.smallest || cellScalePower > CELL_SCALE_POWERS.largest) {
    const { name } = lowering.tensor(operator.cellState);
    lowering.refuse("lstm-cell-scale", `${name}: a cell state of scale ${cellScale} is not a power of two of 2^-43 to 2^2`, RECALIBRATE);
  }
  const between = (what: string, scale: number): ReturnType<Lowering["multiplier"]> => {
    const multiplier = lowering.multiplier(output, scale);
    lowering.proveAccumulator(output, what, { partial: LARGEST_PRODUCT, whole: LARGEST_PRODUCT }, multiplier);
    return multiplier;
  };
  lowering.add({
    kind: "lstm",
    ...lowering.between(input, output),
    batches: timeMajor ? second : first,
    steps: timeMajor ? first : second,
    features,
    units,
    timeMajor,
    gates: {
      input: lowerGate(lowering, operator, "input"),
      forget: lowerGate(lowering, operator, "forget"),
      cell: lowerGate(lowering, operator, "cell"),
      output: lowerGate(lowering, operator, "output"),
    },
    inputZeroPoint: lowering.quantization(input).zeroPoint,
    hiddenState: lowering.stateBuffer(operator.hiddenState),
    cellState: lowering.stateBuffer(operator.cellState),
    hiddenZeroPoint: hidden.zeroPoint,
    forgetMultiplier: between("the forget gate times the cell", (GATE_SCALE * cellScale) / cellScale),
    updateMultiplier: between("the input gate times the cell gate", GATE_SCALE ** 2 / cellScale),
    hiddenMultiplier: between("the cell times the output gate", GATE_SCALE ** 2 / hidden.scale),
    cellScalePower,
    cellClip: operator.cellClip > 0 ? clamp(Math.trunc(operator.cellClip / cellScale), 0, 32767) : 32768,
  });
}

/** Both products of scales are rounded to float32, as for a fully connected layer with one weight scale. */
function lowerGate(lowering: Lowering, operator: Lstm, gate: keyof Gates<unknown>): LstmGate {
  const inputWeights = weightTensor(lowering.graph, operator.inputWeights[gate]);
  const recurrentWeights = weightTensor(lowering.graph, operator.recurrentWeights[gate]);
  const input = lowering.quantization(operator.input);
  const hidden = lowering.quantization(operator.hiddenState);
  const [units, features] = inputWeights.shape as [number, number];
  const bias = biasValues(lowering.graph, operator.bias[gate], units);
  const factor = (scale: number, weights: number): number => Math.fround(scale * lowering.quantization(weights).scale) / GATE_SUM_SCALE;
  const inputMultiplier = lowering.multiplier(operator.output, factor(input.scale, operator.inputWeights[gate]));
  const recurrentMultiplier = lowering.multiplier(operator.output, factor(hidden.scale, operator.recurrentWeights[gate]));
  for (let unit = 0; unit < units; unit++) {
    const taps = (count: number): { first: number; stride: number; count: number } => ({ first: unit * count, stride: 1, count });
    const what = `the ${gate} gate's sum of unit ${unit}`;
    const inputReach = sumReach(inputWeights.data, taps(features), at(bias, unit), input.zeroPoint);
    const recurrentReach = sumReach(recurrentWeights.data, taps(units), 0, hidden.zeroPoint);
    const fits =
      lowering.proveAccumulator(operator.output, what, inputReach, inputMultiplier) &&
      lowering.proveAccumulator(operator.output, what, recurrentReach, recurrentMultiplier);
    if (!fits) break;
  }
  return { inputWeights: inputWeights.data, inputMultiplier, recurrentWeights: recurrentWeights.data, recurrentMultiplier, bias };
}
