// reflexarc verify: raw int8 vectors through every target: exact equality, or the first difference.

import { basename, resolve } from "node:path";
import type { Command } from "commander";
import { at } from "../core/assert.ts";
import { errorDiagnostic, usageError, valueOf } from "../core/diagnostic.ts";
import type { Graph } from "../artifacts/graph.ts";
import { rawSizes } from "../artifacts/integer-program.ts";
import { isFolder, readNamed, writeWhole } from "../host/files.ts";
import type { Terminal } from "../host/terminal.ts";
import { compileProbe, lowerFor, policySizes, type RuntimeChoice } from "../pipeline/firmware.ts";
import { bootProject } from "../pipeline/robot-board.ts";
import {
  compareOutputs,
  makeVectors,
  oracleOutputs,
  probeOutputs,
  splitVectors,
  windowEnds,
  windowOutputs,
  type Verification,
} from "../pipeline/verify.ts";
import { readTflite } from "../tflite/read.ts";
import { conclude, newCommand, terminalFor, wholeNumber, type CommonOptions } from "./command.ts";
import { withModelOptions, type ModelOptions } from "./runtime-options.ts";
import { emulatedTarget, firmwareSources, type Target } from "./target.ts";
import { refuseVectorOptions, verifyFolder } from "./verify-folder.ts";

export function verifyCommand(): Command {
  const command = newCommand(
    "reflexarc verify policies/001/policy.tflite --on virtual,qemu-cortex-m4",
    "model, vectors, exact, targets: [{target, vectors, differing, first: {vector, element, expected, actual} | null}]; of a folder: folder, cases, exact, differing: [{case, target, first, problem}], withoutVectors: [model]",
  )
    .argument("<model>", "an int8 .tflite file, or a folder of golden cases: NAME.tflite, NAME.in.bin, NAME.out.bin")
    .option("--on <boards>", "emulated boards, separated by commas", "virtual")
    .option("--inputs <file>", "raw int8 input vectors, one after another; made by reflexarc when not given")
    .option(
      "--outputs <file>",
      "what the outputs must be, raw int8, with --streaming of each observation or each whole window; when the file is new or empty, what the first board answered is written to it",
    )
    .option("--vectors <count>", "without --inputs: how many to make", wholeNumber("--vectors", 1, 100_000), 64);
  return withModelOptions(command).action(verify);
}

interface VerifyOptions extends CommonOptions, ModelOptions {
  readonly on: string;
  readonly inputs?: string;
  readonly outputs?: string;
  readonly vectors: number;
}

async function verify(model: string, options: VerifyOptions): Promise<void> {
  const terminal = terminalFor(options);
  const ids = options.on
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
  if (ids.length === 0)
    throw usageError("verify-no-board", "--on names no board", "give one or more, separated by commas: `reflexarc boards`");
  const targets = await Promise.all(ids.map((id) => emulatedTarget(id)));
  if (await isFolder(model)) {
    refuseVectorOptions(options);
    return verifyFolder(model, targets, options, terminal);
  }
  const graph = await loadModel(model, terminal);
  const program = lowerFor(graph, options);
  const { inputBytes, outputBytes } = rawSizes(program);
  const inputs =
    options.inputs === undefined
      ? makeVectors(program, options.vectors, 1)
      : splitVectors(await readNamed(options.inputs), inputBytes, options.inputs);
  const oracle = options.streaming ? windowOutputs(graph, inputs) : oracleOutputs(graph, inputs);
  const windows = (inputs.length * inputBytes) / policySizes(graph).inputBytes;
  const expected = options.outputs === undefined ? null : await expectedOutputs(options.outputs, outputBytes, [inputs.length, windows]);
  const compared = (answers: readonly Int8Array[]): Int8Array[] => windowEnds(answers, (expected ?? inputs).length);
  const results: Verification[] = [];
  if (expected !== null) results.push(compareOutputs("oracle", expected, compared(oracle)));
  const answers: Int8Array[][] = [];
  for (const target of targets) {
    const outputs = await outputsOn(target, graph, basename(model), inputs, options, terminal);
    results.push(compareOutputs(target.board.id, expected ?? oracle, compared(outputs)));
    answers.push(outputs);
  }
  if (expected === null && options.outputs !== undefined) {
    await writeWhole(options.outputs, Uint8Array.from(at(answers, 0).flatMap((row) => [...row])));
    terminal.note(`${resolve(options.outputs)}: ${inputs.length} outputs of ${at(ids, 0)} written`);
  }
  report(model, (expected ?? inputs).length, results, expected === null ? "the oracle" : (options.outputs ?? ""), terminal);
}

export async function loadModel(path: string, terminal: Terminal): Promise<Graph> {
  return valueOf(readTflite(await readNamed(path), path), terminal.warn);
}

/** Null when the file is new or empty: it will be written. @param counts one answer an input; streaming, also one a whole window. */
async function expectedOutputs(path: string, outputBytes: number, counts: readonly [number, number]): Promise<Int8Array[] | null> {
  const bytes = await readNamed(path).catch(() => null);
  if (bytes === null || bytes.length === 0) return null;
  const rows = splitVectors(bytes, outputBytes, path);
  if (counts.includes(rows.length)) return rows;
  throw usageError(
    "vectors-count",
    `${path} holds ${rows.length} vectors, and there are ${counts[0]} inputs`,
    "give the outputs of these very inputs",
  );
}

async function outputsOn(
  target: Target,
  graph: Graph,
  name: string,
  inputs: readonly Int8Array[],
  choice: RuntimeChoice,
  terminal: Terminal,
): Promise<Int8Array[]> {
  const project = compileProbe(graph, name, target.board, choice, await firmwareSources());
  const { running } = await bootProject(project, target.toolchain, target.emulator, terminal.progress);
  try {
    return await probeOutputs(running.port, inputs, terminal.progress, target.board.id);
  } finally {
    await running.stop();
  }
}

function report(model: string, vectors: number, results: readonly Verification[], against: string, terminal: Terminal): void {
  terminal.table(
    ["target", "vectors", "equal to", "differing", "first difference"],
    results.map((each) => [
      each.target,
      String(each.vectors),
      against,
      String(each.differing),
      each.first === null
        ? "none"
        : `vector ${each.first.vector}, element ${each.first.element}: ${each.first.actual} instead of ${each.first.expected}`,
    ]),
  );
  const hint = "if the expected outputs are right, this is a bug in reflexarc: please report it with the model";
  const failures = results
    .filter((each) => each.differing > 0)
    .map((each) =>
      errorDiagnostic("verify-differs", `${each.target} differs from ${against} in ${each.differing} of ${vectors} vectors`, hint),
    );
  conclude(terminal, { model, vectors, exact: failures.length === 0, targets: results }, failures);
}
