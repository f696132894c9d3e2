// Generated code for TensorFlow Lite Micro. Without the library: what it answers to each kind of failure. With it, in the one
// test that may be skipped: bit for bit what the oracle computes. That one needs
//   TFLM_ROOT     a checkout of tensorflow/tflite-micro, where its own Makefile has been, so that third-party headers are
//                 in tensorflow/lite/micro/tools/make/downloads/{flatbuffers/include,gemmlowp,ruy} and the static library
//                 in gen/*/lib/libtensorflow-microlite.a (`make -f tensorflow/lite/micro/tools/make/Makefile microlite`)
//   TFLM_LIBRARY  the library, where it stands elsewhere

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Board } from "../../src/artifacts/board.ts";
import { elementCount, type Graph } from "../../src/artifacts/graph.ts";
import type { PolicyForm } from "../../src/artifacts/policy-form.ts";
import type { Architecture } from "../../src/artifacts/robot-spec.ts";
import { at } from "../../src/core/assert.ts";
import { valueOf } from "../../src/core/diagnostic.ts";
import { silentProgress, type BuildRequest } from "../../src/core/io.ts";
import { firmwareSources } from "../../src/cli/target.ts";
import { loadBoard } from "../../src/host/boards.ts";
import { processEmulator } from "../../src/host/emulators/process.ts";
import { boardsFolder } from "../../src/host/package-files.ts";
import { forOlderVersions } from "../../src/emit/tflm/older-versions.ts";
import { withTemporaryFolder } from "../../src/host/temporary-folder.ts";
import { compileProbe, lowerFor, policySizes } from "../../src/pipeline/firmware.ts";
import { boardProgram } from "../../src/pipeline/policy.ts";
import { makeVectors, oracleOutputs, probeOutputs, splitVectors } from "../../src/pipeline/verify.ts";
import { createInterpreter } from "../../src/quantize/interpreter.ts";
import { readTflite } from "../../src/tflite/read.ts";
import { goldenCase, sharedGoldenCase, sharedGoldenIsMissing } from "../golden/models.ts";
import { carriedBy, historyGraph, recurrentGraph } from "../memory-graphs.ts";
import { buildNative } from "../native.ts";
import { randomGraph } from "../random-graph.ts";
import { requires } from "../requires.ts";
import { randomBundle, testRobot } from "./robot.ts";

/** The host board, which is offered with our own runtime only. */
async function hostWithTflm(): Promise<Board> {
  return { ...(await loadBoard(boardsFolder, "host")), runtimes: ["tflm"] };
}

async function probeOf(graph: Graph, form?: PolicyForm): Promise<BuildRequest> {
  const choice = { runtime: "tflm", ...(form === undefined ? {} : { form }) } as const;
  return compileProbe(graph, "conformance", await hostWithTflm(), choice, await firmwareSources()).request;
}

const golden = (name: "mlpA" | "convD"): Graph => valueOf(readTflite(goldenCase(name).model, name));

/** Answers of policy_init, and of policy_infer after it with the last byte of its output, in the order of `fault` in
 * tests/frameworks/tflm. */
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
    expect(at(answers, fault)).toBe(`${INVOKE} ${started} ${inferred} ${output}`);
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

describe("against the oracle", () => {
  test("TFLM_ROOT: generated code with the real TensorFlow Lite Micro", async (context) => {
    const root = process.env["TFLM_ROOT"];
    if (root === undefined) {
      console.warn("SKIPPED, TFLM_ROOT is not set: generated code is not run in TensorFlow Lite Micro");
      return context.skip("TFLM_ROOT is not set: the head of tests/conformance/tflm.test.ts says what it is");
    }
    for (const [name, graph, inputs, expected, form] of tflmCases()) {
      const image = await buildNative(await probeOf(graph, form), { cxxFlags: headersBelow(root), libraries: [libraryOf(root)] });
      const running = await processEmulator().boot(image);
      try {
        const outputs = await probeOutputs(running.port, inputs, silentProgress, name);
        expect(outputs, name).toEqual(expected);
      } finally {
        await running.stop();
      }
    }
  }, 900_000);
});

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
  const architectures: readonly Architecture[] = [
    { kind: "mlp", hidden: [8], history: 5, activation: "tanh" },
    { kind: "temporal", window: 8, convolutions: [{ filters: 6, ticks: 3, stride: 1 }], hidden: [6], activation: "relu" },
    { kind: "gru", units: 8, hidden: [6], activation: "relu" },
  ];
  const remembering = architectures.map((architecture): TflmCase => {
    const ensemble = { members: 2, trunk: "none" } as const;
    const { form, graph } = randomBundle(testRobot("continuous", { architecture, ensemble }), 2);
    const program = boardProgram(graph, form);
    const inputs = makeVectors(program, 200, 1);
    const interpreter = createInterpreter(program);
    return [architecture.kind, graph, inputs, inputs.map((input) => interpreter.infer(input)), form];
  });
  return [...recorded, ...made, ...remembering];
}

/** Flags with which TensorFlow Lite Micro's Makefile compiles; its headers as a system's, whose warnings are not ours. */
function headersBelow(root: string): string[] {
  const downloads = "tensorflow/lite/micro/tools/make/downloads";
  const folders = ["", `${downloads}/flatbuffers/include`, `${downloads}/gemmlowp`, `${downloads}/ruy`].map((folder) =>
    path.resolve(root, folder),
  );
  return [
    "-std=c++17",
    "-fno-rtti",
    "-fno-exceptions",
    "-fno-threadsafe-statics",
    "-DTF_LITE_STATIC_MEMORY",
    ...folders.flatMap((folder) => ["-isystem", folder]),
  ];
}

function libraryOf(root: string): string {
  const name = "libtensorflow-microlite.a";
  const made = path.join(root, "gen");
  const candidates = [
    ...(process.env["TFLM_LIBRARY"] === undefined ? [] : [process.env["TFLM_LIBRARY"]]),
    ...(existsSync(made) ? readdirSync(made).map((target) => path.join(made, target, "lib", name)) : []),
  ];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) throw new Error(`no ${name} in ${root}/gen/*/lib: build it there (microlite), or set TFLM_LIBRARY`);
  return path.resolve(found);
}
