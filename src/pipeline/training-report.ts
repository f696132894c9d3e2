// In: a trained policy and its analysis. Out: the HTML report about it: how well it does what the expert did, where it errs, what int8 changes,
// what it takes on boards, and where it came from.

import type { PolicyBundle, PolicyMetrics } from "../artifacts/policy-bundle.ts";
import { graphParameters } from "../artifacts/graph.ts";
import { formatNumber, percent, scorePercent, withUnit } from "../report/format.ts";
import { renderReport } from "../report/page.ts";
import type { BarsSection, FactsSection, LinesSection, MatrixSection, PointsSection, Section, TableSection } from "../report/report.ts";
import { layersTable, lossLines, recordingFacts, robotRows, wholeNumber } from "./report-parts.ts";
import type { ChannelPredictions, TrainingAnalysis, WorstMoment } from "./training-analysis.ts";

/** What training made of the recordings, as one HTML file. */
export function trainingReport(bundle: PolicyBundle, analysis: TrainingAnalysis): string {
  const { provenance, graph, policyHash, metrics } = bundle;
  return renderReport({
    title: `${provenance.robot}: training`,
    subtitle: `Policy ${policyHash}, ${wholeNumber(graphParameters(graph))} parameters, learnt from ${wholeNumber(provenance.samples)} labelled ticks`,
    sections: [
      heldOutTable(metrics),
      ...confusionMatrix(analysis),
      ...(metrics.trainingLoss.length === 0 ? [] : [lossLines("Loss by epoch", metrics)]),
      ...analysis.predictions.map(predictedAgainstExpert),
      ...episodeBars(metrics, analysis),
      coveragePoints(analysis),
      coverageFacts(analysis),
      ...worstTable(metrics, analysis),
      ...analysis.worst.map((moment, index) => momentLines(moment, index + 1)),
      ...layerErrorSections(analysis),
      layersTable(graph),
      boardsTable(analysis),
      trainingFacts(bundle),
      recordingFacts(provenance.recordings),
    ],
  });
}

function heldOutTable({ kind, float, postTraining, quantizationAware, rows }: PolicyMetrics): TableSection {
  const row = (name: string, score: number): readonly string[] => {
    const points = 100 * (score - float);
    return [
      name,
      scorePercent(kind, score),
      `${points > 0 ? "+" : ""}${formatNumber(points, kind === "error" ? 2 : 1)} points`,
      wholeNumber(rows),
    ];
  };
  return {
    kind: "table",
    title: "On data that training did not see",
    caption:
      kind === "agreement"
        ? "Share of ticks at which the policy does what the expert did."
        : "Mean absolute error, as a share of the action's range.",
    head: ["arithmetic", kind === "agreement" ? "agreement" : "mean error", "against float", "ticks"],
    rows: [
      ["float", scorePercent(kind, float), "", wholeNumber(rows)],
      row("int8, quantized after training", postTraining),
      ...(quantizationAware === null ? [] : [row("int8, its last epochs trained with int8 in mind", quantizationAware)]),
    ],
  };
}

function confusionMatrix({ confusion }: TrainingAnalysis): readonly MatrixSection[] {
  if (confusion === null) return [];
  return [
    {
      kind: "matrix",
      title: "What it takes for what",
      caption: "Ticks that training did not see: the expert's label, and what the int8 policy said.",
      rowsLabel: "expert",
      columnsLabel: "policy",
      names: confusion.labels,
      counts: confusion.counts,
    },
  ];
}

function predictedAgainstExpert({ name, unit, expert, float, int8 }: ChannelPredictions): PointsSection {
  const against = (values: readonly number[]): readonly (readonly [number, number])[] =>
    values.map((value, index) => [expert[index] ?? NaN, value]);
  const label = unit === "" ? "" : `, ${unit}`;
  return {
    kind: "points",
    title: `${name}: said against wanted`,
    xLabel: `expert${label}`,
    yLabel: `policy${label}`,
    diagonal: true,
    groups: [
      { name: "float", points: against(float) },
      { name: "int8", points: against(int8) },
    ],
  };
}

/** Bars that fit beside each other. */
const SHOWN_EPISODES = 24;

function episodeBars({ kind }: PolicyMetrics, { episodes }: TrainingAnalysis): readonly BarsSection[] {
  if (episodes.length < 2) return [];
  const error = (score: number): number => 100 * (kind === "agreement" ? 1 - score : score);
  const shown = [...episodes].sort((left, right) => error(right.int8) - error(left.int8)).slice(0, SHOWN_EPISODES);
  const more = episodes.length > shown.length ? `, the worst ${shown.length} of ${episodes.length}` : "";
  return [
    {
      kind: "bars",
      title: `Error by held-out episode${more}`,
      unit: "%",
      categories: shown.map(({ name }) => name),
      series: [
        { name: "float", values: shown.map(({ float }) => error(float)) },
        { name: "int8", values: shown.map(({ int8 }) => error(int8)) },
      ],
    },
  ];
}

