// Behaviour cloning: normalised samples in, a float network out. The part of training that no engine needs to know: epochs,
// shuffling, the learning rate's schedule, early stopping on held-out rows, progress.

import { policyOutputWidth } from "../artifacts/encoding.ts";
import { verifyNetwork, type FloatNetwork } from "../artifacts/network.ts";
import type { ActionSpec, PolicySpec } from "../artifacts/robot-spec.ts";
import type { Samples } from "../artifacts/samples.ts";
import { at } from "../core/assert.ts";
import { runError, warningDiagnostic, type Diagnostic } from "../core/diagnostic.ts";
import type { Progress } from "../core/io.ts";
import { Random } from "../core/random.ts";
import type { Batch, EngineId, TrainingEngine } from "./engine.ts";
import { centreInputs, foldCentring, hasShape, initialNetwork, unfoldCentring } from "./initialise.ts";
import { lossFor, meanLoss } from "./loss.ts";

export interface TrainingSettings {
  /** Passes over the training rows, at most. */
  readonly epochs: number;
  /** Rows a step, at most; few rows are cut into smaller batches, so that an epoch has 16 steps. */
  readonly batchSize: number;
  /** At the start; falls to 0 along half a cosine (Loshchilov & Hutter 2017). */
  readonly learningRate: number;
  /** Epochs without a lower running mean of the validation loss until training stops. */
  readonly patience: number;
  /** Decoupled, in units of the learning rate. */
  readonly weightDecay: number;
  /** Share of a discrete target spread evenly over all labels. */
  readonly labelSmoothing: number;
  /** Rare labels weigh as much in sum as frequent ones. */
  readonly balanceLabels: boolean;
  /** Where to begin; null for seeded weights. */
  readonly warmStart: FloatNetwork | null;
}

/** Rate, decay, smoothing and epochs were chosen on held-out quarters of a wall-following robot's log, over six seeds. */
export const DEFAULT_TRAINING_SETTINGS: TrainingSettings = {
  epochs: 100,
  batchSize: 128,
  learningRate: 0.02,
  patience: 60,
  weightDecay: 0.05,
  labelSmoothing: 0.1,
  balanceLabels: false,
  warmStart: null,
};

const SMALLEST_BATCH = 16;
const STEPS_AN_EPOCH = 16;

export interface TrainingRequest {
  readonly spec: PolicySpec;
  readonly action: ActionSpec;
  readonly training: Samples;
  /** Held-out rows that decide when to stop; none: train all epochs. */
  readonly validation: Samples;
  readonly seed: number;
  /** What differs from DEFAULT_TRAINING_SETTINGS. */
  readonly settings: Partial<TrainingSettings>;
  readonly engine: TrainingEngine;
  readonly progress: Progress;
}

export interface TrainingResult {
  /** Takes fractions 0..1. */
  readonly network: FloatNetwork;
  readonly engine: EngineId;
  /** Epochs that were run. */
  readonly epochs: number;
  /** The epoch, from 1, whose weights these are. */
  readonly bestEpoch: number;
  /** Mean loss by epoch; validation is empty when no rows were held out. */
  readonly trainingLoss: readonly number[];
  readonly validationLoss: readonly number[];
  readonly warnings: readonly Diagnostic[];
}

/** Trains a policy. The same request gives the same network, bit for bit, on the same engine.
 * @throws DiagnosticError when there is nothing to learn from, or the loss stops being finite. */
