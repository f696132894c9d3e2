// The losses: network outputs and targets in, the mean loss and its gradient out. The reference of every engine; in double precision
// and with portable functions, so that early stopping decides alike on every machine.

import { assert, at, unreachable } from "../core/assert.ts";
import { clamp } from "../core/fixed-point.ts";
import { exp, log } from "../core/portable-math.ts";
import { MIXTURE_LOGIT_SCALE } from "../artifacts/policy-form.ts";
import type { Samples } from "../artifacts/samples.ts";

/** Softmax cross-entropy on label indices. Outputs: a logit a label; target: the label's index. */
export interface CrossEntropy {
  readonly kind: "cross-entropy";
  readonly labels: number;
  /** Share of the target that is spread evenly over all labels (Szegedy et al. 2016, section 7). */
  readonly labelSmoothing: number;
  /** One weight a label; their mean over the training rows is 1. */
  readonly labelWeights: Float32Array;
}

/** Squared error up to `delta`, linear beyond (Huber 1964), averaged over the channels. Outputs and target: one a channel. */
export interface Huber {
  readonly kind: "huber";
  readonly channels: number;
  /** On the -1..1 scale of targets. */
  readonly delta: number;
}

/** Negative log-likelihood without its constant, averaged over the channels: (error^2 / variance + log variance) / 2. Outputs: a mean a channel,
 * then s a channel, where log variance = s clamped to LOG_VARIANCE_LIMITS (Nix & Weigend 1994). */
export interface Gaussian {
  readonly kind: "gaussian";
  readonly channels: number;
}

/** Cross-entropy on the bin of the target, plus Huber's loss of what that bin says (Shafiullah et al. 2022, section 3). Outputs: for each bin a
 * logit, divided by `logitScale`; then for each bin one value a channel. Target: one a channel; its bin is the one with the nearest centre. */
export interface Mixture {
  readonly kind: "mixture";
  readonly channels: number;
  readonly bins: number;
  /** bins x channels. */
  readonly centres: Float32Array;
  readonly logitScale: number;
  readonly delta: number;
}

export type Loss = CrossEntropy | Huber | Gaussian | Mixture;

/** Standard deviations of 0.018 to 2.7 on the -1..1 scale: nothing is learnt with endless weight. */
export const LOG_VARIANCE_LIMITS = { minimum: -8, maximum: 2 } as const;

/** What a network's first output is to minimise. A row of it holds `steps` x `members` x the outputs of one loss; each step has one target,
 * which all members share. The mean is taken over rows x steps x members, each times its weight. */
export interface Objective {
  readonly loss: Loss;
  /** Ticks that one row goes through; 1 but for networks that are trained through time. */
  readonly steps: number;
  readonly members: number;
}

/** An eighth of an action's range: beyond it, an expert's sudden move must not outweigh a hundred calm ticks. */
const HUBER_DELTA = 0.25;

/** @param balanced rare labels weigh as much in sum as frequent ones. */
export function crossEntropy(labels: number, training: Samples, labelSmoothing: number, balanced: boolean): CrossEntropy {
  const labelWeights = new Float32Array(labels).fill(1);
  if (balanced) {
    const sums = new Float64Array(labels);
    training.weights.forEach((weight, row) => {
      if (weight > 0) sums[at(training.targets, row)] = at(sums, at(training.targets, row)) + weight;
    });
    const total = sums.reduce((sum, each) => sum + each, 0);
    const present = sums.filter((sum) => sum > 0).length;
    sums.forEach((sum, label) => (labelWeights[label] = sum === 0 ? 0 : total / (present * sum)));
  }
  return { kind: "cross-entropy", labels, labelSmoothing, labelWeights };
}

export function huber(channels: number): Huber {
  return { kind: "huber", channels, delta: HUBER_DELTA };
}

export function gaussian(channels: number): Gaussian {
  return { kind: "gaussian", channels };
}

/** @param centres bins x channels. */
export function mixture(channels: number, centres: Float32Array): Mixture {
  const bins = centres.length / channels;
  assert(Number.isInteger(bins), "centres are bins x channels");
  return { kind: "mixture", channels, bins, centres, logitScale: MIXTURE_LOGIT_SCALE, delta: HUBER_DELTA };
}

/** Numbers that one member says for one step. */
export function lossOutputs(loss: Loss): number {
  switch (loss.kind) {
    case "cross-entropy":
      return loss.labels;
    case "huber":
      return loss.channels;
    case "gaussian":
      return 2 * loss.channels;
    case "mixture":
      return loss.bins * (1 + loss.channels);
  }
}

/** Numbers of a step's target. */
export function lossTargets(loss: Loss): number {
  return loss.kind === "cross-entropy" ? 1 : loss.channels;
}

/** Mean loss over the rows, without label smoothing, so that curves of training and validation compare. Where the weight is 0, whatever
 * the target is counts nothing.
 * @param outputs rows x steps x members x lossOutputs. @param targets rows x steps x lossTargets. @param weights rows x steps x members.
 * @param gradient like outputs; receives the derivative of the mean loss, label smoothing included, by each output. */
