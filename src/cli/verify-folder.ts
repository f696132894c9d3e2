// A folder of golden cases through every target: how many are exact, and the first difference of each that isn't.

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { DiagnosticError, errorDiagnostic, usageError } from "../core/diagnostic.ts";
import { inParallel } from "../core/in-parallel.ts";
import { IoError, silentProgress } from "../core/io.ts";
import { rawSizes } from "../artifacts/integer-program.ts";
import { isFolder, listFolder, readNamed } from "../host/files.ts";
import type { Terminal } from "../host/terminal.ts";
import { compileProbe, lowerFor, type FirmwareSources, type RuntimeChoice } from "../pipeline/firmware.ts";
import { caseDifference, describeDifference, readGoldenFolder, type CaseDifference, type GoldenCase } from "../pipeline/golden-cases.ts";
import { bootProject } from "../pipeline/robot-board.ts";
import { oracleOutputs, probeOutputs, splitVectors, windowEnds } from "../pipeline/verify.ts";
import { conclude } from "./command.ts";
import { firmwareSources, type Target } from "./target.ts";

export async function verifyFolder(folder: string, targets: readonly Target[], choice: RuntimeChoice, terminal: Terminal): Promise<void> {
  const { cases, refused, withoutVectors } = readGoldenFolder(folder, await readFolder(folder));
  if (withoutVectors.length > 0)
    terminal.note(`${withoutVectors.length} models without vectors are left out: ${withoutVectors.join(", ")}`);
  const differing: CaseDifference[] = [...refused];
  const rows: string[][] = [];
  const judge = (target: string, found: readonly (CaseDifference | null)[]): void => {
    const differences = found.filter((each) => each !== null);
    differing.push(...differences);
    rows.push([target, String(cases.length), String(cases.length - differences.length), String(differences.length)]);
  };
  judge(
    "oracle",
    cases.map((golden) => caseDifference(golden, "oracle", oracleOutputs(golden.graph, golden.inputs, golden.state))),
  );
  const sources = await firmwareSources();
  for (const target of targets) judge(target.board.id, await onTarget(cases, target, choice, sources, terminal));
  terminal.table(["target", "cases", "exact", "differing"], rows);
  for (const each of differing) terminal.note(`${each.case} on ${each.target}: ${describeDifference(each)}`);
  const count = cases.length + refused.length;
  const wrong = new Set(differing.map((each) => each.case)).size;
  const failures =
    wrong === 0
      ? []
      : [errorDiagnostic("verify-differs", `${wrong} of ${count} cases are not exact everywhere`, "see the first difference of each")];
  conclude(terminal, { folder, cases: count, exact: count - wrong, differing, withoutVectors }, failures);
}

/** By name, folders left out, whatever they are called. */
async function readFolder(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const wanted = (name: string): boolean => /\.(tflite|in\.bin|out\.bin)$/.test(name) || name === "index.json";
  const names = (await listFolder(folder)).filter(wanted);
  const read = async (name: string): Promise<[string, Uint8Array][]> => {
    const path = join(folder, name);
    return (await isFolder(path)) ? [] : [[name, await readNamed(path)]];
  };
  return new Map((await Promise.all(names.map(read))).flat());
}

function onTarget(
  cases: readonly GoldenCase[],
  target: Target,
  choice: RuntimeChoice,
  sources: FirmwareSources,
  terminal: Terminal,
): Promise<(CaseDifference | null)[]> {
  let done = 0;
  terminal.progress.start(target.board.id, cases.length);
  return inParallel(cases, availableParallelism(), async (golden) => {
    const difference = await runCase(golden, target, choice, sources);
    terminal.progress.update(++done, golden.name);
    return difference;
  }).finally(() => {
    terminal.progress.finish();
  });
}

/** A board that can't hold or run the model has not answered exactly. One that streams is given each window, observation by observation. */
async function runCase(
  golden: GoldenCase,
  target: Target,
  choice: RuntimeChoice,
  sources: FirmwareSources,
): Promise<CaseDifference | null> {
  const { board, toolchain, emulator } = target;
  try {
    const project = compileProbe(golden.graph, golden.name, board, choice, sources);
    const { running } = await bootProject(project, toolchain, emulator, silentProgress);
    try {
      const { inputBytes } = rawSizes(lowerFor(golden.graph, choice));
      const ticks = golden.inputs.flatMap((input) => splitVectors(new Uint8Array(input), inputBytes, golden.name));
      const state = choice.streaming === true ? "kept" : golden.state;
      const answers = await probeOutputs(running.port, ticks, silentProgress, board.id, state);
      return caseDifference(golden, board.id, windowEnds(answers, golden.inputs.length));
    } finally {
      await running.stop();
    }
  } catch (error) {
    if (!(error instanceof DiagnosticError || error instanceof IoError)) throw error;
    return { case: golden.name, target: board.id, first: null, problem: error.message };
  }
}

/** @throws DiagnosticError for options that only make sense with one model. */
export function refuseVectorOptions(options: { readonly inputs?: string; readonly outputs?: string }): void {
  if (options.inputs === undefined && options.outputs === undefined) return;
  throw usageError(
    "verify-folder-vectors",
    "--inputs and --outputs go with one model",
    "a folder's vectors are NAME.in.bin and NAME.out.bin",
  );
}
