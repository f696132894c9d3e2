// Compile: a trained bundle and a board in, a firmware project out, with what is known about its size before it is built.

import { runError, usageError, valueOf } from "../core/diagnostic.ts";
import { canonicalJson, hash64 } from "../core/hash.ts";
import type { SourceTree } from "../core/io.ts";
import type { Board, Core, Runtime } from "../artifacts/board.ts";
import type { FirmwareProject } from "../artifacts/firmware-project.ts";
import type { Graph } from "../artifacts/graph.ts";
import { rawSizes, type IntegerProgram } from "../artifacts/integer-program.ts";
import type { PolicyForm } from "../artifacts/policy-form.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { emitPolicy, type EmitTarget, type PolicySource } from "../emit/c/policy.ts";
import type { PolicyIdentity } from "../emit/c/policy-header.ts";
import type { Optimization } from "../emit/c/printed-step.ts";
import { emitRobot } from "../emit/c/robot.ts";
import { arduinoProject } from "../emit/project/arduino.ts";
import { bareProject } from "../emit/project/bare.ts";
import { espIdfProject } from "../emit/project/esp-idf.ts";
import type { ProjectLayout, ProjectParts } from "../emit/project/parts.ts";
import { forOlderVersions } from "../emit/tflm/older-versions.ts";
import { emitTflmPolicy } from "../emit/tflm/policy.ts";
import { lowerGraph } from "../lower/lower-graph.ts";
import { streamProgram } from "../lower/streaming.ts";
import { agentRamBytes, leastMemory, shareMemory } from "./agent-memory.ts";
import { modelBytes, policyHashOf } from "./bundle-files.ts";
import { boardProgram, hasFixedOutput, outputQuantization } from "./policy.ts";
import { agentFlashBytes, policyBudget, PROBE_NEEDS, requireRate, requireRoom } from "./policy-budget.ts";
import type { Robot } from "./robot.ts";

/** What every project is made from besides the policy; the command line reads it from the package. */
export interface FirmwareSources {
  /** firmware/: include/, src/, port/. */
  readonly firmware: SourceTree;
  /** templates/projects/: what is not generated, by framework; the person's own files as they are at first. */
  readonly skeletons: SourceTree;
  readonly toolVersion: string;
}

/** What runs the policy, and how. */
export interface RuntimeChoice {
  readonly runtime: Runtime;
  /** What our own C is made for; balanced when left out. */
  readonly optimize?: Optimization;
  /** Of a model that is no policy of a robot: it takes the newest observation alone, and keeps past activations. */
  readonly streaming?: boolean;
  /** Of a robot's policy: it takes the newest observation alone, and remembers what its form says. */
  readonly form?: PolicyForm;
}

/** The robot's firmware: agent, policy, limits. @throws DiagnosticError when it can't fit the board. */
export function compileAgent(
  robot: Robot,
  bundle: PolicyBundle,
  board: Board,
  { runtime, optimize = "balanced" }: Pick<RuntimeChoice, "runtime" | "optimize">,
  sources: FirmwareSources,
): FirmwareProject {
  requireSameSchema(robot, bundle);
  requireRuntime(board, runtime);
  const { form } = bundle;
  const choice = { runtime, optimize, form };
  const identity: PolicyIdentity = {
    name: robot.spec.name,
    policyHash: bundle.policyHash,
    toolVersion: sources.toolVersion,
    origin: [
      `Robot:      schema ${robot.version.hash}, revision ${robot.version.revision}`,
      `Training:   seed ${bundle.provenance.seed}, ${bundle.provenance.samples} samples, ${bundle.provenance.engine}`,
    ],
  };
  const program = lowerFor(bundle.graph, choice);
  const policy = emitRuntime(bundle.graph, program, identity, board, choice);
  const budget = policyBudget(board, program, policy);
  const exchangeable = hasFixedOutput(robot.spec, form, bundle.graph);
  const parameterBytes = exchangeable ? policy.parameterBytes : null;
  const agent = { board, spec: robot.spec, policy: { ...policy, ...rawSizes(program), parameterBytes } };
  const agentAlone = agentRamBytes(agent, leastMemory(agent)) - budget.ramBytes - (budget.stackBytes ?? 0);
  requireRoom(board, { flashBytes: agentFlashBytes(board), ramBytes: agentAlone }, budget, program);
  requireRate(board, budget, robot.spec.rateHz, program);
  const firmwareHash = hash64([...sources.firmware, ...policy.files].map(([path, content]) => `${path}\n${hash64(content)}\n`).join(""));
  const memory = shareMemory(agent);
  const robotIdentity = { schemaRevision: robot.version.revision, firmwareHash, toolVersion: sources.toolVersion };
  const robotFiles = emitRobot(robot.spec, { form, ...outputQuantization(bundle.graph) }, robotIdentity, memory);
  const generated = new Map([...policy.files, ...robotFiles]);
  const parts = { name: robot.spec.name, board, runtime, application: "agent", generated, ...sources } as const;
  return finish(parts, { budget, memory, expectedRamBytes: agentRamBytes(agent, memory) });
}

