// The losses: network outputs and targets in, the mean loss and its gradient out. Computed here and not in an engine, so that
// every engine minimises the very same function.

import { assert, at } from "../core/assert.ts";
import { clamp } from "../core/fixed-point.ts";
import { policyOutputWidth } from "../artifacts/encoding.ts";
import type { ActionSpec } from "../artifacts/robot-spec.ts";
import type { Samples } from "../artifacts/samples.ts";

/** Softmax cross-entropy on label indices. */
export interface CrossEntropy {
  readonly kind: "cross-entropy";
  /** Share of the target that is spread evenly over all labels (Szegedy et al. 2016, section 7). */
  readonly labelSmoothing: number;
  /** One weight a label; their mean over the training rows is 1. */
  readonly labelWeights: Float32Array;
}

/** Squared error up to `delta`, linear beyond (Huber 1964), averaged over the channels. */
export interface Huber {
  readonly kind: "huber";
  /** On the -1..1 scale of targets. */
  readonly delta: number;
}

export type Loss = CrossEntropy | Huber;

/** An eighth of an action's range: beyond it, an expert's sudden move must not outweigh a hundred calm ticks. */
const HUBER_DELTA = 0.25;

/** The loss for an action. @param balanced rare labels weigh as much in sum as frequent ones (discrete actions only). */
export function lossFor(action: ActionSpec, training: Samples, labelSmoothing: number, balanced: boolean): Loss {
  if (action.kind === "continuous") return { kind: "huber", delta: HUBER_DELTA };
  const labelWeights = new Float32Array(policyOutputWidth(action)).fill(1);
  if (balanced) {
    const counts = labelWeights.map((_, label) => training.targets.reduce((count, target) => count + (target === label ? 1 : 0), 0));
    const present = counts.reduce((count, rows) => count + (rows > 0 ? 1 : 0), 0);
    counts.forEach((rows, label) => (labelWeights[label] = rows === 0 ? 0 : training.rows / (present * rows)));
  }
  return { kind: "cross-entropy", labelSmoothing, labelWeights };
}

/** Mean loss over the rows, without label smoothing, so that curves of training and validation compare. When `gradient` (rows x
 * outputs) is given, it receives the derivative of the mean loss, label smoothing included, by each output. */
export function meanLoss(loss: Loss, outputs: Float32Array, targets: Float32Array, rows: number, gradient?: Float32Array): number {
  const width = outputs.length / rows;
  assert(Number.isInteger(width), "outputs are rows x width");
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    sum +=
      loss.kind === "huber"
        ? huberRow(loss, outputs, targets, row, width, rows, gradient)
        : entropyRow(loss, outputs, targets, row, width, rows, gradient);
  }
  return sum / rows;
}

function huberRow(
  loss: Huber,
  outputs: Float32Array,
  targets: Float32Array,
  row: number,
  width: number,
  rows: number,
  gradient?: Float32Array,
): number {
  let sum = 0;
  for (let index = row * width; index < (row + 1) * width; index++) {
    const error = (outputs[index] as number) - at(targets, index);
    const slope = clamp(error, -loss.delta, loss.delta);
    sum += slope * (error - slope / 2);
    if (gradient !== undefined) gradient[index] = slope / (rows * width);
  }
  return sum / width;
}

function entropyRow(
  loss: CrossEntropy,
  outputs: Float32Array,
  targets: Float32Array,
  row: number,
  width: number,
  rows: number,
  gradient?: Float32Array,
): number {
  const start = row * width;
  const label = at(targets, row);
  assert(Number.isInteger(label) && label >= 0 && label < width, `row ${row}: label ${label} outside 0..${width - 1}`);
  let highest = -Infinity;
  for (let index = start; index < start + width; index++) highest = Math.max(highest, outputs[index] as number);
  let total = 0;
  for (let index = start; index < start + width; index++) total += Math.exp((outputs[index] as number) - highest);
  const weight = at(loss.labelWeights, label);
  if (gradient !== undefined) {
    for (let other = 0; other < width; other++) {
      const probability = Math.exp((outputs[start + other] as number) - highest) / total;
      const wanted = (other === label ? 1 - loss.labelSmoothing : 0) + loss.labelSmoothing / width;
      gradient[start + other] = (weight * (probability - wanted)) / rows;
    }
  }
  return weight * (Math.log(total) + highest - at(outputs, start + label));
}
