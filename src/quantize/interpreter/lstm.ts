// The LSTM over a sequence, in the order of tensorflow/lite/micro/kernels/lstm_eval.h: forget gate, input gate, cell gate, cell
// state, output gate, hidden state.

import { at } from "../../core/assert.ts";
import { clamp, multiplyByQuantizedMultiplier, type QuantizedMultiplier } from "../../core/fixed-point.ts";
import { sigmoidInt16, tanhInt16 } from "../../core/transcendental-int16.ts";
import type { LstmGate, LstmStep } from "../../artifacts/integer-program.ts";

/** Left shift of a Q3.12 number before its tanh. */
const GATE_SHIFT = 0;

/** @param hidden int8 state. @param cell int16 state; both batches x units, updated. */
export function lstm(step: LstmStep, input: Int8Array, output: Int8Array, hidden: Int8Array, cell: Int16Array): void {
  const { batches, steps, features, units, timeMajor } = step;
  // Batches don't meet each other, so that their order is free; within a batch the steps follow one another.
  for (let batch = 0; batch < batches; batch++) {
    const states = [batch * units, (batch + 1) * units] as const;
    for (let time = 0; time < steps; time++) {
      const place = timeMajor ? time * batches + batch : batch * steps + time;
      const elements = input.subarray(place * features, (place + 1) * features);
      stepOnce(step, elements, hidden.subarray(...states), cell.subarray(...states));
      output.set(hidden.subarray(...states), place * units);
    }
  }
}

/** One step of one batch. */
function stepOnce(step: LstmStep, input: Int8Array, hidden: Int8Array, cell: Int16Array): void {
  const { gates, forgetMultiplier, updateMultiplier, hiddenMultiplier, hiddenZeroPoint, cellClip } = step;
  const sums = (gate: LstmGate): Int16Array => gateSums(step, gate, input, hidden);
  const forget = sums(gates.forget).map(sigmoidInt16);
  const update = sums(gates.input).map(sigmoidInt16);
  const candidate = sums(gates.cell).map((sum) => tanhInt16(sum, GATE_SHIFT));
  const open = sums(gates.output).map(sigmoidInt16);
  for (let unit = 0; unit < step.units; unit++) {
    const kept = scaledProduct(at(forget, unit), at(cell, unit), forgetMultiplier);
    const added = scaledProduct(at(update, unit), at(candidate, unit), updateMultiplier);
    cell[unit] = clamp(toInt16(kept + added), -cellClip, cellClip);
    const activated = tanhInt16(at(cell, unit), 15 + step.cellScalePower - 3);
    const shown = multiplyByQuantizedMultiplier(activated * at(open, unit), hiddenMultiplier) + hiddenZeroPoint;
    hidden[unit] = clamp(shown, -128, 127);
  }
}

/** What goes into a gate's activation, Q3.12: the input's and the hidden state's sum, each scaled to int16 by itself. */
function gateSums(step: LstmStep, gate: LstmGate, input: Int8Array, hidden: Int8Array): Int16Array {
  return Int16Array.from({ length: step.units }, (_, unit) => {
    const fromInput = at(gate.bias, unit) + dotProduct(gate.inputWeights, unit, input, step.inputZeroPoint);
    const fromHidden = dotProduct(gate.recurrentWeights, unit, hidden, step.hiddenZeroPoint);
    const one = toInt16(multiplyByQuantizedMultiplier(fromInput, gate.inputMultiplier));
    const other = toInt16(multiplyByQuantizedMultiplier(fromHidden, gate.recurrentMultiplier));
    return toInt16(one + other);
  });
}

function dotProduct(weights: Int8Array, row: number, values: Int8Array, zeroPoint: number): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) {
    sum += (weights[row * values.length + index] as number) * ((values[index] as number) - zeroPoint);
  }
  return sum;
}

function scaledProduct(one: number, other: number, multiplier: QuantizedMultiplier): number {
  return toInt16(multiplyByQuantizedMultiplier(one * other, multiplier));
}

function toInt16(value: number): number {
  return clamp(value, -32768, 32767);
}
