// The firmware under libFuzzer and sanitizers, from the same seed each time: what is found here once is found again. Longer runs:
// the same programs, built by this test, with another -runs.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requires } from "../requires.ts";
import { build, FIRMWARE, firmware, runTests } from "./firmware.ts";
import { agentSeeds, linkSeeds, storageSeeds } from "./fuzz/seeds.ts";

const FLAGS = ["-O1", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all", `-I${FIRMWARE}`];

const LINK = ["fuzz/check.c", "reference.c", ...firmware("bytes", "cobs", "crc16", "crc32", "link", "protocol")];
/** Around inside-agent.c and inside-robot.c, which hold the agent, the robot and its policy. */
const AGENT = [
  ...[...LINK, "pack.c", "board.c", "host.c", "fuzz/inside-agent.c", "fuzz/inside-robot.c"],
  ...firmware("safety", "store", "swap", "telemetry", "tick", "unpack"),
];

const FUZZERS = [
  { name: "link-fuzz", sources: LINK, seeds: linkSeeds(), runs: 200_000, longest: 400 },
  { name: "agent-fuzz", sources: AGENT, seeds: agentSeeds(), runs: 20_000, longest: 200 },
  { name: "storage-fuzz", sources: AGENT, seeds: storageSeeds(), runs: 5_000, longest: 200 },
] as const;

describe.skipIf(requires("clang"))("libFuzzer", { timeout: 300_000 }, () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "reflexarc-fuzz-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test.each(FUZZERS)("$name finds nothing in $runs inputs", async ({ name, sources, seeds, runs, longest }) => {
    const program = await build("clang", { name, sources: [`fuzz/${name}.c`, ...sources], defines: [] }, FLAGS, folder);
    const corpus = path.join(folder, `${name}-corpus`);
    mkdirSync(corpus);
    seeds.forEach((seed, index) => {
      writeFileSync(path.join(corpus, String(index)), seed);
    });
    const words = await runTests(program, ["-seed=1", `-runs=${runs}`, `-max_len=${longest}`, "-verbosity=1", corpus]);
    expect(words).toContain(`Done ${runs} runs`);
    console.log(`${name}: ${/cov: .*?corp: \S+/.exec(words.slice(words.lastIndexOf("DONE")))?.[0] ?? ""}`);
  });
});
