// In: a trained policy, or the policies of a DAgger loop with their drives. Out: the HTML report about it: what came of it, what it
// looks like, and where it came from.

import { at } from "../core/assert.ts";
import type { Hash64 } from "../core/hash.ts";
import {
  graphParameters,
  multiplyAccumulates,
  operatorInputs,
  operatorOutputs,
  type Graph,
  type Operator,
  type TensorId,
} from "../artifacts/graph.ts";
import type { Plant } from "../artifacts/plant.ts";
import type { PolicyBundle, PolicyMetrics, Provenance } from "../artifacts/policy-bundle.ts";
import { formatNumber, percent } from "../report/format.ts";
import { renderReport } from "../report/page.ts";
import type { BarsSection, FactsSection, LinesSection, PathsSection, TableSection, TextSection } from "../report/report.ts";
import { POLICY_TABLE_HEAD, policyTableRow, type DrivenPolicy } from "./policy-table.ts";

/** What training made of the recordings, as one HTML file. */
export function trainingReport(bundle: PolicyBundle): string {
  const { provenance, graph, policyHash } = bundle;
  return renderReport({
    title: `${provenance.robot}: training`,
    subtitle: `Policy ${policyHash}, ${wholeNumber(graphParameters(graph))} parameters, learnt from ${wholeNumber(provenance.samples)} labelled ticks`,
    sections: [
      heldOutTable(bundle.metrics),
      lossLines("Loss by epoch", bundle.metrics),
      layersTable(graph),
      trainingFacts(bundle),
      recordingFacts(provenance.recordings),
    ],
  });
}

export interface DaggerReport {
  readonly title: string;
  readonly walls: Plant["walls"];
  /** In the order in which they were trained; all were scored from the same starts. */
  readonly policies: readonly DrivenPolicy[];
}

/** What the rounds of DAgger made of the first policy, as one HTML file. */
export function daggerReport({ title, walls, policies }: DaggerReport): string {
  const last = policies.at(-1);
  return renderReport({
    title,
    subtitle: last === undefined ? "No policy was scored" : scoring(last),
    sections: [
      outcomeText(policies),
      policiesTable(policies),
      policyBars("Episodes without a collision", "%", policies, ({ score }) => 100 * score.collisionFree),
      policyBars("Laps an episode, mean", "", policies, ({ score }) => score.laps),
      agreementLines(policies),
      learningCurve(policies),
      topViews(walls, policies),
      ...policies.map(({ name, bundle }) => lossLines(`Loss by epoch: ${name}`, bundle.metrics)),
      provenanceTable(policies),
      ...(last === undefined ? [] : [robotFacts(last.bundle.provenance, policies), recordingFacts(last.bundle.provenance.recordings)]),
    ],
  });
}

function heldOutTable({ kind, float, int8, rows }: PolicyMetrics): TableSection {
  const points = 100 * (int8 - float);
  return {
    kind: "table",
    title: "On data that training did not see",
    caption:
      kind === "agreement"
        ? "Share of ticks at which the policy does what the expert did."
        : "Mean absolute error, as a share of the action's range.",
    head: ["arithmetic", kind === "agreement" ? "agreement" : "mean error", "against float", "ticks"],
    rows: [
      ["float", percent(float), "", wholeNumber(rows)],
      ["int8", percent(int8), `${points > 0 ? "+" : ""}${formatNumber(points, 1)} points`, wholeNumber(rows)],
    ],
  };
}

function lossLines(title: string, { trainingLoss, validationLoss }: PolicyMetrics): LinesSection {
  return {
    kind: "lines",
    title,
    xLabel: "epoch",
    yLabel: "loss, logarithmic",
    unit: "",
    positions: { kind: "counted", from: 1 },
    series: [
      { name: "training", values: trainingLoss },
      { name: "held out", values: validationLoss },
    ],
    logarithmic: true,
  };
}

