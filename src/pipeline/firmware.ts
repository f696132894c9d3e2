// Compile: a trained bundle and a board in, a firmware project out, with what is known about its size before it is built.

import { usageError, valueOf } from "../core/diagnostic.ts";
import { canonicalJson, hash64 } from "../core/hash.ts";
import type { SourceTree } from "../core/io.ts";
import {
  frameworksOf,
  requireFramework,
  reservedOf,
  runtimesOf,
  type Board,
  type Core,
  type Framework,
  type Runtime,
} from "../artifacts/board.ts";
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
import { platformioProject } from "../emit/project/platformio.ts";
import { WEB_TOOLS_MANIFEST, webToolsManifest } from "../emit/project/web-tools.ts";
import { lowerGraph } from "../lower/lower-graph.ts";
import { streamProgram } from "../lower/streaming.ts";
import { agentRamBytes, leastMemory, shareMemory } from "./agent-memory.ts";
import { policyHashOf } from "./bundle-files.ts";
import { boardProgram, hasFixedOutput, outputQuantization } from "./policy.ts";
import { agentFlashBytes, policyBudget, PROBE_NEEDS, requireRate, requireRoom } from "./policy-budget.ts";
import { requireSameSchema, type Robot } from "./robot.ts";
import { emitForTflm, memoryOf } from "./tflm.ts";

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
  /** What the project is laid out for; the board's default when left out. */
  readonly framework?: Framework;
  /** What our own C is made for; balanced when left out. */
  readonly optimize?: Optimization;
  /** Of a model that is no policy of a robot: it takes the newest observation alone, and keeps past activations. */
  readonly streaming?: boolean;
  /** Of a robot's policy: it takes the newest observation alone, and remembers what its form says. */
  readonly form?: PolicyForm;
  /** What TensorFlow Lite Micro used of its arena on this computer; null or left out: it was not measured. */
  readonly arenaUsedBytes?: number | null;
}

/** The robot's firmware: agent, policy, limits. @throws DiagnosticError when it can't fit the board. */
export function compileAgent(
  robot: Robot,
  bundle: PolicyBundle,
  board: Board,
  { runtime, framework = board.framework, optimize = "balanced", arenaUsedBytes = null }: Omit<RuntimeChoice, "streaming" | "form">,
  sources: FirmwareSources,
): FirmwareProject {
  requireSameSchema(robot, bundle);
  requireRuntime(board, framework, runtime);
  const { form } = bundle;
  const choice = { runtime, framework, optimize, form, arenaUsedBytes };
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
  const agent = { board, framework, spec: robot.spec, policy: { ...policy, ...rawSizes(program), parameterBytes } };
  const agentAlone = agentRamBytes(agent, leastMemory(agent)) - budget.ramBytes - (budget.stackBytes ?? 0);
  const flashBytes = agentFlashBytes(board) + reservedOf(board, framework).flashBytes;
  requireRoom(board, { flashBytes, ramBytes: agentAlone }, budget, program);
  requireRate(board, budget, robot.spec.rateHz, program);
  const firmwareHash = hash64([...sources.firmware, ...policy.files].map(([path, content]) => `${path}\n${hash64(content)}\n`).join(""));
  const memory = shareMemory(agent);
  const robotIdentity = { schemaRevision: robot.version.revision, firmwareHash, toolVersion: sources.toolVersion };
  const robotFiles = emitRobot(robot.spec, { form, ...outputQuantization(bundle.graph) }, robotIdentity, memory);
  const generated = new Map([...policy.files, ...robotFiles]);
  const parts = {
    name: robot.spec.name,
    robot: robot.spec,
    board,
    framework,
    runtime,
    application: "agent",
    generated,
    ...sources,
  } as const;
  const project = finish(parts, { budget, memory, expectedRamBytes: agentRamBytes(agent, memory) });
  return withWebTools(project, robot.spec.name, bundle.policyHash);
}

