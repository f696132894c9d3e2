// What a training came to, in numbers: where the policy errs, what int8 changes, what of the observations was demonstrated, what it takes on
// boards. For the report.

import { at } from "../core/assert.ts";
import type { Board } from "../artifacts/board.ts";
import { normaliseObservation, policyInputWidth } from "../artifacts/encoding.ts";
import type { Episode } from "../artifacts/episode.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { actionLabel, fieldOfChannel, fieldColumns, type ActionSpec, type RobotSpec } from "../artifacts/robot-spec.ts";
import type { Split } from "../dataset/split.ts";
import { samplesOf } from "../dataset/samples.ts";
import type { LayerError } from "../quantize/layer-errors.ts";
import { budgetOn, type BoardBudget } from "./board-budgets.ts";
import { coverage, type Coverage } from "./coverage.ts";
import { floatPolicy, int8Policy } from "./policy.ts";
import { policyLayerErrors } from "./quantize-policy.ts";
import { answers, scoreTick, type Answer } from "./score.ts";

export interface TrainingAnalysis {
  /** Held-out ticks by the expert's label (row) and the int8 policy's (column); null for continuous actions. */
  readonly confusion: { readonly labels: readonly string[]; readonly counts: readonly (readonly number[])[] } | null;
  /** A channel of a continuous action: what the expert and the policies did, some of the held-out ticks. */
  readonly predictions: readonly ChannelPredictions[];
  readonly episodes: readonly EpisodeScore[];
  /** Where int8 is furthest from the expert, the worst first. */
  readonly worst: readonly WorstMoment[];
  /** Float against int8, operator by operator; empty for an imported int8 model. */
  readonly layers: readonly LayerError[];
  readonly coverage: Coverage;
  readonly boards: readonly BoardBudget[];
}

export interface ChannelPredictions {
  readonly name: string;
  readonly unit: string;
  readonly expert: readonly number[];
  readonly float: readonly number[];
  readonly int8: readonly number[];
}

/** Agreement, or error as a share of the range, on one held-out episode. */
export interface EpisodeScore {
  readonly name: string;
  readonly ticks: number;
  readonly float: number;
  readonly int8: number;
}

export interface WorstMoment {
  readonly episode: string;
  /** Since the recording's start. */
  readonly seconds: number;
  readonly expert: string;
  readonly policy: string;
  /** By how many steps of int8 another label won, the members' together; for continuous actions the mean error as a share of the range. */
  readonly error: number;
  /** The policy's input then, and a second before (as far as its episode goes back), -1..1. */
  readonly input: Float32Array;
  readonly inputBefore: Float32Array;
}

const SHOWN_PREDICTIONS = 1200;
const WORST_MOMENTS = 6;

export function analyseTraining(spec: RobotSpec, bundle: PolicyBundle, split: Split, boards: readonly Board[]): TrainingAnalysis {
  const { form, graph, network } = bundle;
  const judged = split.heldOut.length > 0 ? split.heldOut : split.training;
  const oracle = int8Policy(spec, form, graph);
  /** By the action that was made of it. */
  const outputs = new WeakMap<Float32Array, Int8Array>();
  const action = (observation: Float32Array): Float32Array => {
    const output = oracle.output(observation);
    const decoded = oracle.decode(output);
    outputs.set(decoded, output);
    return decoded;
  };
  const reset = (): void => {
    oracle.reset();
  };
  const int8 = answers(spec, judged, { reset, action });
  const float = network === null ? int8 : answers(spec, judged, floatPolicy(spec, form, network));
  const training = samplesOf(spec, split.training, { correctionWeight: CORRECTION_MARK });
  return {
    confusion: spec.action.kind === "discrete" ? confusionOf(spec.action.labels, int8) : null,
    predictions: predictionsOf(spec.action, float, int8),
    episodes: episodeScores(spec, judged, float, int8),
    worst: worstMoments(spec, judged, int8, (answer) => severity(spec, answer, outputs.get(answer.action) ?? new Int8Array())),
    layers: network === null ? [] : policyLayerErrors(form, network, graph, training, bundle.provenance.seed),
    coverage: coverage(training, samplesOf(spec, judged), CORRECTION_MARK),
    boards: boards.map((board) => budgetOn(spec, bundle, board)),
  };
}

/** A weight by which corrections are told from demonstrations. */
const CORRECTION_MARK = 2;