function layersTable(graph: Graph): TableSection {
  const shapes = (ids: readonly TensorId[]): string => ids.map((id) => at(graph.tensors, id).shape.join(" \u00d7 ")).join(", ");
  const computed = (id: TensorId): boolean => at(graph.tensors, id).kind !== "constant";
  const row = (name: string, kind: string, size: string, part: Graph): string[] => [
    name,
    kind,
    size,
    wholeNumber(graphParameters(part)),
    wholeNumber(multiplyAccumulates(part)),
    wholeNumber(constantBytes(part)),
  ];
  const operatorRow = (operator: Operator): string[] =>
    row(
      operatorOutputs(operator)
        .map((id) => at(graph.tensors, id).name)
        .join(", "),
      kindOf(operator),
      `${shapes(operatorInputs(operator).filter(computed))} \u2192 ${shapes(operatorOutputs(operator))}`,
      { ...graph, operators: [operator] },
    );
  return {
    kind: "table",
    title: "Layers of the int8 model",
    caption: "Constants are weights of one byte and biases of four. MACs are multiply-accumulates of one inference.",
    head: ["output", "operator", "shape", "parameters", "MACs", "constants, bytes"],
    rows: [...graph.operators.map(operatorRow), row("all", "", `${shapes(graph.inputs)} \u2192 ${shapes(graph.outputs)}`, graph)],
  };
}

function kindOf(operator: Operator): string {
  return "activation" in operator && operator.activation !== "none" ? `${operator.kind}, ${operator.activation}` : operator.kind;
}

/** Bytes of the weights and biases. */
function constantBytes(graph: Graph): number {
  const used = new Set(graph.operators.flatMap(operatorInputs));
  return graph.tensors.reduce((sum, tensor, id) => (used.has(id) && tensor.kind === "constant" ? sum + tensor.data.byteLength : sum), 0);
}

function trainingFacts({ provenance, policyHash }: PolicyBundle): FactsSection {
  return {
    kind: "facts",
    title: "Where it came from",
    rows: [
      ...robotRows(provenance),
      ["policy hash", policyHash],
      ["seed", String(provenance.seed)],
      ["engine", provenance.engine],
      ["epochs", wholeNumber(provenance.epochs)],
      ["labelled ticks", wholeNumber(provenance.samples)],
      ...(provenance.wentOnFrom === undefined ? [] : [["went on from", provenance.wentOnFrom] as const]),
    ],
  };
}

function recordingFacts(recordings: Readonly<Record<string, Hash64>>): FactsSection {
  const rows = Object.entries(recordings);
  return { kind: "facts", title: "Recordings, by hash", rows: rows.length === 0 ? [["none", "the policy names no recording"]] : rows };
}

function robotRows({ robot, schemaHash, schemaRevision, toolVersion }: Provenance): readonly (readonly [string, string])[] {
  return [
    ["robot", robot],
    ["schema hash", `${schemaHash}, revision ${schemaRevision}`],
    ["reflexarc", toolVersion],
  ];
}

function robotFacts(provenance: Provenance, policies: readonly DrivenPolicy[]): FactsSection {
  const seeds = policies.flatMap(({ score }) => score.drives.map(({ rollout }) => rollout.seed));
  const starts = [...new Set(seeds)].sort((left, right) => left - right);
  return {
    kind: "facts",
    title: "Where they came from",
    rows: [...robotRows(provenance), ["seeds of the scored starts", starts.join(", ")]],
  };
}

function scoring({ bundle, score }: DrivenPolicy): string {
  return `Each policy for the ${bundle.provenance.robot} drove ${score.episodes} episodes on the board, from the same starts`;
}

