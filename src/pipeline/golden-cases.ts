// Golden cases: a folder of NAME.tflite, NAME.in.bin and NAME.out.bin, with an index.json that may tell more, as vectors that every
// target must answer exactly.

import { DiagnosticError, errorDiagnostic, usageError, valueOf } from "../core/diagnostic.ts";
import type { Graph } from "../artifacts/graph.ts";
import { readTflite } from "../tflite/read.ts";
import { policySizes } from "./firmware.ts";
import { compareOutputs, splitVectors, type Difference, type StateBetween } from "./verify.ts";

export interface GoldenCase {
  /** `NAME`, or `NAME.VARIANT` for more vectors of the same model. */
  readonly name: string;
  readonly graph: Graph;
  readonly inputs: readonly Int8Array[];
  readonly expected: readonly Int8Array[];
  readonly state: StateBetween;
}

/** A case that a target did not answer exactly. */
export interface CaseDifference {
  readonly case: string;
  /** A board; `reflexarc` when the case can't be read. */
  readonly target: string;
  /** Null where there was no answer. */
  readonly first: Difference | null;
  /** Why there was no answer, or in how many vectors it differed. */
  readonly problem: string;
}

export interface GoldenFolder {
  readonly cases: readonly GoldenCase[];
  /** Cases whose files are wrong or not all there, or whose model can't be run. */
  readonly refused: readonly CaseDifference[];
  /** Models that have no vectors. */
  readonly withoutVectors: readonly string[];
}

/** What index.json says of a case, of which only the state matters here. */
interface IndexEntry {
  readonly name: string;
  readonly state?: StateBetween;
}

const MODEL = ".tflite";
const INPUTS = ".in.bin";
const OUTPUTS = ".out.bin";

/** @param files of the folder, by name. @throws DiagnosticError when it has no cases, or an index.json that is none. */
export function readGoldenFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): GoldenFolder {
  const states = readIndex(files.get("index.json"), `${folder}/index.json`);
  const namesOf = (suffix: string): string[] =>
    [...files.keys()].filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length));
  const models = namesOf(MODEL);
  const modelOf = (vectors: string): string | undefined =>
    models.filter((model) => vectors === model || vectors.startsWith(`${model}.`)).sort((a, b) => b.length - a.length)[0];
  const names = new Set([...namesOf(INPUTS), ...namesOf(OUTPUTS)]);
  const cases: GoldenCase[] = [];
  const refused: CaseDifference[] = [];
  const used = new Set<string>();
  const refuse = (name: string, problem: string): void => {
    refused.push({ case: name, target: "reflexarc", first: null, problem });
  };
  for (const name of [...names].sort()) {
    const model = modelOf(name);
    if (model === undefined) {
      refuse(name, `no model goes with it: ${name}${MODEL} is missing, or a folder`);
      continue;
    }
    used.add(model);
    try {
      cases.push(readCase(folder, files, name, model, states.get(name) ?? states.get(model) ?? "kept"));
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error;
      refuse(name, error.diagnostics.map(({ message }) => message).join("; "));
    }
  }
  if (cases.length + refused.length === 0) {
    throw usageError("no-golden-cases", `${folder} holds no golden cases`, "give a folder with NAME.tflite, NAME.in.bin and NAME.out.bin");
  }
  return { cases, refused, withoutVectors: models.filter((model) => !used.has(model)) };
}

function readCase(folder: string, files: ReadonlyMap<string, Uint8Array>, name: string, model: string, state: StateBetween): GoldenCase {
  const file = (suffix: string): Uint8Array => {
    const bytes = files.get(`${name}${suffix}`);
    if (bytes !== undefined) return bytes;
    throw usageError("golden-case-incomplete", `${name}${suffix} is missing`, "give inputs and outputs of each case");
  };
  const graph = valueOf(readTflite(files.get(`${model}${MODEL}`) ?? new Uint8Array(), `${folder}/${model}${MODEL}`));
  const { inputBytes, outputBytes } = policySizes(graph);
  const inputs = splitVectors(file(INPUTS), inputBytes, `${name}${INPUTS}`);
  const expected = splitVectors(file(OUTPUTS), outputBytes, `${name}${OUTPUTS}`);
  if (inputs.length === expected.length) return { name, graph, inputs, expected, state };
  throw usageError(
    "vectors-count",
    `${name} has ${inputs.length} inputs and ${expected.length} outputs`,
    "give the outputs of these very inputs",
  );
}

function readIndex(bytes: Uint8Array | undefined, file: string): ReadonlyMap<string, StateBetween> {
  if (bytes === undefined) return new Map();
  try {
    const { cases } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly cases?: readonly IndexEntry[] };
    return new Map((cases ?? []).map(({ name, state }) => [name, state === "reset" ? "reset" : "kept"]));
  } catch {
    const hint = `write {"cases": [{"name": "NAME", "state": "reset" | "kept"}]}, or remove it`;
    throw new DiagnosticError([errorDiagnostic("golden-index", "index.json can't be read", hint, { file })]);
  }
}

/** Null when every output is what it must be. */
export function caseDifference(golden: GoldenCase, target: string, actual: readonly Int8Array[]): CaseDifference | null {
  const { differing, first } = compareOutputs(target, golden.expected, actual);
  if (differing === 0) return null;
  return { case: golden.name, target, first, problem: `${differing} of ${golden.expected.length} vectors differ` };
}

/** A case as one line for people. */
export function describeDifference({ first, problem }: CaseDifference): string {
  if (first === null) return problem;
  return `${problem}; vector ${first.vector}, element ${first.element}: ${first.actual} instead of ${first.expected}`;
}
