// Generated code for TensorFlow Lite Micro. Without the library: what it answers to each kind of failure. With it, in the tests
// that may be skipped (TFLM_ROOT: see src/host/toolchains/tflm-root.ts): bit for bit what the oracle computes, alone and under the
// whole agent, in an arena no larger than was counted.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bareSupport, type Board } from "../../src/artifacts/board.ts";
import { elementCount, type Graph } from "../../src/artifacts/graph.ts";
import type { PolicyForm } from "../../src/artifacts/policy-form.ts";
import type { Architecture } from "../../src/artifacts/robot-spec.ts";
import { at } from "../../src/core/assert.ts";
import { valueOf } from "../../src/core/diagnostic.ts";
import { silentProgress, type BuildRequest, type RunningBoard } from "../../src/core/io.ts";
import { Random } from "../../src/core/random.ts";
import { firmwareSources } from "../../src/cli/target.ts";
import { loadBoard } from "../../src/host/boards.ts";
import { processEmulator } from "../../src/host/emulators/process.ts";
import { boardsFolder } from "../../src/host/package-files.ts";
import { arenaBytes, boundArena, neededBytes } from "../../src/emit/tflm/arena.ts";
import { BUFFER_ALIGNMENT, roundUp } from "../../src/emit/tflm/arena-plan.ts";
import { forOlderVersions } from "../../src/emit/tflm/older-versions.ts";
import { withTemporaryFolder } from "../../src/host/temporary-folder.ts";
import { runWithTflm, tflmRoot, type TflmRoot } from "../../src/host/toolchains/tflm-root.ts";
import type { HelloMessage } from "../../src/link/messages.generated.ts";
import { compileAgent, compileProbe, lowerFor, policySizes } from "../../src/pipeline/firmware.ts";
import { boardProgram, int8Policy, isOracles } from "../../src/pipeline/policy.ts";
import { RobotBoard, type BoardDecision } from "../../src/pipeline/robot-board.ts";
import type { Robot } from "../../src/pipeline/robot.ts";
import { putUpdate, swapUpdate } from "../../src/pipeline/swap.ts";
import { arenaProgram } from "../../src/pipeline/tflm.ts";
import { makeVectors, oracleOutputs, probeOutputs, splitVectors } from "../../src/pipeline/verify.ts";
import { createInterpreter } from "../../src/quantize/interpreter.ts";
import { readTflite } from "../../src/tflite/read.ts";
import { writeTflite } from "../../src/tflite/write.ts";
import { goldenCase, sharedGoldenCase, sharedGoldenIsMissing } from "../golden/models.ts";
import { carriedBy, historyGraph, recurrentGraph } from "../memory-graphs.ts";
import { buildNative } from "../native.ts";
import { randomGraph } from "../random-graph.ts";
import { requires } from "../requires.ts";
import { randomBundle, randomObservation, testRobot } from "./robot.ts";

/** The host board, which is offered with our own runtime only. */
async function hostWithTflm(): Promise<Board> {
  const host = await loadBoard(boardsFolder, "host");
  return { ...host, frameworks: { bare: { ...bareSupport(host), runtimes: ["tflm"] } } };
}

async function probeOf(graph: Graph, form?: PolicyForm): Promise<BuildRequest> {
  const choice = { runtime: "tflm", ...(form === undefined ? {} : { form }) } as const;
  return compileProbe(graph, "conformance", await hostWithTflm(), choice, await firmwareSources()).request;
}

const golden = (name: "mlpA" | "convD"): Graph => valueOf(readTflite(goldenCase(name).model, name));

/** Answers of policy_init, and of policy_infer after it with the last byte of its output, in the order of `fault` in
 * tests/frameworks/tflm. Of the arena nothing is in use before policy_init, nor after one that failed. */
const [OK, MODEL, MEMORY, INVOKE] = [0, -1, -2, -3];
const FAULTS = [
  ["none", OK, OK, 42],
  ["a model of another schema", MODEL, INVOKE, 0],
  ["an operator that is not there", MODEL, INVOKE, 0],
  ["an arena that is too small", MEMORY, INVOKE, 0],
  ["an input of another type", MODEL, INVOKE, 0],
  ["an input of another size", MODEL, INVOKE, 0],
  ["an output of another size", MODEL, INVOKE, 0],
  ["no output", MODEL, INVOKE, 0],
  ["an inference that fails", OK, INVOKE, 0],
] as const;

