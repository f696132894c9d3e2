// `verify` of a folder of golden cases, and of a temporal policy that streams; `compile` of policies that a board can't take.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../src/host/package-root.ts";
import type { CaseDifference } from "../../src/pipeline/golden-cases.ts";
import type { Difference } from "../../src/pipeline/verify.ts";
import { reflexarc, succeed, succeedJson, temporaryFolder } from "./cli.ts";

const home = temporaryFolder();
const GOLDEN = path.join(packageRoot, "tests/golden");
/** Several inputs and outputs, float ends, state that is kept, state that is reset. */
const CASES = ["graph_26", "graph_36", "unidirectional_sequence_lstm_11", "graph_33"];

interface Folder {
  readonly cases: number;
  readonly exact: number;
  readonly differing: readonly CaseDifference[];
  readonly withoutVectors: readonly string[];
}

/** A new folder with these files of tests/golden/ops. */
function folderOf(name: string, ...files: readonly string[]): string {
  const folder = path.join(home, name);
  mkdirSync(folder);
  for (const file of files) copyFileSync(path.join(GOLDEN, "ops", file), path.join(folder, file));
  return folder;
}

const A_NUMBER = expect.any(Number) as number;

const filesOf = (name: string): string[] => [`${name}.tflite`, `${name}.in.bin`, `${name}.out.bin`];

describe("a folder of golden cases", () => {
  test("is exact on every board, several inputs, float ends and state included", async () => {
    const folder = folderOf("good", "index.json", ...CASES.flatMap(filesOf));
    const result = await succeedJson<Folder>(home, "verify", folder, "--on", "virtual");
    expect(result).toMatchObject({ cases: CASES.length, exact: CASES.length, differing: [] });
  });

  test("names the first difference of each case that isn't, and what can't be read", async () => {
    const folder = folderOf("bad", "index.json", ...CASES.slice(0, 2).flatMap(filesOf), "bad_trunc_tail.tflite");
    const [outputs, inputs] = ["graph_26.out.bin", "graph_26.in.bin"].map((file) => path.join(folder, file)) as [string, string];
    const bytes = readFileSync(outputs);
    bytes[4] = (bytes[4] ?? 0) ^ 1;
    writeFileSync(outputs, bytes);
    copyFileSync(inputs, path.join(folder, "bad_trunc_tail.in.bin"));
    copyFileSync(outputs, path.join(folder, "bad_trunc_tail.out.bin"));
    const { exitCode, stdout } = await reflexarc(home, "verify", folder, "--on", "virtual", "--json");
    const result = JSON.parse(stdout) as Folder;
    expect(exitCode).toBe(1);
    expect(result).toMatchObject({ cases: 3, exact: 1 });
    expect(result.differing).toContainEqual(
      expect.objectContaining({
        case: "graph_26",
        target: "virtual",
        first: expect.objectContaining({ vector: 1, element: 1 }) as Difference,
      }),
    );
    expect(result.differing).toContainEqual(expect.objectContaining({ case: "bad_trunc_tail", target: "reflexarc", first: null }));
  });

  test("leaves nothing out in silence", async () => {
    const folder = folderOf("gaps", ...filesOf("graph_26"), "graph_36.tflite", "graph_36.out.bin", "graph_33.tflite");
    const golden = (file: string): string => path.join(GOLDEN, "ops", file);
    copyFileSync(golden("graph_26.in.bin"), path.join(folder, "no_model.in.bin"));
    copyFileSync(golden("graph_26.out.bin"), path.join(folder, "folder.out.bin"));
    mkdirSync(path.join(folder, "folder.tflite"));
    const { exitCode, stdout } = await reflexarc(home, "verify", folder, "--on", "virtual", "--json");
    const result = JSON.parse(stdout) as Folder;
    expect(exitCode).toBe(1);
    expect(result).toMatchObject({ cases: 4, exact: 1, withoutVectors: ["graph_33"] });
    expect(result.differing.map((each) => [each.case, each.target, each.problem])).toEqual([
      ["folder", "reflexarc", "no model goes with it: folder.tflite is missing, or a folder"],
      ["graph_36", "reflexarc", "graph_36.in.bin is missing"],
      ["no_model", "reflexarc", "no model goes with it: no_model.tflite is missing, or a folder"],
    ]);
  });

  test("needs cases, and vectors of its own", async () => {
    const empty = folderOf("empty");
    expect(await reflexarc(home, "verify", empty, "--on", "virtual")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("holds no golden cases") as string,
    });
    expect(await reflexarc(home, "verify", empty, "--inputs", "one.bin")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("--inputs and --outputs go with one model") as string,
    });
  });
});