/** A program that answers raw inferences of any int8 model, for `verify` and `bench`. */
export function compileProbe(graph: Graph, name: string, board: Board, choice: RuntimeChoice, sources: FirmwareSources): FirmwareProject {
  const framework = choice.framework ?? board.framework;
  requireRuntime(board, framework, choice.runtime);
  const identity: PolicyIdentity = { name, policyHash: policyHashOf(graph, name), toolVersion: sources.toolVersion, origin: [] };
  const program = lowerFor(graph, choice);
  const policy = emitRuntime(graph, program, identity, board, choice);
  const budget = policyBudget(board, program, policy);
  requireRoom(board, PROBE_NEEDS, budget, program);
  const parts = {
    name,
    robot: null,
    board,
    framework,
    runtime: choice.runtime,
    application: "probe",
    generated: policy.files,
    ...sources,
  } as const;
  return finish(parts, { budget, memory: null, expectedRamBytes: null });
}

/** The program that a board runs. @throws DiagnosticError when it can't be streamed, or its sums could overflow. */
export function lowerFor(graph: Graph, { streaming = false, form }: Pick<RuntimeChoice, "streaming" | "form">): IntegerProgram {
  if (form !== undefined) return boardProgram(graph, form);
  const program = valueOf(lowerGraph(graph));
  return streaming ? valueOf(streamProgram(program)) : program;
}

function emitRuntime(graph: Graph, program: IntegerProgram, identity: PolicyIdentity, board: Board, choice: RuntimeChoice): PolicySource {
  const { runtime, framework = board.framework, optimize = "balanced", streaming = false, form, arenaUsedBytes = null } = choice;
  switch (runtime) {
    case "c":
      return emitPolicy(program, identity, emitTarget(board.core, optimize, form));
    case "tflm": {
      if (streaming)
        throw usageError("streaming-runtime", "TensorFlow Lite Micro computes whole windows", "use --runtime c with --streaming");
      return emitForTflm({ graph, program, identity, memory: memoryOf(form), arenaUsedBytes }, { board, framework });
    }
  }
}

/** What a policy's code is printed for, and identified by: of a robot's policy also how its output is read. */
export function emitTarget(core: Core, optimize: Optimization, form: PolicyForm | undefined): EmitTarget {
  return form === undefined ? { core, optimize } : { core, optimize, reading: canonicalJson({ head: form.head, members: form.members }) };
}

function finish(parts: ProjectParts, needs: Pick<FirmwareProject, "budget" | "memory" | "expectedRamBytes">): FirmwareProject {
  const { board, framework, runtime, application } = parts;
  return { board, framework, runtime, application, ...layOut(parts), ...needs };
}

/** With what a browser needs to flash it, where the board is an Espressif chip. */
function withWebTools(project: FirmwareProject, name: string, version: string): FirmwareProject {
  const { board, framework, request } = project;
  if (board.flash?.method !== "esptool") return project;
  const manifest = webToolsManifest({ name, version, board, framework });
  return { ...project, request: { ...request, sources: new Map([...request.sources, [WEB_TOOLS_MANIFEST, manifest]]) } };
}

function layOut(parts: ProjectParts): ProjectLayout {
  switch (parts.framework) {
    case "bare":
      return bareProject(parts);
    case "arduino":
      return arduinoProject(parts);
    case "esp-idf":
      return espIdfProject(parts);
    case "platformio":
      return platformioProject(parts);
  }
}

function requireRuntime(board: Board, framework: Framework, runtime: Runtime): void {
  requireFramework(board, framework);
  const frameworks = frameworksOf(board);
  const runtimes = runtimesOf(board, framework);
  if (runtimes.includes(runtime)) return;
  const others = frameworks.filter((each) => runtimesOf(board, each).includes(runtime));
  throw usageError(
    "runtime-unsupported",
    `${board.name} is not built with the runtime ${runtime} under ${framework}`,
    `use --runtime ${runtimes.join(" or ")}${others.length === 0 ? "" : `, or --framework ${others.join(" or ")}`}`,
  );
}

/** Length of the policy's input and output in bytes. */
export function policySizes(graph: Graph): { inputBytes: number; outputBytes: number } {
  return rawSizes(valueOf(lowerGraph(graph)));
}
