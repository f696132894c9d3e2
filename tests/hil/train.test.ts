// What `train` does for those who ask for more than a policy: a search, int8 in mind, a policy to go on from, an ensemble.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { reflexarc, said, start, succeed, succeedJson, temporaryFolder } from "./cli.ts";

const home = temporaryFolder();
/** Where the program's own temporary folders go. */
const scratch = temporaryFolder();
const project = path.join(home, "robot");

const LITTLE = ["--epochs", "10", "--quantization-aware", "never"];

interface Trained {
  readonly policy: string;
  readonly policyHash: string;
  readonly metrics: { readonly float: number; readonly int8: number; readonly quantizationAware: number | null };
  readonly parameters: number;
  readonly report: string;
}

const train = (...args: readonly string[]): Promise<Trained> => succeedJson<Trained>(project, "train", ...args);
const policies = (): readonly string[] => readdirSync(path.join(project, "policies")).sort();

let first: Trained;
beforeAll(async () => {
  await succeed(home, "init", "robot");
  await succeed(project, "record", "--episodes", "6", "--seconds", "20");
  first = await train(...LITTLE);
});

test("--json says what came of it, and the same seed gives the same policy", async () => {
  const share = expect.closeTo(0.95, 0) as number;
  expect(first).toEqual({
    policy: path.join("policies", "001"),
    policyHash: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    engine: "wasm",
    samples: 6 * 20 * 9,
    epochs: 10,
    metrics: { kind: "agreement", float: share, int8: share, postTraining: share, quantizationAware: null, rows: 180 },
    parameters: 24 * 32 + 32 + 32 * 16 + 16 + 16 * 4 + 4,
    macs: 24 * 32 + 32 * 16 + 16 * 4,
    report: path.join("policies", "001", "report.html"),
  });
  expect((await train(...LITTLE)).policyHash).toBe(first.policyHash);
});

test("the report is one page that asks the network for nothing", () => {
  const page = readFileSync(path.join(project, first.report), "utf8");
  expect(page).toMatch(/^<!doctype html>/i);
  expect(page).toContain("Float against int8, by layer");
  const references = [...page.matchAll(/\b(?:src|href|action)\s*=\s*["']?([^"'\s>]*)|url\(([^)]*)\)|@import/gi)];
  expect(references.map(([, address, url]) => address ?? url).filter((each) => !/^(?:#|data:)/.test(each ?? ""))).toEqual([]);
  expect(page).not.toMatch(/<(?:link|iframe|script)\b|\bfetch\(|XMLHttpRequest|WebSocket/i);
});

test("--from goes on where a policy left off, --quantization-aware always learns for int8", async () => {
  const still = ["--epochs", "1", "--learning-rate", "1e-7", "--quantization-aware", "always"];
  const { metrics } = await train(...still, "--from", first.policy);
  expect(metrics.float).toBe(first.metrics.float);
  expect(metrics.quantizationAware).toBe(metrics.int8);
});

describe("--search", () => {
  test("tells what each size comes to, and keeps the best", async () => {
    interface Candidate {
      readonly policy: string;
      readonly float: number;
      readonly int8: number;
      readonly parameters: number;
      readonly flashBytes: number;
      readonly microseconds: number;
      readonly fits: boolean;
      readonly pareto: boolean;
    }
    const before = policies().length;
    const found = await succeedJson<Trained & { readonly candidates: readonly Candidate[] }>(
      project,
      "train",
      "--search",
      "--epochs",
      "12",
    );
    const { candidates } = found;
    expect(candidates.map(({ policy }) => policy)).toEqual(["mlp([8, 4])", "mlp([16, 8])", "mlp([32, 16])", "mlp([64, 32])"]);
    const best = Math.max(...candidates.map(({ int8 }) => int8));
    expect(found.metrics.int8).toBe(best);
    expect(found.parameters).toBe(candidates.find(({ int8 }) => int8 === best)?.parameters);
    expect(candidates.map(({ fits }) => fits)).toEqual([true, true, true, true]);
    for (const measure of ["parameters", "flashBytes", "microseconds"] as const) {
      const values = candidates.map((candidate) => candidate[measure]);
      expect(values).toEqual([...values].sort((left, right) => left - right));
    }
    const frontier = candidates.filter(({ int8 }, index) => candidates.slice(0, index).every((smaller) => smaller.int8 < int8));
    expect(candidates.filter(({ pareto }) => pareto)).toEqual(frontier);
    expect(policies()).toHaveLength(before + 1);
  });

  test("prints the table, and what to write in robot.ts", async () => {
    const table = await succeed(project, "train", "--search", "--epochs", "1", "--board", "pico", "--quantization-aware", "always");
    expect(table).toMatch(/^policy +float +int8 +parameters +flash, bytes +us$/m);
    expect(table).toMatch(/^mlp\(\[8, 4\]\) .* worth its size$/m);
    expect(table).toContain("int8, trained for it");
    expect(table).toMatch(/write in robot\.ts: policy: mlp\(\[\d+, \d+\]\)$/m);
  });
});

test.each([["--quantization-aware sometimes"], ["--search --board toaster"], ["--search --from policies/001"]])(
  "%s is asked wrongly",
  async (args) => {
    const before = policies();
    const { exitCode, stderr, stdout } = await reflexarc(project, "train", ...args.split(" "));
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/^error: .+\n {2}fix: .+/m);
    expect(policies()).toEqual(before);
  },
);

test("Ctrl-C while members are trained side by side ends it at once, and leaves no half a policy", async () => {
  const file = path.join(project, "robot.ts");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace("mlp([32, 16])", "mlp([32, 16], { ensemble: 4 })"));
  const before = policies();
  const training = start(project, ["train", "--epochs", "100000"], { TMPDIR: scratch });
  await said(training, "training 4 members");
  training.kill("SIGINT");
  expect((await training.finished).exitCode).toBe(130);
  expect(policies()).toEqual(before);
  expect(readdirSync(scratch)).toEqual([]);
});
