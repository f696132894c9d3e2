// Behaviour cloning: samples in, a float network out. The part of training that no engine needs to know: epochs, shuffling, the learning
// rate's schedule, early stopping on held-out rows, progress.

import { parameterIds, parameterOf, verifyNetwork, type FloatNetwork } from "../artifacts/network.ts";
import { formTicks, policyForm } from "../artifacts/policy-form.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import type { Samples } from "../artifacts/samples.ts";
import { at } from "../core/assert.ts";
import { runError, warningDiagnostic, type Diagnostic } from "../core/diagnostic.ts";
import type { Progress } from "../core/io.ts";
import { cosine } from "../core/portable-math.ts";
import { Random } from "../core/random.ts";
import { AverageNetwork } from "./average.ts";
import type { EngineId, FakeQuantization, NetworkInTraining, TrainingEngine } from "./engine.ts";
import { Examples } from "./examples.ts";
import { learningTask, type LearningTask } from "./learning-task.ts";
import { meanLoss, type Objective } from "./loss.ts";
import { mirrorOf } from "./mirror.ts";
import { centresOf, withCentres } from "./mixture-centres.ts";
import { InputNoise } from "./noise.ts";
import { objectiveFor } from "./objective.ts";
import { completeSettings, epochsFor, type TrainingSettings } from "./settings.ts";

const SMALLEST_BATCH = 16;
const STEPS_AN_EPOCH = 16;

/** Rows whose loss is computed at once. */
const ROWS_AT_ONCE = 512;

/** How long the event loop may wait: for a bar to be drawn, for Ctrl-C to be heard. */
const LONGEST_BLOCK_MS = 50;

/** Everything but engine and progress can be sent to a worker thread. */
export interface TrainingRequest {
  readonly robot: RobotSpec;
  readonly training: Samples;
  /** Held-out rows that decide when to stop; none: train all epochs. */
  readonly validation: Samples;
  readonly seed: number;
  /** What differs from the defaults. */
  readonly settings: Partial<TrainingSettings>;
  readonly engine: TrainingEngine;
  readonly progress: Progress;
  /** The deployed network to go on from; null: begin with seeded weights. */
  readonly warmStart: FloatNetwork | null;
  /** Of the tensors of `warmStart`: what the forward pass imitates; null: nothing. */
  readonly fakeQuantization: FakeQuantization | null;
}

export interface TrainingResult {
  /** As it is deployed. */
  readonly network: FloatNetwork;
  readonly engine: EngineId;
  /** Epochs that were run. */
  readonly epochs: number;
  /** The epoch, from 1, that these weights, a mean over it and those before it, are of. */
  readonly bestEpoch: number;
  /** Mean loss by epoch; validation is empty when no rows were held out. */
  readonly trainingLoss: readonly number[];
  readonly validationLoss: readonly number[];
  readonly warnings: readonly Diagnostic[];
}

/** Trains a policy. The same request gives the same network, bit for bit, on the same engine.
 * @throws DiagnosticError when there is nothing to learn from, the engine lacks what the network needs, or the loss stops being finite. */
export async function trainPolicy(request: TrainingRequest): Promise<TrainingResult> {
  const { robot, engine, progress, warmStart, fakeQuantization } = request;
  const usual = completeSettings(request.settings, warmStart !== null);
  const random = new Random(request.seed);
  const task = learningTask(robot, usual.sequenceTicks, warmStart, random);
  const { training, validation } = examplesOf(request, usual, random);
  if (training.count === 0)
    throw runError("train-no-rows", "there are no labelled rows to train on", "record or import demonstrations first");
  const settings = { ...usual, epochs: request.settings.epochs ?? epochsFor(usual.epochs, training.count / batchRows(usual, training)) };
  const { network, objective } = begin(request, settings, task, training);
  const learner = engine.begin(network, objective, settings);
  if (fakeQuantization !== null) learner.fakeQuantize(task.fakeQuantization(fakeQuantization, warmStart));
  const { architecture } = robot.policy;
  progress.start(`training ${architecture.kind} ${[...architecture.hidden].join("-")} on ${engine.id}`, settings.epochs);
  try {
    const fitted = await fit(learner, objective, training, validation, settings, random, progress);
    if (!isFinite(fitted.network)) throw diverged(fitted.bestEpoch);
    const deployed = task.deploy(fitted.network);
    verifyNetwork(deployed);
    const warnings = validation.count > 0 ? [] : [noValidationWarning(settings.epochs)];
    return { ...fitted, network: deployed, engine: engine.id, warnings };
  } finally {
    learner.dispose();
    progress.finish();
  }
}

function examplesOf(
  { robot, training, validation }: TrainingRequest,
  { sequenceTicks, mirror, bootstrap }: TrainingSettings,
  random: Random,
): { training: Examples; validation: Examples } {
  const { architecture, ensemble } = robot.policy;
  const { members } = ensemble;
  const shape =
    architecture.kind === "gru"
      ? { ticks: sequenceTicks, steps: sequenceTicks, members }
      : { ticks: formTicks(policyForm(robot.policy)), steps: 1, members };
  const isDrawn = bootstrap ?? (members > 1 && ensemble.trunk === "shared");
  return {
    training: new Examples(training, shape, mirror ? mirrorOf(robot) : null, isDrawn ? random : null),
    validation: new Examples(validation, shape),
  };
}