export async function trainPolicy(request: TrainingRequest): Promise<TrainingResult> {
  const { spec, action, training, validation, engine, progress } = request;
  const settings = { ...DEFAULT_TRAINING_SETTINGS, ...request.settings };
  if (training.rows === 0)
    throw runError("train-no-rows", "there are no labelled rows to train on", "record or import demonstrations first");
  const random = new Random(request.seed);
  const loss = lossFor(action, training, settings.labelSmoothing, settings.balanceLabels);
  const learner = engine.begin(startNetwork(request, settings, random), loss, settings.weightDecay);
  const centred = { ...training, inputs: centreInputs(training.inputs) };
  const heldOutInputs = centreInputs(validation.inputs);
  const order = Uint32Array.from({ length: training.rows }, (_, row) => row);
  const batchSize = Math.min(settings.batchSize, Math.max(SMALLEST_BATCH, Math.ceil(training.rows / STEPS_AN_EPOCH)));
  const trainingLoss: number[] = [];
  const validationLoss: number[] = [];
  let best = { loss: Infinity, epoch: 0, network: learner.network() };

  progress.start(`training ${[training.inputWidth, ...spec.hidden, policyOutputWidth(action)].join("-")} on ${engine.id}`, settings.epochs);
  try {
    for (let epoch = 1; epoch <= settings.epochs && epoch - best.epoch <= settings.patience; epoch++) {
      random.shuffle(order);
      let sum = 0;
      for (let start = 0; start < order.length; start += batchSize) {
        const batch = gatherBatch(centred, order.subarray(start, start + batchSize));
        const done = (epoch - 1 + start / order.length) / settings.epochs;
        sum += batch.rows * learner.step(batch, (settings.learningRate * (1 + Math.cos(Math.PI * done))) / 2);
      }
      trainingLoss.push(sum / training.rows);
      if (validation.rows > 0)
        validationLoss.push(meanLoss(loss, learner.outputs(heldOutInputs, validation.rows), validation.targets, validation.rows));
      const watched = validation.rows > 0 ? runningMean(validationLoss) : -epoch; // without held-out rows, the last weights are kept
      if (!Number.isFinite(watched + at(trainingLoss, epoch - 1))) throw diverged(epoch);
      if (watched < best.loss) best = { loss: watched, epoch, network: learner.network() };
      progress.update(epoch, lossDetail(trainingLoss, validationLoss));
      await new Promise((resolve) => setTimeout(resolve, 0)); // lets the bar be drawn and Ctrl-C be heard
    }
  } finally {
    progress.finish();
  }
  const network = foldCentring(best.network);
  verifyNetwork(network);
  const warnings = validation.rows > 0 ? [] : [noValidationWarning(settings.epochs)];
  return { network, engine: engine.id, epochs: trainingLoss.length, bestEpoch: best.epoch, trainingLoss, validationLoss, warnings };
}

/** What early stopping watches: a single epoch's held-out loss dips by luck, and stopping at such a dip costs half a point of
 * agreement on the wall-following log. */
export function runningMean(losses: readonly number[]): number {
  return losses.reduce((mean, loss) => mean + 0.3 * (loss - mean));
}

/** The network to begin with, in centred inputs. */
function startNetwork({ spec, action, training }: TrainingRequest, { warmStart }: TrainingSettings, random: Random): FloatNetwork {
  const outputs = policyOutputWidth(action);
  if (warmStart === null) return initialNetwork(spec, training.inputWidth, outputs, random);
  if (!hasShape(warmStart, spec, training.inputWidth, outputs)) {
    throw runError(
      "train-warm-start-shape",
      "the policy to go on from has another shape than robot.ts asks for",
      "train from scratch, or restore `policy` in robot.ts",
    );
  }
  return unfoldCentring(warmStart);
}

function gatherBatch({ inputs, inputWidth, targets, targetWidth }: Samples, rows: Uint32Array): Batch {
  const batch = {
    rows: rows.length,
    inputs: new Float32Array(rows.length * inputWidth),
    targets: new Float32Array(rows.length * targetWidth),
  };
  rows.forEach((row, position) => {
    batch.inputs.set(inputs.subarray(row * inputWidth, (row + 1) * inputWidth), position * inputWidth);
    batch.targets.set(targets.subarray(row * targetWidth, (row + 1) * targetWidth), position * targetWidth);
  });
  return batch;
}

function lossDetail(trainingLoss: readonly number[], validationLoss: readonly number[]): string {
  const trained = `loss ${(trainingLoss.at(-1) ?? 0).toFixed(4)}`;
  const heldOut = validationLoss.at(-1);
  return heldOut === undefined ? trained : `${trained}, held out ${heldOut.toFixed(4)}`;
}

function diverged(epoch: number): Error {
  return runError(
    "train-diverged",
    `the loss stopped being a finite number in epoch ${epoch}`,
    "lower the learning rate, and check the recordings for values that are not numbers",
  );
}

function noValidationWarning(epochs: number): Diagnostic {
  return warningDiagnostic(
    "train-no-validation",
    `no rows are held out, so training cannot stop early: it ran all ${epochs} epochs`,
    "record another episode, or hold out a larger share",
  );
}
