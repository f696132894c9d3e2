// Train: recordings in, policy bundle out: float network, int8 graph, golden vectors, held-out metrics and provenance.

import { at } from "../core/assert.ts";
import { runError, type Diagnostic } from "../core/diagnostic.ts";
import type { Hash64 } from "../core/hash.ts";
import { relabelled, type Progress } from "../core/io.ts";
import { dividedProgress } from "../core/progress.ts";
import { verifyEpisode, type Episode } from "../artifacts/episode.ts";
import type { Graph } from "../artifacts/graph.ts";
import type { FloatNetwork } from "../artifacts/network.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { policyForm } from "../artifacts/policy-form.ts";
import type { RobotSpec } from "../artifacts/robot-spec.ts";
import type { Samples } from "../artifacts/samples.ts";
import { splitByEpisode, type Split } from "../dataset/split.ts";
import { samplesOf } from "../dataset/samples.ts";
import { quantizeNetwork } from "../quantize/quantize-network.ts";
import type { QuantizationPlan, WeightGranularity } from "../quantize/plan-quantization.ts";
import { deployedTemplate } from "../train/architectures/build.ts";
import { joinMembers, memberOf } from "../train/architectures/members.ts";
import { withParametersOf } from "../train/architectures/same-structure.ts";
import type { TrainingResult } from "../train/fit.ts";
import { fineTuningSettings, type TrainingSettings } from "../train/settings.ts";
import { policyHashOf } from "./bundle-files.ts";
import { goldenVectors } from "./golden-vectors.ts";
import { floatPolicy, int8Policy } from "./policy.ts";
import { planPolicy } from "./quantize-policy.ts";
import type { Robot } from "./robot.ts";
import { isWorse, judgedTicks, scoreKind, scorePolicy } from "./score.ts";
import type { Trainer, TrainingTask } from "./trainer.ts";

/** When the network learns to live with int8 in its last epochs: `auto` where quantizing it afterwards costs noticeably. */
export const QUANTIZATION_AWARENESS = ["auto", "always", "never"] as const;
export type QuantizationAwareness = (typeof QUANTIZATION_AWARENESS)[number];

