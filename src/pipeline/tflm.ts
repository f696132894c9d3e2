// A policy for TensorFlow Lite Micro: a board and what it runs in; the files that run the policy there out, and a program
// for this computer that tells how much of its arena TensorFlow Lite Micro uses.

import { usageError } from "../core/diagnostic.ts";
import type { BuildRequest } from "../core/io.ts";
import { runningFramework, type Board, type Framework } from "../artifacts/board.ts";
import type { Graph } from "../artifacts/graph.ts";
import type { IntegerProgram } from "../artifacts/integer-program.ts";
import type { PolicyForm, PolicyMemory } from "../artifacts/policy-form.ts";
import type { PolicySource } from "../emit/c/policy.ts";
import type { PolicyIdentity } from "../emit/c/policy-header.ts";
import type { Kernels } from "../emit/tflm/kernels.ts";
import { ARENA_PROGRAM } from "../emit/tflm/arena-program.ts";
import { forOlderVersions } from "../emit/tflm/older-versions.ts";
import { emitTflmPolicy } from "../emit/tflm/policy.ts";
import { modelBytes } from "./bundle-files.ts";
import { boardProgram } from "./policy.ts";

/** Where a policy runs. */
export interface TflmPlace {
  readonly board: Board;
  readonly framework: Framework;
}

export interface TflmPolicy {
  readonly graph: Graph;
  readonly program: IntegerProgram;
  readonly identity: PolicyIdentity;
  readonly memory: PolicyMemory;
  /** Of this computer; null: not measured. */
  readonly arenaUsedBytes: number | null;
}

const NO_MEMORY: PolicyMemory = { kind: "none" };

/** @throws DiagnosticError when the board's TensorFlow Lite Micro is too old for the graph. */
export function emitForTflm({ graph, program, identity, memory, arenaUsedBytes }: TflmPolicy, place: TflmPlace): PolicySource {
  const model = graphFor(graph, place);
  const target = { kernels: kernelsOf(place), library: libraryOf(place), memory, arenaUsedBytes };
  return emitTflmPolicy(model, program, modelBytes(model, identity.name), identity, target);
}

/** A program for this computer: it runs the policy once, as the board would with TensorFlow Lite Micro's own kernels, and prints how many
 * bytes of the arena are in use then. */
export function arenaProgram(graph: Graph, form: PolicyForm, place: TflmPlace): BuildRequest {
  const model = graphFor(graph, place);
  const identity = { name: "arena", policyHash: "0".repeat(16), toolVersion: "", origin: [] };
  const target = { kernels: "reference", library: null, memory: form.memory, arenaUsedBytes: null } as const;
  const { files } = emitTflmPolicy(model, boardProgram(graph, form), modelBytes(model, identity.name), identity, target);
  const sources = new Map([...files, ["main.cpp", ARENA_PROGRAM]]);
  return { sources, units: [...sources.keys()].filter((file) => file.endsWith(".cpp")), includes: ["."], defines: [] };
}

/** Arduino's libraries hold versions from before 2024. */
function graphFor(graph: Graph, { board, framework }: TflmPlace): Graph {
  if (runningFramework(board, framework) !== "arduino") return graph;
  if (graph.operators.some(({ kind }) => kind === "lstm")) {
    throw usageError(
      "tflm-no-lstm",
      `TensorFlow Lite Micro for Arduino is too old for an LSTM without intermediate tensors`,
      "use --runtime c, or another --framework",
    );
  }
  return forOlderVersions(graph);
}

function kernelsOf({ board, framework }: TflmPlace): Kernels {
  switch (runningFramework(board, framework)) {
    case "bare":
      return "reference";
    case "arduino":
      return "cmsis-nn";
    case "esp-idf":
      return board.core === "xtensa-lx7" ? "esp-nn-s3" : "esp-nn";
  }
}

function libraryOf({ board, framework }: TflmPlace): string | null {
  return runningFramework(board, framework) === "arduino" ? (board.frameworks.arduino?.tflmLibrary ?? null) : null;
}

/** What the code around the model keeps, where the model is a robot's policy. */
export function memoryOf(form: PolicyForm | undefined): PolicyMemory {
  return form?.memory ?? NO_MEMORY;
}
