// Train: recordings in, policy bundle out: float network, int8 graph, golden vectors, held-out metrics and provenance.

import { at } from "../core/assert.ts";
import { runError, valueOf, type Diagnostic } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import type { Hash64 } from "../core/hash.ts";
import { relabelled, type Progress } from "../core/io.ts";
import { encodeObservation, policyInputWidth } from "../artifacts/encoding.ts";
import { verifyEpisode, type Episode } from "../artifacts/episode.ts";
import type { Graph } from "../artifacts/graph.ts";
import type { GoldenVectors, PolicyBundle } from "../artifacts/policy-bundle.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import type { Samples } from "../artifacts/samples.ts";
import { splitByEpisode, type Split } from "../dataset/split.ts";
import { samplesOf } from "../dataset/samples.ts";
import { lowerGraph } from "../lower/lower-graph.ts";
import { createInterpreter } from "../quantize/interpreter.ts";
import { quantizeNetwork, type WeightGranularity } from "../quantize/quantize-network.ts";
import type { TrainingEngine } from "../train/engine.ts";
import { trainPolicy, type TrainingSettings } from "../train/fit.ts";
import { policyHashOf } from "./bundle-files.ts";
import { fixedOutput, floatPolicy, int8Policy } from "./policy.ts";
import type { Robot } from "./robot.ts";
import { labelledTicks, scoreKind, scorePolicy } from "./score.ts";

export interface TrainingRequest {
  readonly robot: Robot;
  readonly episodes: readonly Episode[];
  /** Hash by file name of the recordings behind the episodes. */
  readonly recordings: Readonly<Record<string, Hash64>>;
  readonly seed: number;
  readonly settings: Partial<TrainingSettings>;
  readonly weightScales: WeightGranularity;
  readonly engine: TrainingEngine;
  readonly toolVersion: string;
  readonly progress: Progress;
  /** Training goes on from its weights: what changes is little, and travels to a board faster. */
  readonly goOnFrom?: PolicyBundle;
  /** Names the training in the progress bar. */
  readonly label?: string;
  readonly warn: (warning: Diagnostic) => void;
}

/** Share of the data that is held out to stop early and to be judged by. */
const HELD_OUT_SHARE = 0.15;

/** Rows that calibration looks at; more change nothing. */
const CALIBRATION_ROWS = 4000;

const GOLDEN_VECTORS = 32;

/** @throws DiagnosticError when there is nothing to learn from. */
export async function trainBundle(request: TrainingRequest): Promise<PolicyBundle> {
  request.episodes.forEach((episode) => {
    verifyEpisode(request.robot.spec, episode);
  });
  return trainOnSplit(request, splitByEpisode(request.robot.spec, request.episodes, HELD_OUT_SHARE, request.seed));
}

/** The same with a split of the caller's choice; `heldOut` stops training early. */
export async function trainOnSplit(request: TrainingRequest, split: Split): Promise<PolicyBundle> {
  const { spec, version } = request.robot;
  const training = samplesOf(spec, split.training);
  const validation = samplesOf(spec, split.heldOut);
  if (training.rows === 0)
    throw runError(
      "nothing-labelled",
      "the recordings hold no tick at which an expert said what is right",
      "record demonstrations, or import some",
    );
  const { progress, label } = request;
  const fitted = await trainPolicy({
    spec: spec.policy,
    action: spec.action,
    training,
    validation,
    seed: request.seed,
    settings: { ...request.settings, ...(request.goOnFrom === undefined ? {} : { warmStart: request.goOnFrom.network }) },
    engine: request.engine,
    progress: label === undefined ? progress : relabelled(progress, label),
  });
  fitted.warnings.forEach(request.warn);
  const graph = quantizeNetwork(fitted.network, calibrationInputs(training, request.seed), request.weightScales, fixedOutput(spec));
  const judged = labelledTicks(spec, validation.rows > 0 ? split.heldOut : split.training);
  return {
    provenance: {
      toolVersion: request.toolVersion,
      robot: spec.name,
      schemaHash: version.hash,
      schemaRevision: version.revision,
      seed: request.seed,
      engine: request.engine.id,
      recordings: request.recordings,
      samples: training.rows + validation.rows,
      epochs: fitted.epochs,
      ...(request.goOnFrom === undefined ? {} : { wentOnFrom: request.goOnFrom.policyHash }),
    },
    metrics: {
      kind: scoreKind(spec.action),
      float: scorePolicy(spec, judged, floatPolicy(spec, fitted.network)),
      int8: scorePolicy(spec, judged, int8Policy(spec, graph).action),
      rows: judged.length,
      trainingLoss: fitted.trainingLoss,
      validationLoss: fitted.validationLoss,
    },
    network: fitted.network,
    graph,
    vectors: goldenVectors(
      spec,
      graph,
      judged.map((tick) => tick.observation),
      request.seed,
    ),
    policyHash: policyHashOf(graph, spec.name),
  };
}

function calibrationInputs(training: Samples, seed: number): Float32Array {
  const { rows, inputWidth, inputs } = training;
  if (rows <= CALIBRATION_ROWS) return inputs;
  const random = new Random(seed);
  const chosen = new Float32Array(CALIBRATION_ROWS * inputWidth);
  for (let row = 0; row < CALIBRATION_ROWS; row++) {
    const from = random.integer(rows) * inputWidth;
    chosen.set(inputs.subarray(from, from + inputWidth), row * inputWidth);
  }
  return chosen;
}

/** Observed inputs, and random ones that reach every corner of the range. */
function goldenVectors(spec: RobotSpec, graph: Graph, observations: readonly Float32Array[], seed: number): GoldenVectors {
  const random = new Random(seed);
  const width = policyInputWidth(spec);
  const interpreter = createInterpreter(valueOf(lowerGraph(graph)));
  const rows = Array.from({ length: GOLDEN_VECTORS }, (_, index) =>
    index % 2 === 0
      ? encodeObservation(spec, at(observations, random.integer(observations.length)))
      : Int8Array.from({ length: width }, () => random.integer(256) - 128),
  );
  return { inputs: concatenate(rows), outputs: concatenate(rows.map((row) => interpreter.infer(row))) };
}

function concatenate(rows: readonly Int8Array[]): Int8Array {
  return Int8Array.from(rows.flatMap((row) => [...row]));
}