function outcomeText(policies: readonly DrivenPolicy[]): TextSection {
  const first = policies[0];
  const last = policies.at(-1);
  if (first === undefined || last === undefined) return { kind: "text", title: "What came of it", paragraphs: ["Nothing was driven."] };
  const ticks = policies.reduce((sum, { score }) => sum + score.ticks, 0);
  const differing = policies.reduce((sum, { score }) => sum + score.differing, 0);
  const outcome = ({ name, samples, score }: DrivenPolicy): string =>
    `The policy \u201c${name}\u201d drove ${percent(score.collisionFree)} of ${score.episodes} episodes without a collision and ${formatNumber(score.laps, 2)} laps an episode; it had learnt from ${wholeNumber(samples)} labelled ticks.`;
  return {
    kind: "text",
    title: "What came of it",
    paragraphs: [
      ...(first === last ? [first] : [first, last]).map(outcome),
      differing === 0
        ? `The board's raw output was the int8 oracle's, to the bit, at all ${wholeNumber(ticks)} ticks.`
        : `The board's raw output was not the int8 oracle's at ${wholeNumber(differing)} of ${wholeNumber(ticks)} ticks: this is a bug.`,
    ],
  };
}

function policiesTable(policies: readonly DrivenPolicy[]): TableSection {
  return {
    kind: "table",
    title: "The policies",
    caption:
      "Driving on the board; how often float network, int8 oracle and board do what the expert would, at the ticks that were visited.",
    head: POLICY_TABLE_HEAD,
    rows: policies.map(policyTableRow),
  };
}

function policyBars(
  title: string,
  unit: string,
  policies: readonly DrivenPolicy[],
  valueOf: (policy: DrivenPolicy) => number,
): BarsSection {
  return { kind: "bars", title, unit, categories: names(policies), series: [{ name: title, values: policies.map(valueOf) }] };
}

function agreementLines(policies: readonly DrivenPolicy[]): LinesSection {
  return {
    kind: "lines",
    title: "Agreement with the expert",
    xLabel: "",
    yLabel: "share of the visited ticks",
    unit: "%",
    positions: { kind: "names", names: names(policies) },
    series: [
      { name: "float", values: policies.map(({ score }) => 100 * score.agreementFloat) },
      { name: "int8", values: policies.map(({ score }) => 100 * score.agreementInt8) },
      { name: "board", values: policies.map(({ score }) => 100 * score.agreementBoard) },
    ],
  };
}

function learningCurve(policies: readonly DrivenPolicy[]): LinesSection {
  return {
    kind: "lines",
    title: "Learning curve",
    xLabel: "labelled ticks learnt from",
    yLabel: "share of episodes, of ticks",
    unit: "%",
    positions: { kind: "numbers", numbers: policies.map(({ samples }) => samples) },
    series: [
      { name: "episodes without a collision", values: policies.map(({ score }) => 100 * score.collisionFree) },
      { name: "ticks at which the board agrees with the expert", values: policies.map(({ score }) => 100 * score.agreementBoard) },
    ],
  };
}

function topViews(walls: Plant["walls"], policies: readonly DrivenPolicy[]): PathsSection {
  return {
    kind: "paths",
    title: "Every drive, from above",
    walls,
    panels: policies.map(({ name, score }) => ({
      name,
      paths: score.drives.map(({ rollout }) => ({ points: rollout.poses.map(({ x, y }) => [x, y] as const), collided: rollout.collided })),
    })),
  };
}

function provenanceTable(policies: readonly DrivenPolicy[]): TableSection {
  return {
    kind: "table",
    title: "How each was made",
    caption: "Constants are the int8 model's weights and biases. Equal hash, equal model, to the bit.",
    head: ["policy", "policy hash", "seed", "engine", "epochs", "held-out float", "int8", "parameters", "MACs", "constants, bytes"],
    rows: policies.map(({ name, bundle: { policyHash, provenance, metrics, graph } }) => [
      name,
      policyHash,
      String(provenance.seed),
      provenance.engine,
      wholeNumber(provenance.epochs),
      percent(metrics.float),
      percent(metrics.int8),
      wholeNumber(graphParameters(graph)),
      wholeNumber(multiplyAccumulates(graph)),
      wholeNumber(constantBytes(graph)),
    ]),
  };
}

function names(policies: readonly DrivenPolicy[]): readonly string[] {
  return policies.map(({ name }) => name);
}

function wholeNumber(value: number): string {
  return formatNumber(value, 0);
}