describe("a temporal policy", () => {
  const convD = path.join(GOLDEN, "models/convD.tflite");

  test("streams: each tick's output is that of the whole window", async () => {
    expect(await succeedJson(home, "verify", convD, "--streaming", "--on", "virtual")).toMatchObject({ exact: true });
  });

  test("streams whole windows, too, one observation at a time", async () => {
    const [inputs, outputs] = [convD.replace("tflite", "in.bin"), convD.replace("tflite", "out.bin")];
    const vectors = ["--inputs", inputs, "--outputs", outputs];
    expect(await succeedJson(home, "verify", convD, "--streaming", ...vectors, "--on", "virtual")).toMatchObject({
      vectors: 64,
      exact: true,
    });
    const folder = path.join(home, "windows");
    mkdirSync(folder);
    for (const file of [convD, inputs, outputs]) copyFileSync(file, path.join(folder, path.basename(file)));
    expect(await succeedJson(home, "verify", folder, "--streaming", "--on", "virtual")).toMatchObject({ cases: 1, exact: 1 });
  });

  test("that isn't one can't", async () => {
    const mlp = path.join(GOLDEN, "models/mlpA.tflite");
    expect(await reflexarc(home, "verify", mlp, "--streaming", "--on", "virtual")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("no convolution slides over past observations") as string,
    });
  });
});

describe("what is known before flashing", () => {
  /** A robot with a little that was recorded and learnt. The rate belongs to the schema, so each has its own. */
  async function trainedRobot(name: string, policy: string, rateHz: number): Promise<string> {
    const robot = path.join(home, name);
    await succeed(home, "init", name);
    const file = path.join(robot, "robot.ts");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace(/rateHz: \d+/, `rateHz: ${rateHz}`).replace(/mlp\(\[[^\]]*\]\)/, policy));
    const rows = Array.from({ length: 200 }, (_, row) => `${`${(row % 20) / 5 + 0.5},`.repeat(24)}Move-Forward`);
    writeFileSync(path.join(robot, "rows.csv"), rows.join("\n"));
    await succeed(robot, "import", "rows.csv");
    await succeed(robot, "train", "--epochs", "1");
    return robot;
  }

  test("is printed and given as JSON", async () => {
    const robot = await trainedRobot("usual", "mlp([32, 16])", 9);
    const budget = await succeedJson(robot, "compile", "--board", "uno", "--no-measure");
    expect(budget).toMatchObject({
      flashBytes: { code: A_NUMBER, constants: A_NUMBER },
      ...{ ramBytes: A_NUMBER, stackBytes: A_NUMBER, macs: 1344 },
      ...{ instructions: A_NUMBER, microseconds: A_NUMBER },
      memory: { ringTicks: A_NUMBER, parameterSlots: 0, batchBytes: A_NUMBER },
      ...{ expectedRamBytes: A_NUMBER, firmware: null },
    });
    const words = await succeed(robot, "compile", "--board", "uno", "--no-measure");
    expect(words).toMatch(/of a tick at 9 Hz/);
    expect(words).toMatch(/RAM +about [\d,]+ B, stack included +2,048 B/);
    expect(words).toMatch(/a ring keeps the last \d+ ticks \([\d.]+ s\); the policy's parameters can't be exchanged: an AVR/);
  });

  test("refuses a policy that the board has no room for, and says what to shrink", async () => {
    const robot = await trainedRobot("large", "mlp([200, 200])", 9);
    const { exitCode, stderr } = await reflexarc(robot, "compile", "--board", "uno", "--no-measure");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/the policy needs \d+ bytes of constants.*\n.*make layer2 \(fully-connected\) smaller/s);
  });

  test("refuses a policy that can't keep the robot's rate", async () => {
    const robot = await trainedRobot("fast", "mlp([64, 64])", 500);
    const { exitCode, stderr } = await reflexarc(robot, "compile", "--board", "uno", "--no-measure");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/one inference may take \d+ us on .* at 16 MHz, and a tick at 500 Hz lasts 2000 us/);
  });
});
