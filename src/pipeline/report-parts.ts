// What reports about policies share: loss curves, the layers of a model, and where a policy came from.

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
import type { PolicyMetrics, Provenance } from "../artifacts/policy-bundle.ts";
import { formatNumber } from "../report/format.ts";
import type { FactsSection, LinesSection, TableSection } from "../report/report.ts";

export function lossLines(title: string, { trainingLoss, validationLoss }: PolicyMetrics): LinesSection {
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

export function layersTable(graph: Graph): TableSection {
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
export function constantBytes(graph: Graph): number {
  const used = new Set(graph.operators.flatMap(operatorInputs));
  return graph.tensors.reduce((sum, tensor, id) => (used.has(id) && tensor.kind === "constant" ? sum + tensor.data.byteLength : sum), 0);
}

export function recordingFacts(recordings: Readonly<Record<string, Hash64>>): FactsSection {
  const rows = Object.entries(recordings);
  return { kind: "facts", title: "Recordings, by hash", rows: rows.length === 0 ? [["none", "the policy names no recording"]] : rows };
}

export function robotRows({ robot, schemaHash, schemaRevision, toolVersion }: Provenance): readonly (readonly [string, string])[] {
  return [
    ["robot", robot],
    ["schema hash", `${schemaHash}, revision ${schemaRevision}`],
    ["reflexarc", toolVersion],
  ];
}

export function wholeNumber(value: number): string {
  return formatNumber(value, 0);
}