/** A program that answers raw inferences of any int8 model, for `verify` and `bench`. */
export function compileProbe(graph: Graph, name: string, board: Board, choice: RuntimeChoice, sources: FirmwareSources): FirmwareProject {
  requireRuntime(board, choice.runtime);
  const identity: PolicyIdentity = { name, policyHash: policyHashOf(graph, name), toolVersion: sources.toolVersion, origin: [] };
  const program = lowerFor(graph, choice);
  const policy = emitRuntime(graph, program, identity, board, choice);
  const budget = policyBudget(board, program, policy);
  requireRoom(board, PROBE_NEEDS, budget, program);
  const parts = { name, board, runtime: choice.runtime, application: "probe", generated: policy.files, ...sources } as const;
  return finish(parts, { budget, memory: null, expectedRamBytes: null });
}

/** The program that a board runs. @throws DiagnosticError when it can't be streamed, or its sums could overflow. */
export function lowerFor(graph: Graph, { streaming = false, form }: Pick<RuntimeChoice, "streaming" | "form">): IntegerProgram {
  if (form !== undefined) return boardProgram(graph, form);
  const program = valueOf(lowerGraph(graph));
  return streaming ? valueOf(streamProgram(program)) : program;
}

function emitRuntime(graph: Graph, program: IntegerProgram, identity: PolicyIdentity, board: Board, choice: RuntimeChoice): PolicySource {
  const { runtime, optimize = "balanced", streaming = false, form } = choice;
  switch (runtime) {
    case "c":
      return emitPolicy(program, identity, emitTarget(board.core, optimize, form));
    case "tflm": {
      if (streaming)
        throw usageError("streaming-runtime", "TensorFlow Lite Micro computes whole windows", "use --runtime c with --streaming");
      const model = board.framework === "arduino" ? forOlderVersions(graph) : graph;
      return emitTflmPolicy(model, program, modelBytes(model, identity.name), identity, form?.memory);
    }
  }
}

/** What a policy's code is printed for, and identified by: of a robot's policy also how its output is read. */
export function emitTarget(core: Core, optimize: Optimization, form: PolicyForm | undefined): EmitTarget {
  return form === undefined ? { core, optimize } : { core, optimize, reading: canonicalJson({ head: form.head, members: form.members }) };
}

function finish(parts: ProjectParts, needs: Pick<FirmwareProject, "budget" | "memory" | "expectedRamBytes">): FirmwareProject {
  const { board, runtime, application } = parts;
  return { board, runtime, application, ...layOut(parts), ...needs };
}

function layOut(parts: ProjectParts): ProjectLayout {
  switch (parts.board.framework) {
    case "bare":
      return bareProject(parts);
    case "arduino":
      return arduinoProject(parts);
    case "esp-idf":
      return espIdfProject(parts);
  }
}

function requireRuntime(board: Board, runtime: Runtime): void {
  if (board.runtimes.includes(runtime)) return;
  throw usageError(
    "runtime-unsupported",
    `${board.name} is not built with the runtime ${runtime}`,
    `use --runtime ${board.runtimes.join(" or ")}`,
  );
}

/** @throws DiagnosticError when the bundle was trained for another robot.ts. */
export function requireSameSchema(robot: Robot, bundle: PolicyBundle): void {
  const { schemaHash, schemaRevision } = bundle.provenance;
  if (schemaHash === robot.version.hash) return;
  throw runError(
    "policy-other-schema",
    `the policy was trained for revision ${schemaRevision} of robot.ts (schema ${schemaHash}), and this is revision ${robot.version.revision} (${robot.version.hash})`,
    "train again with `reflexarc train`, or bring back the robot.ts that it was trained for",
  );
}

/** Length of the policy's input and output in bytes. */
export function policySizes(graph: Graph): { inputBytes: number; outputBytes: number } {
  return rawSizes(valueOf(lowerGraph(graph)));
}