/** The network to begin with and what it is to minimise. @throws DiagnosticError when that is beyond the engine. */
function begin(
  { robot, training, engine, warmStart }: TrainingRequest,
  settings: TrainingSettings,
  { network }: LearningTask,
  examples: Examples,
): { network: FloatNetwork; objective: Objective } {
  const objective = objectiveFor(robot, training, settings);
  const lack = engine.lacks(network, objective);
  if (lack !== null)
    throw runError("train-engine-lacks", `${engine.id} cannot train ${lack}`, "choose another engine, or leave the choice to reflexarc");
  if (objective.loss.kind !== "mixture") return { network, objective };
  if (warmStart === null) return { network: withCentres(network, objective.loss), objective };
  const centres = centresOf(engine, network, objective, objective.loss, examples);
  return { network, objective: objectiveFor(robot, training, settings, centres) };
}

type Fitted = Pick<TrainingResult, "network" | "epochs" | "bestEpoch" | "trainingLoss" | "validationLoss">;

async function fit(
  learner: NetworkInTraining,
  objective: Objective,
  training: Examples,
  validation: Examples,
  settings: TrainingSettings,
  random: Random,
  progress: Progress,
): Promise<Fitted> {
  const order = Uint32Array.from({ length: training.count }, (_, example) => example);
  const batchSize = batchRows(settings, training);
  const room = training.newBatch(Math.min(batchSize, training.count));
  const noise = settings.inputNoise > 0 ? new InputNoise(settings.inputNoise, random) : null;
  const turn = takingTurns();
  const trainingLoss: number[] = [];
  const validationLoss: number[] = [];
  const average = new AverageNetwork();
  let best = { loss: Infinity, epoch: 0, network: learner.network() };

  for (let epoch = 1; epoch <= settings.epochs && epoch - best.epoch <= settings.patience; epoch++) {
    random.shuffle(order);
    let sum = 0;
    for (let start = 0; start < order.length; start += batchSize) {
      const batch = training.gather(order.subarray(start, start + batchSize), room);
      noise?.blur(batch);
      const done = (epoch - 1 + start / order.length) / settings.epochs;
      sum += batch.rows * learner.step(batch, learningRate(settings, done));
      await turn();
    }
    trainingLoss.push(sum / training.count);
    if (validation.count > 0) validationLoss.push(await heldOutLoss(learner, objective, validation, turn));
    const watched = validation.count > 0 ? runningMean(validationLoss) : -epoch; // without held-out rows, the last weights are kept
    if (!Number.isFinite(watched + at(trainingLoss, epoch - 1))) throw diverged(epoch);
    const network = learner.network();
    average.add(network);
    if (watched < best.loss) best = { loss: watched, epoch, network: average.applyTo(network) };
    progress.update(epoch, lossDetail(trainingLoss, validationLoss));
  }
  return { network: best.network, epochs: trainingLoss.length, bestEpoch: best.epoch, trainingLoss, validationLoss };
}

/** Examples a step; an epoch of few has several steps all the same. */
function batchRows({ batchSize }: TrainingSettings, { count }: Examples): number {
  return Math.min(batchSize, Math.max(SMALLEST_BATCH, Math.ceil(count / STEPS_AN_EPOCH)));
}

/** @param done share of all epochs, 0..1. */
function learningRate({ learningRate: first, schedule }: TrainingSettings, done: number): number {
  switch (schedule) {
    case "constant":
      return first;
    case "cosine":
      return (first * (1 + cosine(Math.PI * done))) / 2;
  }
}

async function heldOutLoss(
  learner: NetworkInTraining,
  objective: Objective,
  examples: Examples,
  turn: () => Promise<void>,
): Promise<number> {
  const room = examples.newBatch(Math.min(ROWS_AT_ONCE, examples.count));
  const order = Uint32Array.from({ length: examples.count }, (_, example) => example);
  let sum = 0;
  for (let start = 0; start < examples.count; start += ROWS_AT_ONCE) {
    const { inputs, targets, weights, rows } = examples.gather(order.subarray(start, start + ROWS_AT_ONCE), room);
    sum += rows * meanLoss(objective, learner.outputs(inputs, rows), targets, weights, rows);
    await turn();
  }
  return sum / examples.count;
}

/** What early stopping watches: a single epoch's held-out loss dips by luck, and stopping at such a dip costs half a point of
 * agreement on the wall-following log. */
export function runningMean(losses: readonly number[]): number {
  return losses.reduce((mean, loss) => mean + 0.3 * (loss - mean));
}

function isFinite(network: FloatNetwork): boolean {
  return parameterIds(network).every((id) => parameterOf(network, id).data.every(Number.isFinite));
}

/** Lets others run now and then; costs next to nothing otherwise. */
function takingTurns(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < LONGEST_BLOCK_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = performance.now();
  };
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