/** What the interpreter of tests/frameworks/tflm says: convD's input and output. */
const ARENA_IN_USE = 192 + 4;

describe.skipIf(requires("c++"))("failures of TensorFlow Lite Micro", () => {
  let answers: string[];

  beforeAll(async () => {
    const request = await probeOf(golden("convD"));
    const image = await buildNative(
      { ...request, units: request.units.filter((unit) => unit.endsWith(".cpp")) },
      { cxxFlags: [`-I${process.cwd()}/tests/frameworks/tflm`], others: ["tests/frameworks/tflm/faults.cpp"] },
    );
    answers = await withTemporaryFolder((folder) => {
      const program = path.join(folder, "faults");
      writeFileSync(program, image, { mode: 0o700 });
      return Promise.resolve(FAULTS.map((_, fault) => execFileSync(program, [String(fault)], { encoding: "utf8" }).trim()));
    });
  });

  test.each(FAULTS.map((row, fault) => [row[0], fault] as const))("%s", (_, fault) => {
    const [, started, inferred, output] = at(FAULTS, fault);
    // Before policy_init there is nothing to infer with.
    expect(at(answers, fault)).toBe(`${INVOKE} 0 ${started} ${started === OK ? ARENA_IN_USE : 0} ${inferred} ${output}`);
  });
});

describe.skipIf(requires("c++"))("what the code around TensorFlow Lite Micro remembers", () => {
  test.each([
    ["past observations", historyGraph(1)],
    ["a state", recurrentGraph(1)],
    ["two states", recurrentGraph(5)],
  ])("%s", async (_, { graph, memory }) => {
    const request = await probeOf(graph, { head: { kind: "plain" }, members: 1, memory });
    const sizes = (ids: readonly number[]): number[] => ids.map((id) => elementCount(at(graph.tensors, id).shape));
    const define = (name: string, ids: readonly number[]): string => `-D${name}={${sizes(ids).join(",")}}`;
    const image = await buildNative(
      { ...request, units: request.units.filter((unit) => unit.endsWith(".cpp")) },
      {
        cxxFlags: [
          ...[`-I${process.cwd()}/tests/frameworks/tflm`, "-std=c++17"],
          ...[define("MODEL_INPUTS", graph.inputs), define("MODEL_OUTPUTS", graph.outputs)],
        ],
        others: ["tests/frameworks/tflm/memory.cpp"],
      },
    );
    const said = await withTemporaryFolder((folder) => {
      const program = path.join(folder, "memory");
      writeFileSync(program, image, { mode: 0o700 });
      return Promise.resolve(execFileSync(program, { encoding: "utf8" }).trim().split("\n"));
    });
    const carried = carriedBy(memory, sizes(graph.inputs), (inputs) => sizes(graph.outputs).map((size, o) => sums(inputs, size, o)));
    const width = at(sizes(graph.inputs), 0) / (memory.kind === "window" ? memory.ticks : 1);
    const expected = Array.from({ length: 30 }, (_, tick) => {
      if (tick === 20 || tick % 7 === 0) carried.reset();
      return [...carried.infer(Int8Array.from({ length: width }, (_, i) => tick * 37 + i * 11))].join(" ");
    });
    expect(said.map((line) => line.trim())).toEqual(expected);
  });

  /** What tests/frameworks/tflm computes in the place of a model. */
  const sums = (inputs: readonly Int8Array[], size: number, o: number): Int8Array =>
    Int8Array.from({ length: size }, (_, i) => {
      const terms = inputs.map((input, k) => input.reduce((sum, value, j) => sum + value * (1 + 7 * k + 11 * o + j * (1 + 3 * i)), 0));
      return terms.reduce((sum, term) => sum + term, 0);
    });
});

const REMEMBERING: readonly Architecture[] = [
  { kind: "mlp", hidden: [8], history: 5, activation: "tanh" },
  { kind: "temporal", window: 8, convolutions: [{ filters: 6, ticks: 3, stride: 1 }], hidden: [6], activation: "relu" },
  { kind: "gru", units: 8, hidden: [6], activation: "relu" },
];

