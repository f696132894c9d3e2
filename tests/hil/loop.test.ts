// The whole loop from the command line, each command once on each board that runs here.

import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { requires } from "../requires.ts";
import { LITTLE_DAGGER, succeed, succeedJson, temporaryFolder } from "./cli.ts";

const home = temporaryFolder();
const project = path.join(home, "robot");

interface Trained {
  readonly policy: string;
  readonly policyHash: string;
  readonly samples: number;
}

interface Driven {
  readonly rounds: readonly { readonly name: string; readonly policy: string; readonly samples: number; readonly differing: number }[];
}

const TRAIN = ["train", "--epochs", "20", "--seed", "7"];

beforeAll(async () => {
  await succeed(home, "init", "robot", "--template", "wall-follower");
  await succeed(project, "record", "--port", "sim:", "--expert", "rule", "--episodes", "4", "--seconds", "20");
  await succeed(project, ...TRAIN);
});

describe("a robot project", () => {
  test("check tells what robot.ts says", async () => {
    const spec = await succeedJson<{ name: string; schemaRevision: number; observation: { fields: { wireBytes: number }[] } }>(
      project,
      "check",
    );
    expect(spec).toMatchObject({ name: "wall-follower", rateHz: 9, schemaRevision: 1 });
    expect(spec.observation.fields[0]?.wireBytes).toBe(96);
    expect(await succeed(project, "check")).toContain("0 .. 5.1");
  });

  test("the same recordings and seed give the same bytes of C; another seed gives others", async () => {
    const [again, other] = [await succeedJson<Trained>(project, ...TRAIN), await succeedJson<Trained>(project, ...TRAIN, "--seed", "8")];
    const emitted = async (policy: string): Promise<string> => {
      const folder = path.join(home, `emitted-${path.basename(policy)}`);
      await succeed(project, "compile", "--board", "host", "--policy", policy, "--output", folder, "--no-measure");
      return (
        readFileSync(path.join(folder, "generated", "policy.c"), "utf8") + readFileSync(path.join(folder, "generated", "robot.c"), "utf8")
      );
    };
    const first = await emitted("001");
    expect(await emitted(again.policy)).toBe(first);
    expect(await emitted(other.policy)).not.toBe(first);
  });
});

const BOARDS = [
  { board: "virtual", tools: [] },
  { board: "host", tools: ["cc"] },
  { board: "qemu-cortex-m4", tools: ["arm-none-eabi-gcc", "qemu-system-arm"] },
];

describe.each(BOARDS)("$board", ({ board, tools }) => {
  test.skipIf(requires(...tools))(
    "compile, build, flash, run, eval",
    async () => {
      const compiled = await succeedJson<{ policyHash: string; files: string[] }>(
        project,
        "compile",
        "--board",
        board,
        "--runtime",
        "c",
        "--policy",
        "001",
        "--no-measure",
      );
      expect(compiled.files).toEqual(expect.arrayContaining(["generated/policy.c", "generated/policy.h", "robot_io.c"]));
      const built = await succeedJson<{ image: string }>(project, "build", "--board", board);
      expect(readFileSync(path.join(project, built.image)).length).toBeGreaterThan(5000);
      const { policyHash } = compiled;
      expect(await succeedJson(project, "flash", "--board", board)).toMatchObject({
        board,
        robot: "wall-follower",
        policyHash,
        schemaRevision: 1,
      });
      const run = await succeedJson<{ ticks: number; actors: { policy: number } }>(
        project,
        "run",
        "--port",
        `emu:${board}`,
        "--policy",
        "001",
        "--seconds",
        "3",
      );
      expect(run).toMatchObject({ ticks: 27, actors: { policy: 27 } });
      const judged = await succeedJson<{ differing: number; ticks: number; agreement: { int8: number; board: number } }>(
        project,
        ...["eval", "--board", board, "--policy", "001", "--episodes", "2", "--seconds", "5"],
      );
      expect(judged.differing).toBe(0);
      expect(judged.ticks).toBeGreaterThan(0);
      expect(judged.agreement.board).toBe(judged.agreement.int8);
    },
    240_000,
  );
});

describe("a model by itself", () => {
  test.skipIf(requires("cc", "arm-none-eabi-gcc", "qemu-system-arm"))(
    "verify runs raw vectors through every board, and writes what they must answer",
    async () => {
      const model = "policies/001/policy.tflite";
      const outputs = path.join(home, "outputs.bin");
      const verify = ["verify", model, "--on", "host,qemu-cortex-m4", "--inputs", "policies/001/vectors.in.bin", "--outputs", outputs];
      expect(await succeedJson(project, ...verify)).toMatchObject({ vectors: 32, exact: true });
      expect(readFileSync(outputs)).toEqual(readFileSync(path.join(project, "policies/001/vectors.out.bin")));
      expect(await succeedJson(project, ...verify)).toMatchObject({
        targets: [{ target: "oracle" }, { target: "host" }, { target: "qemu-cortex-m4" }],
      });
    },
  );

  test.skipIf(requires("arm-none-eabi-gcc", "qemu-system-arm"))("bench counts, and counts the same again", async () => {
    const bench = ["bench", "policies/001/policy.tflite", "--board", "qemu-cortex-m4"];
    const [first, second] = [
      await succeedJson<Record<string, number>>(project, ...bench),
      await succeedJson<Record<string, number>>(project, ...bench),
    ];
    expect(first["instructionsPerInference"]).toBeGreaterThan(first["macs"] as number);
    expect(first["estimatedCycles"]).toBeGreaterThan(first["instructionsPerInference"] as number);
    expect(second).toEqual(first);
  });
});

describe.skipIf(requires("cc"))("dagger", () => {
  test("goes on where it ended: with the newest policy, and all recordings", async () => {
    const dagger = ["dagger", "--port", "emu:host", "--expert", "rule", ...LITTLE_DAGGER];
    const first = await succeedJson<Driven>(project, ...dagger);
    const second = await succeedJson<Driven>(project, ...dagger);
    const [start, end] = second.rounds;
    expect(start).toMatchObject({ policy: first.rounds.at(-1)?.policy, samples: first.rounds.at(-1)?.samples, differing: 0 });
    expect(end?.samples).toBeGreaterThan(start?.samples ?? Infinity);
    expect(readFileSync(path.join(project, "report.html"), "utf8")).toContain("<svg");
  });
});