export function meanLoss(
  { loss, steps, members }: Objective,
  outputs: Float32Array,
  targets: Float32Array,
  weights: Float32Array,
  rows: number,
  gradient?: Float32Array,
): number {
  const count = rows * steps * members;
  const [width, targetWidth] = [lossOutputs(loss), lossTargets(loss)];
  assert(outputs.length === count * width, `outputs are ${outputs.length}, not ${rows} x ${steps} x ${members} x ${width}`);
  assert(weights.length === count, `weights are ${weights.length}, not ${rows} x ${steps} x ${members}`);
  assert(targets.length === rows * steps * targetWidth, `targets are ${targets.length}, not ${rows} x ${steps} x ${targetWidth}`);
  gradient?.fill(0);
  const slope = new Float64Array(width);
  let sum = 0;
  for (let index = 0; index < count; index++) {
    const weight = weights[index] as number;
    if (weight === 0) continue;
    const step = Math.floor(index / members);
    const target = targets.subarray(step * targetWidth, (step + 1) * targetWidth);
    sum += weight * oneLoss(loss, outputs.subarray(index * width, (index + 1) * width), target, slope);
    if (gradient === undefined) continue;
    for (let output = 0; output < width; output++) gradient[index * width + output] = (weight * (slope[output] as number)) / count;
  }
  return sum / count;
}

/** The loss of one member at one step. @param slope receives its derivative by each output. */
function oneLoss(loss: Loss, outputs: Float32Array, target: Float32Array, slope: Float64Array): number {
  switch (loss.kind) {
    case "cross-entropy": {
      const label = at(target, 0);
      assert(Number.isInteger(label) && label >= 0 && label < loss.labels, `label ${label} outside 0..${loss.labels - 1}`);
      return entropy(outputs, 1, label, at(loss.labelWeights, label), loss.labelSmoothing, slope);
    }
    case "huber":
      return meanHuber(outputs, target, loss.delta, slope);
    case "gaussian":
      return likelihood(outputs, target, slope);
    case "mixture": {
      const { bins, channels } = loss;
      const bin = nearestBin(loss, target);
      const said = bins + bin * channels;
      slope.fill(0);
      return (
        entropy(outputs.subarray(0, bins), loss.logitScale, bin, 1, 0, slope) +
        meanHuber(outputs.subarray(said, said + channels), target, loss.delta, slope.subarray(said))
      );
    }
    default:
      return unreachable(loss);
  }
}

/** The bin whose centre is nearest to the target: the first of equals. */
export function nearestBin({ centres, bins, channels }: Mixture, target: Float32Array): number {
  let nearest = { bin: 0, distance: Infinity };
  for (let bin = 0; bin < bins; bin++) {
    let distance = 0;
    for (let channel = 0; channel < channels; channel++) distance += (at(target, channel) - at(centres, bin * channels + channel)) ** 2;
    if (distance < nearest.distance) nearest = { bin, distance };
  }
  return nearest.bin;
}

/** Cross-entropy of the softmax of scale x outputs. */
function entropy(outputs: Float32Array, scale: number, label: number, weight: number, smoothing: number, slope: Float64Array): number {
  let highest = -Infinity;
  for (let index = 0; index < outputs.length; index++) highest = Math.max(highest, scale * (outputs[index] as number));
  let total = 0;
  for (let index = 0; index < outputs.length; index++) {
    const power = exp(scale * (outputs[index] as number) - highest);
    slope[index] = power;
    total += power;
  }
  for (let index = 0; index < outputs.length; index++) {
    const wanted = (index === label ? 1 - smoothing : 0) + smoothing / outputs.length;
    slope[index] = weight * scale * ((slope[index] as number) / total - wanted);
  }
  return weight * (log(total) + highest - scale * at(outputs, label));
}

function meanHuber(outputs: Float32Array, target: Float32Array, delta: number, slope: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < target.length; index++) {
    const error = at(outputs, index) - at(target, index);
    const clipped = clamp(error, -delta, delta);
    sum += clipped * (error - clipped / 2);
    slope[index] = clipped / target.length;
  }
  return sum / target.length;
}

function likelihood(outputs: Float32Array, target: Float32Array, slope: Float64Array): number {
  const { minimum, maximum } = LOG_VARIANCE_LIMITS;
  const channels = target.length;
  let sum = 0;
  for (let index = 0; index < channels; index++) {
    const error = at(outputs, index) - at(target, index);
    const said = at(outputs, channels + index);
    const logVariance = clamp(said, minimum, maximum);
    const precision = exp(-logVariance);
    sum += (error * error * precision + logVariance) / 2;
    slope[index] = (error * precision) / channels;
    slope[channels + index] = said === logVariance ? (1 - error * error * precision) / 2 / channels : 0;
  }
  return sum / channels;
}
