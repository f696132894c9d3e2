// The firmware on this machine, twice: under the address and undefined-behaviour sanitizers, and with its branches counted. As
// robots differ in what the preprocessor makes of it, the agent is built for several.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requires } from "../requires.ts";
import { build, countBranches, coverageOf, FIRMWARE, firmware, ROBOT_SOURCES, runTests, type Program } from "./firmware.ts";

/** Of all branches of a file, so many are to be taken. */
const REQUIRED_PERCENT = 95;

const SANITIZED = ["-O1", "-fsanitize=address,undefined,float-cast-overflow", "-fno-sanitize-recover=all"];
const COUNTED = ["-O0", "--coverage"];

const PARTS = ["bytes", "cobs", "crc16", "crc32", "link", "protocol", "safety", "store", "telemetry", "unpack"];
const BENCH = ["harness.c", "reference.c"];
const BOARD = [...BENCH, "pack.c", "board.c", "host.c", ...ROBOT_SOURCES];
const AGENT = [...BOARD, "agent", ...firmware(...PARTS, "agent", "swap", "tick")];

const PROGRAMS: readonly Program[] = [
  { name: "parts", sources: [...BENCH, "pack.c", "parts", ...firmware(...PARTS)], defines: [] },
  { name: "agent", sources: AGENT, defines: [] },
  {
    name: "smallest-agent",
    sources: AGENT,
    defines: [
      ...["ROBOT_PARAMETER_SLOTS=0u", "POLICY_STATE_BYTES=0", "ROBOT_RING_TICKS=1u", "ROBOT_STALE_TICKS=0u"],
      ...["ROBOT_AUTONOMOUS=1", "NO_EXPERT"],
    ],
  },
  {
    name: "autonomous-agent",
    sources: AGENT,
    defines: ["POLICY_PARAMETERS_BYTES=300", "POLICY_STATE_BYTES=0", "ROBOT_RING_TICKS=3u", "ROBOT_AUTONOMOUS=1"],
  },
  { name: "probe", sources: [...BOARD, "probe", ...firmware("bytes", "cobs", "crc16", "crc32", "link", "protocol", "probe")], defines: [] },
];

describe.skipIf(requires("gcc", "gcov"))("the firmware on this machine", { timeout: 300_000 }, () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "reflexarc-native-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test.each(PROGRAMS)("$name, under sanitizers", async (program) => {
    const built = await build("gcc", program, SANITIZED, path.join(folder, "sanitized"));
    expect(await runTests(built)).toMatch(/^\d+ tests, 0 failed checks$/);
  });

  test("nearly every branch is taken", async () => {
    const counted = path.join(folder, "counted");
    for (const program of PROGRAMS) await runTests(await build("gcc", program, COUNTED, counted));
    const coverage = coverageOf(await countBranches(PROGRAMS.map(({ name }) => path.join(counted, name))));
    const percent = (taken: number, branches: number): number => (branches === 0 ? 100 : (100 * taken) / branches);
    const lines = coverage.map(({ file, branches, taken, missed }) => {
      const where = missed.length > 0 ? `, not all of line ${missed.join(", ")}` : "";
      return `${file.padEnd(20)} ${percent(taken, branches).toFixed(1).padStart(5)} % of ${branches} branches${where}`;
    });
    console.log(lines.join("\n"));
    expect(coverage.map(({ file }) => file)).toEqual(readdirSync(FIRMWARE).filter((name) => name.endsWith(".c")));
    for (const { file, branches, taken } of coverage) {
      expect(percent(taken, branches), `branches of ${file}`).toBeGreaterThanOrEqual(REQUIRED_PERCENT);
    }
  });
});
