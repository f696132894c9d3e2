// In: the policies of a DAgger loop with their drives. Out: the HTML report about them: what came of it, what it looks like, and where it
// came from.

import { graphParameters, multiplyAccumulates } from "../artifacts/graph.ts";
import type { Plant } from "../artifacts/plant.ts";
import type { Provenance } from "../artifacts/policy-bundle.ts";
import { formatNumber, percent } from "../report/format.ts";
import { renderReport } from "../report/page.ts";
import type { BarsSection, FactsSection, LinesSection, PathsSection, TableSection, TextSection } from "../report/report.ts";
import { POLICY_TABLE_HEAD, policyTableRow, type DrivenPolicy } from "./policy-table.ts";
import { constantBytes, lossLines, recordingFacts, robotRows, wholeNumber } from "./report-parts.ts";

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
      ...floatAgreements(policies),
      { name: "int8", values: policies.map(({ score }) => 100 * score.agreementInt8) },
      { name: "board", values: policies.map(({ score }) => 100 * score.agreementBoard) },
    ],
  };
}

/** None where a policy was imported as int8. */
function floatAgreements(policies: readonly DrivenPolicy[]): LinesSection["series"] {
  const values = policies.flatMap(({ score: { agreementFloat } }) => (agreementFloat === null ? [] : [100 * agreementFloat]));
  return values.length < policies.length ? [] : [{ name: "float", values }];
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
