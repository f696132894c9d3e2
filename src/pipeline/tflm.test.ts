// Which TensorFlow Lite Micro a board gets: by its framework its library and its age, by its core the memory that kernels ask for.

import { describe, expect, test } from "vitest";
import { goldenCase } from "../../tests/golden/models.ts";
import { randomGraph } from "../../tests/random-graph.ts";
import type { Framework } from "../artifacts/board.ts";
import type { Graph } from "../artifacts/graph.ts";
import { at } from "../core/assert.ts";
import { DiagnosticError, valueOf } from "../core/diagnostic.ts";
import type { PolicySource } from "../emit/c/policy.ts";
import { loadBoard } from "../host/boards.ts";
import { boardsFolder } from "../host/package-files.ts";
import { lowerGraph } from "../lower/lower-graph.ts";
import { readTflite } from "../tflite/read.ts";
import { emitForTflm, memoryOf } from "./tflm.ts";

const convolutions = valueOf(readTflite(goldenCase("convD").model, "convD"));

async function emitted(graph: Graph, id: string, framework: Framework): Promise<PolicySource> {
  const identity = { name: "test", policyHash: "0".repeat(16), toolVersion: "0.0.0", origin: [] };
  const policy = { graph, program: valueOf(lowerGraph(graph)), identity, memory: memoryOf(undefined), arenaUsedBytes: null };
  return emitForTflm(policy, { board: await loadBoard(boardsFolder, id), framework });
}

const source = ({ files }: PolicySource): string => String(files.get("policy.cpp"));

describe("the library", () => {
  test("is the board's under Arduino, by whatever tool that is built, and none elsewhere", async () => {
    for (const framework of ["arduino", "platformio"] as const)
      expect(source(await emitted(convolutions, "nano33ble", framework))).toContain("#include <Chirale_TensorFlowLite.h>");
    expect(source(await emitted(convolutions, "esp32", "esp-idf"))).not.toContain("Chirale");
  });

  test("is too old for an LSTM under Arduino", async () => {
    const graphs = Array.from({ length: 100 }, (_, seed) => randomGraph(seed));
    const lstm = at(
      graphs.filter(({ operators }) => operators.some(({ kind }) => kind === "lstm")),
      0,
    );
    await expect(emitted(lstm, "nano33ble", "arduino")).rejects.toThrow(DiagnosticError);
    expect(source(await emitted(lstm, "esp32", "esp-idf"))).toContain("AddUnidirectionalSequenceLSTM");
  });
});

test("kernels of the ESP32-S3's vector unit need more for convolutions than those of its sisters", async () => {
  const arena = async (id: string): Promise<number> => (await emitted(convolutions, id, "esp-idf")).arena?.neededBytes ?? NaN;
  expect(await arena("esp32s3")).toBeGreaterThan(await arena("esp32"));
  expect(await arena("esp32c3")).toBe(await arena("esp32"));
});
