// Golden models, made by TensorFlow Lite Micro's reference kernels, through the oracle and every board: exact equality.

import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import type { Graph } from "../../src/artifacts/graph.ts";
import { valueOf } from "../../src/core/diagnostic.ts";
import { oracleOutputs, splitVectors } from "../../src/pipeline/verify.ts";
import { policySizes } from "../../src/pipeline/firmware.ts";
import { readTflite } from "../../src/tflite/read.ts";
import { requires } from "../requires.ts";
import { outputsOn, TARGETS } from "./targets.ts";

interface GoldenCase {
  readonly model: string;
  readonly vectors: string;
}

const OWN = "tests/golden/models";
const SHARED = "../shared/golden";

const CASES: readonly GoldenCase[] = [
  ...["mlpA", "convD"].flatMap((name) =>
    [name, `${name}.extreme`].map((vectors) => ({ model: `${OWN}/${name}`, vectors: `${OWN}/${vectors}` })),
  ),
  { model: `${SHARED}/hello_world_int8`, vectors: `${SHARED}/hello_world_int8` },
];

describe.each(CASES)("$vectors", ({ model, vectors }) => {
  const missing = !existsSync(`${model}.tflite`);
  if (missing && process.env["CI"] !== undefined) throw new Error(`${model}.tflite is missing`);

  describe.skipIf(missing)("against TensorFlow Lite Micro", () => {
    let graph: Graph;
    let inputs: Int8Array[];
    let expected: Int8Array[];

    beforeAll(() => {
      graph = valueOf(readTflite(readFileSync(`${model}.tflite`), model));
      const { inputBytes, outputBytes } = policySizes(graph);
      inputs = splitVectors(readFileSync(`${vectors}.in.bin`), inputBytes, vectors);
      expected = splitVectors(readFileSync(`${vectors}.out.bin`), outputBytes, vectors);
    });

    test("oracle", () => {
      expect(oracleOutputs(graph, inputs)).toEqual(expected);
    });

    for (const { board, tools } of TARGETS) {
      test.skipIf(requires(...tools))(`C on ${board}`, async () => {
        expect(await outputsOn(board, graph, inputs)).toEqual(expected);
      });
    }
  });
});