function coveragePoints({ coverage: { demonstrations, corrections, heldOut, explained } }: TrainingAnalysis): PointsSection {
  const axis = (index: 0 | 1): string => `direction ${index + 1} (${percent(explained[index])} of the variance)`;
  return {
    kind: "points",
    title: "What of the observations was demonstrated",
    xLabel: axis(0),
    yLabel: axis(1),
    diagonal: false,
    groups: [
      { name: "demonstrated", points: demonstrations },
      { name: "held out", points: heldOut },
      { name: "corrected", points: corrections },
    ].filter(({ points }) => points.length > 0),
  };
}

function coverageFacts({ coverage }: TrainingAnalysis): FactsSection {
  const times = (distance: number): string => `${formatNumber(distance, 2)} of the typical distance between two that were learnt from`;
  return {
    kind: "facts",
    title: "How new the held-out observations are",
    rows: [
      ["the median one, to the nearest learnt from", times(coverage.medianDistance)],
      ["the newest one", times(coverage.farthestDistance)],
    ],
  };
}

function worstTable({ kind }: PolicyMetrics, { worst }: TrainingAnalysis): readonly TableSection[] {
  if (worst.length === 0) return [];
  return [
    {
      kind: "table",
      title: "Its worst moments",
      caption: "Held-out ticks at which the int8 policy is furthest from the expert, at least a second apart; their observations below.",
      head: ["moment", "episode", "time", "expert", "policy", kind === "error" ? "error" : "won by, int8 steps"],
      rows: worst.map(({ episode, seconds, expert, policy, error }, index) => [
        String(index + 1),
        episode,
        `${formatNumber(seconds, 2)} s`,
        expert,
        policy,
        kind === "error" ? percent(error) : wholeNumber(error),
      ]),
    },
  ];
}

function momentLines({ expert, policy, input, inputBefore }: WorstMoment, number: number): LinesSection {
  return {
    kind: "lines",
    title: `Moment ${number}: ${policy} instead of ${expert}`,
    xLabel: "input of the policy",
    yLabel: "observation, -1 to 1 across @clip",
    unit: "",
    positions: { kind: "counted", from: 0 },
    series: [
      { name: "then", values: [...input] },
      { name: "a second before", values: [...inputBefore] },
    ],
  };
}

function layerErrorSections({ layers }: TrainingAnalysis): readonly Section[] {
  if (layers.length === 0) return [];
  const names = layers.map(({ name }) => name);
  return [
    {
      kind: "bars",
      title: "Float against int8: signal to error, by layer",
      unit: "dB",
      categories: names,
      series: [{ name: "signal to error", values: layers.map((layer) => layer.signalToNoiseDb ?? NaN) }],
    },
    {
      kind: "table",
      title: "Float against int8, by layer",
      caption:
        "What int8 makes of each tensor against the float network, on rows that were learnt from. 20 dB: the error is a tenth of the signal.",
      head: ["tensor", "operator", "mean error", "largest error", "signal to error", "cut off by int8"],
      rows: layers.map(({ name, operator, meanError, largestError, signalToNoiseDb, clipped }) => [
        name,
        operator,
        formatNumber(meanError, 4),
        formatNumber(largestError, 4),
        withUnit(formatNumber(signalToNoiseDb ?? NaN, 1), "dB"),
        percent(clipped),
      ]),
    },
  ];
}

function boardsTable({ boards }: TrainingAnalysis): TableSection {
  const known = (value: number | null, unit: string): string => (value === null ? "unknown" : `${wholeNumber(value)} ${unit}`);
  return {
    kind: "table",
    title: "On boards",
    caption: "What the policy takes of each, at most: bounds that `reflexarc compile` also prints, before anything is built.",
    head: ["board", "flash: code", "constants", "RAM", "an inference", "of a tick"],
    rows: boards.map(({ board, budget, tickShare }) => {
      if (typeof budget === "string") return [board.name, budget, "", "", "", ""];
      const { flashBytes, ramBytes, microseconds } = budget;
      return [
        board.name,
        known(flashBytes.code, "B"),
        known(flashBytes.constants, "B"),
        known(ramBytes, "B"),
        known(microseconds, "\u00b5s"),
        tickShare === null ? "unknown" : percent(tickShare),
      ];
    }),
  };
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