describe("with the real TensorFlow Lite Micro", () => {
  let root: TflmRoot;

  beforeEach((context) => {
    const found = tflmRoot();
    if (found === null) {
      console.warn("SKIPPED, TFLM_ROOT is not set: generated code is not run in TensorFlow Lite Micro");
      context.skip("TFLM_ROOT is not set: the head of src/host/toolchains/tflm-root.ts says what it is");
    } else root = found;
  });

  const build = (request: BuildRequest): Promise<Uint8Array> => buildNative(request, { cxxFlags: root.flags, libraries: [root.library] });

  /** Boots an image of the host board, and has it stopped however this ends. */
  async function boot<Result>(image: Uint8Array, use: (running: RunningBoard) => Promise<Result>): Promise<Result> {
    const running = await processEmulator().boot(image);
    try {
      return await use(running);
    } finally {
      await running.stop();
    }
  }

  test("equals the oracle", async () => {
    for (const [name, graph, inputs, expected, form] of tflmCases()) {
      const outputs = await boot(await build(await probeOf(graph, form)), ({ port }) => probeOutputs(port, inputs, silentProgress, name));
      expect(outputs, name).toEqual(expected);
    }
  }, 900_000);

  test.each(REMEMBERING)(
    "drives the agent as our own C does, and tells its arena: $kind",
    async (architecture) => {
      const robot = testRobot("continuous", { architecture });
      const bundle = randomBundle(robot, 2);
      const [tflm, host] = [await hostWithTflm(), await loadBoard(boardsFolder, "host")];
      const sources = await firmwareSources();
      const random = new Random(1);
      const observations = Array.from({ length: 60 }, () => randomObservation(robot.spec, random));

      /** What the board does in lock-step, beginning afresh in the middle, and its hello. */
      const drive = async (request: BuildRequest): Promise<{ readonly hello: HelloMessage; readonly decisions: readonly Decided[] }> =>
        boot(await build(request), async ({ port }) => {
          const driven = await RobotBoard.connect(port, robot);
          const decisions: Decided[] = [];
          for (const [index, observation] of observations.entries()) {
            if (index % 25 === 0) await driven.startLockStep();
            const { action, output, actor, faults, afresh } = await driven.decide(observation);
            decisions.push({ action, output, actor, faults, afresh });
          }
          const { hello } = driven.session;
          if (hello.arenaBytes > 0) await expectNoSwap(robot, driven);
          await driven.session.close();
          return { hello, decisions };
        });

      const own = await drive(compileAgent(robot, bundle, host, { runtime: "c" }, sources).request);
      const project = compileAgent(robot, bundle, tflm, { runtime: "tflm" }, sources);
      const other = await drive(project.request);
      expect(other.decisions).toEqual(own.decisions);
      const oracle = int8Policy(robot.spec, bundle.form, bundle.graph);
      other.decisions.forEach((decision, index) => {
        expect(decision).toMatchObject({ actor: "policy", faults: [], afresh: index % 25 === 0 });
        expect(isOracles(oracle, { ...decision, inferred: true }, at(observations, index))).toBe(true);
      });

      expect([own.hello.arenaBytes, own.hello.arenaUsed]).toEqual([0, 0]);
      const used = await runWithTflm(arenaProgram(bundle.graph, bundle.form, { board: tflm, framework: "bare" }), root);
      expect(other.hello.arenaUsed).toBe(used);
      const bound = boundArena(bundle.graph, "reference");
      expect(used).toBeLessThanOrEqual(neededBytes(bound, 8));
      expect(other.hello.arenaBytes).toBe(arenaBytes(neededBytes(bound, 8)));
      expect(project.budget.arena?.bytes).toBe(arenaBytes(neededBytes(bound, 4)));
    },
    120_000,
  );

  /** TensorFlow Lite Micro reads its model in place: neither the host offers an exchange, nor does the board take one. */
  async function expectNoSwap(robot: Robot, { session }: RobotBoard): Promise<void> {
    expect(() => swapUpdate(robot, randomBundle(robot, 4), session.hello)).toThrow(/TensorFlow Lite Micro/);
    const { schemaHash, policyHash } = session.hello;
    const { inputBytes, outputBytes } = session.hello;
    const vectors = [{ input: new Int8Array(inputBytes), output: new Int8Array(outputBytes) }];
    const update = { schemaHash, policyHash, layoutHash: "1".repeat(16), parameters: new Uint8Array(64), base: undefined, vectors };
    await expect(putUpdate(session, update, silentProgress)).rejects.toThrow(/no room to exchange/);
  }

  test("starts in an arena of exactly the bytes that are counted, and uses no more, for any graph", async () => {
    const graphs = [golden("mlpA"), golden("convD"), ...Array.from({ length: 200 }, (_, seed) => randomGraph(seed))];
    const needed = graphs.map((graph) => roundUp(neededBytes(boundArena(graph, "reference"), 8), BUFFER_ALIGNMENT));
    const request = { sources: new Map(), units: [], includes: [], defines: [] };
    const others = ["tests/frameworks/tflm/arena.cpp"];
    const image = await buildNative(request, { cxxFlags: root.flags, libraries: [root.library], others });
    const used = await withTemporaryFolder((folder) => {
      const program = path.join(folder, "arena");
      writeFileSync(program, image, { mode: 0o700 });
      const models = graphs.map((graph, index) => {
        const file = path.join(folder, `${index}.tflite`);
        writeFileSync(file, writeTflite(graph, { description: "" }));
        return [file, String(at(needed, index))];
      });
      return Promise.resolve(execFileSync(program, models.flat(), { encoding: "utf8" }).trim().split("\n").map(Number));
    });
    expect(used).toHaveLength(graphs.length);
    used.forEach((bytes, index) => {
      expect(bytes, `graph ${index}`).toBeGreaterThan(0);
      expect(bytes, `graph ${index}`).toBeLessThanOrEqual(at(needed, index));
    });
  }, 120_000);
});