export interface TrainingRequest {
  readonly robot: Robot;
  readonly episodes: readonly Episode[];
  /** Hash by file name of the recordings behind the episodes. */
  readonly recordings: Readonly<Record<string, Hash64>>;
  readonly seed: number;
  readonly settings: Partial<TrainingSettings>;
  /** What a tick counts for at which a person corrected the policy; others count 1. */
  readonly correctionWeight: number;
  readonly weightScales: WeightGranularity;
  readonly quantizationAware: QuantizationAwareness;
  readonly trainer: Trainer;
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

/** @throws DiagnosticError when there is nothing to learn from. */
export async function trainBundle(request: TrainingRequest): Promise<PolicyBundle> {
  request.episodes.forEach((episode) => {
    verifyEpisode(request.robot.spec, episode);
  });
  return trainOnSplit(request, holdOut(request));
}

/** What `trainBundle` learns from and is judged by: of the episodes in which somebody said what is right. */
export function holdOut({ robot, episodes, seed }: Pick<TrainingRequest, "robot" | "episodes" | "seed">): Split {
  const labelled = episodes.filter((episode) => judgedTicks(robot.spec, [episode]).length > 0);
  return splitByEpisode(robot.spec, labelled, HELD_OUT_SHARE, seed);
}

/** The same with a split of the caller's choice; `heldOut` stops training early. */
export async function trainOnSplit(request: TrainingRequest, split: Split): Promise<PolicyBundle> {
  const { spec, version } = request.robot;
  const form = policyForm(spec.policy);
  const training = samplesOf(spec, split.training, { correctionWeight: request.correctionWeight });
  const validation = samplesOf(spec, split.heldOut);
  if (!training.weights.some((weight) => weight > 0))
    throw runError(
      "nothing-labelled",
      "the recordings hold no tick at which an expert said what is right",
      "record demonstrations, or import some",
    );
  const task: TrainingTask = {
    robot: spec,
    training,
    validation,
    seed: request.seed,
    settings: request.settings,
    warmStart: request.goOnFrom === undefined ? null : floatNetwork(request.goOnFrom),
    fakeQuantization: null,
  };
  const fitted = await fit(request, task);
  fitted.warnings.forEach(request.warn);
  const judged = validation.weights.some((weight) => weight > 0) ? split.heldOut : split.training;
  const float = scorePolicy(spec, judged, floatPolicy(spec, form, fitted.network));
  const quantized = await quantize(request, task, fitted.network, judged, float);
  const { graph, network, postTraining, quantizationAware, epochs } = quantized;
  const ticks = judgedTicks(spec, judged);
  return {
    provenance: {
      toolVersion: request.toolVersion,
      robot: spec.name,
      schemaHash: version.hash,
      schemaRevision: version.revision,
      seed: request.seed,
      engine: fitted.engine,
      recordings: request.recordings,
      samples: labelledRows(training) + labelledRows(validation),
      epochs: fitted.epochs + epochs,
      ...(request.goOnFrom === undefined ? {} : { wentOnFrom: request.goOnFrom.policyHash }),
    },
    metrics: {
      kind: scoreKind(spec.action),
      float,
      int8: quantizationAware ?? postTraining,
      postTraining,
      quantizationAware,
      rows: ticks.length,
      trainingLoss: fitted.trainingLoss,
      validationLoss: fitted.validationLoss,
    },
    form,
    network,
    graph,
    vectors: goldenVectors(
      spec,
      form,
      graph,
      ticks.map((tick) => tick.observation),
      request.seed,
    ),
    policyHash: policyHashOf(graph, spec.name),
  };
}

function floatNetwork({ network, policyHash }: PolicyBundle): FloatNetwork {
  if (network !== null) return network;
  const message = `policy ${policyHash} was imported as int8: there are no float weights to go on from`;
  throw runError("train-from-int8", message, "import the float model, or train from scratch");
}

/** Whether training can go on from a policy's weights: it has them, and their shape is robot.ts's. */
export function canGoOnFrom({ spec }: Robot, { network }: PolicyBundle): boolean {
  return network !== null && withParametersOf(deployedTemplate(spec), network) !== null;
}

/** Trains the float network; members that share nothing side by side. */
async function fit({ trainer, progress, label }: TrainingRequest, task: TrainingTask): Promise<TrainingResult> {
  const { ensemble } = task.robot.policy;
  const named = label === undefined ? progress : relabelled(progress, label);
  if (ensemble.members === 1 || ensemble.trunk === "shared") return trainer.train(task, named);
  const alone: RobotSpec = { ...task.robot, policy: { ...task.robot.policy, ensemble: { ...ensemble, members: 1 } } };
  const bars = dividedProgress(progress, label ?? `training ${ensemble.members} members`, ensemble.members);
  const members = await Promise.all(
    bars.map((bar, index) => {
      const warmStart = task.warmStart === null ? null : memberOf(task.robot, task.warmStart, index);
      return trainer.train({ ...task, robot: alone, seed: task.seed + index, warmStart }, bar);
    }),
  );
  const networks = members.map((member) => member.network);
  return { ...longest(members), network: joinMembers(task.robot, networks) };
}

/** Its curves stand for all. */
function longest(results: readonly TrainingResult[]): TrainingResult {
  return results.reduce((most, result) => (result.epochs > most.epochs ? result : most), at(results, 0));
}

interface Quantized {
  readonly graph: Graph;
  readonly network: FloatNetwork;
  /** Held-out scores of int8: quantized as it was trained, and after epochs that imitated int8; null: there were none, or they were worse. */
  readonly postTraining: number;
  readonly quantizationAware: number | null;
  /** Those epochs. */
  readonly epochs: number;
}

async function quantize(
  request: TrainingRequest,
  task: TrainingTask,
  network: FloatNetwork,
  judged: readonly Episode[],
  float: number,
): Promise<Quantized> {
  const { spec } = request.robot;
  const form = policyForm(spec.policy);
  const plan = planPolicy(spec, form, network, task.training, request.weightScales, request.seed);
  const score = (graph: Graph): number => scorePolicy(spec, judged, int8Policy(spec, form, graph));
  const plain = quantizeNetwork(network, plan);
  const postTraining = score(plain);
  const unaware = { graph: plain, network, postTraining, quantizationAware: null, epochs: 0 };
  if (request.quantizationAware === "never") return unaware;
  if (request.quantizationAware === "auto" && !isWorse(spec.action, postTraining, float)) return unaware;
  const tuned = await tune(request, task, network, plan);
  const graph = quantizeNetwork(tuned.network, plan);
  const quantizationAware = score(graph);
  const better = request.quantizationAware === "always" || isBetter(spec, quantizationAware, postTraining);
  return better ? { graph, network: tuned.network, postTraining, quantizationAware, epochs: tuned.epochs } : unaware;
}

/** A few epochs more, in which the forward pass computes as int8 will. */
function tune(request: TrainingRequest, task: TrainingTask, network: FloatNetwork, plan: QuantizationPlan): Promise<TrainingResult> {
  const settings = fineTuningSettings(task.settings);
  const progress = relabelled(request.progress, `${request.label ?? "training"}: with int8 in mind`);
  return request.trainer.train({ ...task, settings, warmStart: network, fakeQuantization: plan }, progress);
}

function isBetter({ action }: RobotSpec, score: number, than: number): boolean {
  return scoreKind(action) === "agreement" ? score > than : score < than;
}

function labelledRows({ weights }: Samples): number {
  return weights.reduce((count, weight) => count + (weight > 0 ? 1 : 0), 0);
}
