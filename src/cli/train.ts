// reflexarc train: recordings -> policy bundle with its report.

import { join } from "node:path";
import type { Command } from "commander";
import { graphParameters, multiplyAccumulates } from "../artifacts/graph.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { runError, usageError } from "../core/diagnostic.ts";
import { lintEpisodes } from "../dataset/lint.ts";
import { listBoards, loadBoard } from "../host/boards.ts";
import { writeWhole } from "../host/files.ts";
import { boardsFolder } from "../host/package-files.ts";
import type { Terminal } from "../host/terminal.ts";
import type { Split } from "../dataset/split.ts";
import { bestCandidate, searchArchitectures, type Candidate } from "../pipeline/search.ts";
import { holdOut, trainBundle, type TrainingRequest } from "../pipeline/train-policy.ts";
import { analyseTraining } from "../pipeline/training-analysis.ts";
import { trainingReport } from "../pipeline/training-report.ts";
import { scorePercent } from "../report/format.ts";
import { policyExpression } from "../spec/policy-text.ts";
import { newProjectCommand, terminalFor, type ProjectOptions } from "./command.ts";
import { loadBundle, loadRecordings, openProject, saveBundle, type Project } from "./project.ts";
import { addTrainingOptions, trainingRequest, type TrainingOptions } from "./training-options.ts";

export function trainCommand(): Command {
  return addTrainingOptions(
    newProjectCommand(
      "reflexarc train --seed 7",
      "policy (folder), policyHash, engine, samples, epochs, metrics: {kind, float, int8, postTraining, quantizationAware, rows}, parameters, macs, report; with --search also candidates: [{policy, float, int8, parameters, flashBytes, microseconds, pareto, fits}]",
    )
      .argument("[recording...]", "the recordings to learn from; all of recordings/ when not given")
      .option("--from <bundle>", "go on from this policy's weights instead of beginning anew")
      .option("--search", "try a few sizes around the one in robot.ts, and keep the best that the board has room and time for")
      .option("--board <id>", "with --search: the board", "esp32"),
  ).action(train);
}

interface TrainOptions extends ProjectOptions, TrainingOptions {
  readonly from?: string;
  readonly search?: boolean;
  readonly board: string;
}

async function train(names: readonly string[], options: TrainOptions): Promise<void> {
  if (options.search === true && options.from !== undefined)
    throw usageError("train-search-from", "--search begins anew in several sizes, --from goes on in one", "leave out one of them");
  const terminal = terminalFor(options);
  const project = await openProject(options.project, terminal);
  const recordings = await loadRecordings(project, names, terminal);
  lintEpisodes(project.robot.spec, recordings.episodes).warnings.forEach(terminal.warn);
  const goOn = options.from === undefined ? {} : { goOnFrom: (await loadBundle(project, options.from)).bundle };
  const request = { ...(await trainingRequest(project, recordings, options, terminal)), ...goOn };
  const candidates = options.search === true ? await search(request, options.board, terminal) : null;
  const bundle = candidates === null ? await trainBundle(request) : chosen(candidates, options.board).bundle;
  await conclude(project, bundle, holdOut(request), candidates, terminal);
}

async function search(request: TrainingRequest, boardId: string, terminal: Terminal): Promise<readonly Candidate[]> {
  const board = await loadBoard(boardsFolder, boardId);
  const candidates = await searchArchitectures(request, board);
  terminal.table(
    ["policy", "float", "int8", "parameters", "flash, bytes", "us", ""],
    candidates.map(({ policy, bundle, onBoard: { budget }, pareto }) => [
      policyExpression(policy),
      scorePercent(bundle.metrics.kind, bundle.metrics.float),
      scorePercent(bundle.metrics.kind, bundle.metrics.int8),
      String(graphParameters(bundle.graph)),
      ...(typeof budget === "string"
        ? ["", "", budget]
        : [String(flashBytes(budget)), String(budget.microseconds ?? ""), pareto ? "worth its size" : ""]),
    ]),
  );
  terminal.line(`at most, on ${board.name}; "worth its size": none is as good, as fast and as small`);
  return candidates;
}

function chosen(candidates: readonly Candidate[], board: string): Candidate {
  const best = bestCandidate(candidates);
  if (best !== null) return best;
  throw runError(
    "search-none-fits",
    `none of the policies fits ${board}`,
    "choose a larger board, or a smaller policy in robot.ts to search around",
  );
}

async function conclude(
  project: Project,
  bundle: PolicyBundle,
  split: Split,
  candidates: readonly Candidate[] | null,
  terminal: Terminal,
): Promise<void> {
  const folder = await saveBundle(project, bundle);
  const report = join(folder, "report.html");
  const analysis = analyseTraining(project.robot.spec, bundle, split, await listBoards(boardsFolder));
  await writeWhole(report, trainingReport(bundle, analysis));
  const { provenance, metrics } = bundle;
  const aware = metrics.quantizationAware === null ? [] : [scorePercent(metrics.kind, metrics.quantizationAware)];
  terminal.table(
    ["held out", "float", "int8", ...(aware.length === 0 ? [] : ["int8, trained for it"]), "rows"],
    [
      [
        metrics.kind === "agreement" ? "agreement with the expert" : "mean error, share of range",
        scorePercent(metrics.kind, metrics.float),
        scorePercent(metrics.kind, metrics.postTraining),
        ...aware,
        String(metrics.rows),
      ],
    ],
  );
  terminal.line(
    `${folder}: policy ${bundle.policyHash}, ${graphParameters(bundle.graph)} parameters, ${provenance.epochs} epochs on ${provenance.samples} samples`,
  );
  const best = candidates?.find((candidate) => candidate.bundle === bundle);
  if (best !== undefined) terminal.line(`to train it again, write in robot.ts: policy: ${policyExpression(best.policy)}`);
  terminal.line(`report: ${report}`);
  terminal.result({
    ...summaryOf(bundle, folder, report),
    ...(candidates === null ? {} : { candidates: candidates.map(candidateSummary) }),
  });
}

function flashBytes(budget: Exclude<Candidate["onBoard"]["budget"], string>): number {
  return (budget.flashBytes.code ?? 0) + budget.flashBytes.constants;
}

function summaryOf(bundle: PolicyBundle, folder: string, report: string): Record<string, unknown> {
  const { kind, float, int8, postTraining, quantizationAware, rows } = bundle.metrics;
  return {
    policy: folder,
    policyHash: bundle.policyHash,
    engine: bundle.provenance.engine,
    samples: bundle.provenance.samples,
    epochs: bundle.provenance.epochs,
    metrics: { kind, float, int8, postTraining, quantizationAware, rows },
    parameters: graphParameters(bundle.graph),
    macs: multiplyAccumulates(bundle.graph),
    report,
  };
}

function candidateSummary({ policy, bundle, onBoard: { budget }, pareto }: Candidate): unknown {
  const { float, int8 } = bundle.metrics;
  const parameters = graphParameters(bundle.graph);
  const needs =
    typeof budget === "string" ? { fits: false } : { fits: true, flashBytes: flashBytes(budget), microseconds: budget.microseconds };
  return { policy: policyExpression(policy), float, int8, parameters, ...needs, pareto };
}