function confusionOf(labels: readonly string[], ticks: readonly Answer[]): TrainingAnalysis["confusion"] {
  const counts = labels.map(() => labels.map(() => 0));
  for (const { label, action } of ticks) {
    const row = at(counts, at(label, 0));
    row[at(action, 0)] = at(row, at(action, 0)) + 1;
  }
  return { labels, counts };
}

function predictionsOf(action: ActionSpec, float: readonly Answer[], int8: readonly Answer[]): readonly ChannelPredictions[] {
  if (action.kind === "discrete") return [];
  const names = action.fields.flatMap(fieldColumns);
  const every = Math.max(1, Math.ceil(int8.length / SHOWN_PREDICTIONS));
  const shown = (ticks: readonly Answer[]): readonly Answer[] => ticks.filter((_, index) => index % every === 0);
  return fieldOfChannel(action.fields).map((field, channel) => ({
    name: at(names, channel),
    unit: field.kind === "number" ? field.unit : "",
    expert: shown(int8).map(({ label }) => at(label, channel)),
    float: shown(float).map((tick) => at(tick.action, channel)),
    int8: shown(int8).map((tick) => at(tick.action, channel)),
  }));
}

function episodeScores(
  spec: RobotSpec,
  episodes: readonly Episode[],
  float: readonly Answer[],
  int8: readonly Answer[],
): readonly EpisodeScore[] {
  return episodes.flatMap((judged, index) => {
    const mean = (ticks: readonly Answer[]): number => {
      const own = ticks.filter(({ episode }) => episode === index);
      return own.reduce((sum, tick) => sum + scoreTick(spec.action, tick.label, tick.action), 0) / own.length;
    };
    const ticks = int8.filter(({ episode }) => episode === index).length;
    return ticks === 0 ? [] : [{ name: shortName(judged), ticks, float: mean(float), int8: mean(int8) }];
  });
}

/** How wrong an answer is: 0 where it is right; by how many steps of int8 another label won over the expert's, or the error as a share of the
 * range. */
function severity({ action: spec }: RobotSpec, { label, action }: Answer, output: Int8Array): number {
  if (spec.kind === "continuous") return scoreTick(spec, label, action);
  const votes = (index: number): number =>
    output.reduce((sum, value, position) => (position % spec.labels.length === index ? sum + value : sum), 0);
  return at(label, 0) === at(action, 0) ? 0 : Math.max(1, votes(at(action, 0)) - votes(at(label, 0)));
}

/** No two within a second: a mistake lasts, and one picture of it is enough. */
function worstMoments(
  spec: RobotSpec,
  episodes: readonly Episode[],
  ticks: readonly Answer[],
  severityOf: (tick: Answer) => number,
): readonly WorstMoment[] {
  const ranked = ticks
    .map((tick) => ({ tick, error: severityOf(tick) }))
    .filter(({ error }) => error > 0)
    .sort((left, right) => right.error - left.error);
  const chosen: typeof ranked = [];
  for (const each of ranked) {
    if (chosen.length === WORST_MOMENTS) break;
    const near = chosen.some(({ tick }) => tick.episode === each.tick.episode && Math.abs(tick.tick - each.tick.tick) < spec.rateHz);
    if (!near) chosen.push(each);
  }
  return chosen.map(({ tick: answer, error }) => {
    const episode = at(episodes, answer.episode);
    return {
      episode: shortName(episode),
      seconds: at(episode.seconds, answer.tick),
      expert: actionText(spec.action, answer.label),
      policy: actionText(spec.action, answer.action),
      error,
      input: inputAt(spec, episode, answer.tick),
      inputBefore: inputAt(spec, episode, Math.max(0, answer.tick - spec.rateHz)),
    };
  });
}

/** Without the folders of its file. */
function shortName({ source }: Episode): string {
  return source
    .split(": ")
    .map((part) => part.slice(part.lastIndexOf("/") + 1).replace(/\.mcap$/, ""))
    .join(": ");
}

function inputAt(spec: RobotSpec, { observations, seconds }: Episode, tick: number): Float32Array {
  const width = observations.length / seconds.length;
  const input = new Float32Array(policyInputWidth(spec));
  normaliseObservation(spec, observations.subarray(tick * width, (tick + 1) * width), input, 0);
  return input;
}

function actionText(action: ActionSpec, values: Float32Array): string {
  if (action.kind === "discrete") return actionLabel(action.labels, at(values, 0));
  const names = action.fields.flatMap(fieldColumns);
  return names.map((name, channel) => `${name} ${Number(at(values, channel).toPrecision(3))}`).join(", ");
}
