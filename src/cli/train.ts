// reflexarc train: recordings -> a policy bundle: weights, int8 model, .tflite, metrics, report.

import { join } from "node:path";
import type { Command } from "commander";
import { graphParameters, multiplyAccumulates } from "../artifacts/graph.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { lintEpisodes } from "../dataset/lint.ts";
import { writeWhole } from "../host/files.ts";
import { trainBundle } from "../pipeline/train-policy.ts";
import { trainingReport } from "../pipeline/reports.ts";
import { newProjectCommand, terminalFor, type ProjectOptions } from "./command.ts";
import { percent } from "../report/format.ts";
import { loadRecordings, openProject, saveBundle } from "./project.ts";
import { addTrainingOptions, trainingRequest, type TrainingOptions } from "./training-options.ts";

export function trainCommand(): Command {
  return addTrainingOptions(
    newProjectCommand(
      "reflexarc train --seed 7",
      "policy (folder), policyHash, engine, samples, epochs, metrics: {kind, float, int8, rows}, parameters, macs, report",
    ).argument("[recording...]", "the recordings to learn from; all of recordings/ when not given"),
  ).action(train);
}

async function train(names: readonly string[], options: ProjectOptions & TrainingOptions): Promise<void> {
  const terminal = terminalFor(options);
  const project = await openProject(options.project, terminal);
  const recordings = await loadRecordings(project, names, terminal);
  lintEpisodes(project.robot.spec, recordings.episodes).warnings.forEach(terminal.warn);
  const bundle = await trainBundle(await trainingRequest(project, recordings, options, terminal));
  const folder = await saveBundle(project, bundle);
  const report = join(folder, "report.html");
  await writeWhole(report, trainingReport(bundle));
  const { provenance, metrics } = bundle;
  terminal.table(
    ["held out", "float", "int8", "rows"],
    [
      [
        metrics.kind === "agreement" ? "agreement with the expert" : "mean error, share of range",
        percent(metrics.float),
        percent(metrics.int8),
        String(metrics.rows),
      ],
    ],
  );
  terminal.line(
    `${folder}: policy ${bundle.policyHash}, ${graphParameters(bundle.graph)} parameters, ${provenance.epochs} epochs on ${provenance.samples} samples`,
  );
  terminal.line(`report: ${report}`);
  terminal.result(summaryOf(bundle, folder, report));
}

function summaryOf(bundle: PolicyBundle, folder: string, report: string): unknown {
  const { kind, float, int8, rows } = bundle.metrics;
  return {
    policy: folder,
    policyHash: bundle.policyHash,
    engine: bundle.provenance.engine,
    samples: bundle.provenance.samples,
    epochs: bundle.provenance.epochs,
    metrics: { kind, float, int8, rows },
    parameters: graphParameters(bundle.graph),
    macs: multiplyAccumulates(bundle.graph),
    report,
  };
}