/** What is compared between two runtimes: all but times. */
type Decided = Pick<BoardDecision, "action" | "output" | "actor" | "faults" | "afresh">;

type TflmCase = readonly [name: string, graph: Graph, inputs: readonly Int8Array[], expected: readonly Int8Array[], form?: PolicyForm];

/** Golden models with TensorFlow Lite Micro's own answers; others with the oracle's. */
function tflmCases(): TflmCase[] {
  const recorded = [
    ...(["mlpA", "convD"] as const).flatMap((name) => (["usual", "extreme"] as const).map((vectors) => goldenCase(name, vectors))),
    ...(sharedGoldenIsMissing() ? [] : [sharedGoldenCase("hello_world_int8")]),
  ].map(({ model, inputs, outputs }, index): TflmCase => {
    const graph = valueOf(readTflite(model, `golden ${index}`));
    const { inputBytes, outputBytes } = policySizes(graph);
    return [
      `golden ${index}`,
      graph,
      splitVectors(new Uint8Array(inputs.buffer), inputBytes, "inputs"),
      splitVectors(new Uint8Array(outputs.buffer), outputBytes, "outputs"),
    ];
  });
  const made = [
    ...[1, 2].map((seed) => [`robot ${seed}`, randomBundle(testRobot("continuous"), seed).graph] as const),
    ["robot 1 for older versions", forOlderVersions(randomBundle(testRobot("continuous"), 1).graph)] as const,
    ...[3, 4, 5, 16].map((seed) => [`random graph ${seed}`, randomGraph(seed)] as const),
  ].map(([name, graph]): TflmCase => {
    const inputs = makeVectors(lowerFor(graph, {}), 200, 1);
    return [name, graph, inputs, oracleOutputs(graph, inputs)];
  });
  const remembering = REMEMBERING.map((architecture): TflmCase => {
    const ensemble = { members: 2, trunk: "none" } as const;
    const { form, graph } = randomBundle(testRobot("continuous", { architecture, ensemble }), 2);
    const program = boardProgram(graph, form);
    const inputs = makeVectors(program, 200, 1);
    const interpreter = createInterpreter(program);
    return [architecture.kind, graph, inputs, inputs.map((input) => interpreter.infer(input)), form];
  });
  return [...recorded, ...made, ...remembering];
}
