// `reflexarc data` and `import` of a LeRobot data set from the command line: what people read, what machines read, and that a
// recording that goes out comes back tick by tick.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { reflexarc, succeed, succeedJson, temporaryFolder } from "./cli.ts";

const home = temporaryFolder();
const project = path.join(home, "robot");
const RECORDING = "recordings/001-demonstrations.mcap";
/** 2 episodes of 5 s at 9 Hz. */
const TICKS = 90;

interface Lint {
  readonly recordings: readonly string[];
  readonly statistics: { readonly ticks: number; readonly channels: readonly { readonly name: string }[] };
  readonly findings: readonly { readonly code: string; readonly severity: string; readonly message: string; readonly remedy: string }[];
}

interface Shown {
  readonly recording: string;
  readonly page: string;
  readonly ticks: number;
  readonly episodes: number;
  readonly channels: readonly unknown[];
  readonly labels: readonly { readonly label: string; readonly share: number }[];
}

interface Exported {
  readonly folder: string;
  readonly ticks: number;
  readonly files: readonly string[];
  readonly bytes: number;
}

/** Every file below a folder, by path with forward slashes. */
function filesOf(folder: string): ReadonlyMap<string, Buffer> {
  const files = readdirSync(path.join(home, folder), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => path.relative(path.join(home, folder), path.join(parentPath, name))).sort();
  return new Map(paths.map((file) => [file.split(path.sep).join("/"), readFileSync(path.join(home, folder, file))]));
}

beforeAll(async () => {
  await succeed(home, "init", "robot", "--template", "wall-follower");
  await succeed(project, "record", "--port", "sim:", "--expert", "rule", "--episodes", "2", "--seconds", "5");
  await succeed(project, "data", "export", "../exported");
  for (const [file, content] of filesOf("exported")) {
    const copy = path.join(home, "damaged", file);
    mkdirSync(path.dirname(copy), { recursive: true });
    writeFileSync(copy, file.startsWith("data") ? content.subarray(0, content.length / 2) : content);
  }
});

describe("data lint", () => {
  test("gives numbers for machines, and only warns", async () => {
    const { recordings, statistics, findings } = await succeedJson<Lint>(project, "data", "lint");
    expect(recordings).toEqual([path.basename(RECORDING)]);
    expect(statistics).toMatchObject({ ticks: TICKS, labelledTicks: TICKS, episodes: 2 });
    expect(statistics.channels).toHaveLength(24);
    expect(findings.map(({ code }) => code)).toContain("dataset-few-rows");
    for (const finding of findings) expect(Object.keys(finding)).toEqual(["code", "severity", "message", "meaning", "remedy", "measures"]);
  });

  test("--strict fails where there is a warning, and says the same all the same", async () => {
    const { exitCode, stdout, stderr } = await reflexarc(project, "data", "lint", "--strict", RECORDING);
    expect(stdout).toMatch(/^warning: only 90 rows.*\n {2}means: .*\n {2}do: .*\n {2}\(dataset-few-rows\)$/m);
    expect(stdout).toMatch(/^1 recording, 90 ticks: \d+ warnings, \d+ notes?$/m);
    expect(stderr).toMatch(/^error: the recordings have \d+ warnings\n {2}fix: /m);
    expect(exitCode).toBe(1);
    const machine = await reflexarc(project, "data", "lint", "--strict", "--json");
    expect(JSON.parse(machine.stdout)).toMatchObject({ statistics: { ticks: TICKS }, errors: [{ code: "data-lint" }] });
    expect(machine.exitCode).toBe(1);
  });
});

describe("data show", () => {
  test("makes a page, and tells machines of it", async () => {
    const { recording, page, ticks, episodes, channels, labels } = await succeedJson<Shown>(project, "data", "show");
    expect({ recording, ticks, episodes, channels: channels.length }).toEqual({
      recording: RECORDING,
      ticks: TICKS,
      episodes: 2,
      channels: 24,
    });
    expect(labels.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(readFileSync(path.join(project, page), "utf8")).toMatch(/^<!doctype html>/i);
  });

  test("fits 80 columns, without colours where nobody sees them", async () => {
    const words = await succeed(project, "data", "show", RECORDING, "--output", "../page.html");
    expect(words).toMatch(/^range\[23\] \[m\] .*[▁-█]/m);
    expect(words).not.toContain("\u001b");
    expect(Math.max(...words.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(existsSync(path.join(home, "page.html"))).toBe(true);
  });
});

describe("data export", () => {
  test("comes back with the same ticks: what was imported is exported as the same bytes", async () => {
    const robot = path.join(home, "other");
    mkdirSync(robot);
    for (const file of ["robot.ts", "robot.lock.json"]) writeFileSync(path.join(robot, file), readFileSync(path.join(project, file)));
    const { recordings } = await succeedJson<{ recordings: readonly { recording: string }[] }>(robot, "import", "../exported");
    expect(recordings).toMatchObject([{ file: "../exported", rows: TICKS, used: TICKS, episodes: 2, bad: {} }]);
    const again = await succeedJson<Exported>(robot, "data", "export", "../again", "--format", "lerobot");
    const [first, second] = [filesOf("exported"), filesOf("again")];
    expect(again).toMatchObject({ folder: "../again", format: "lerobot", episodes: 2, ticks: TICKS });
    expect(again.files.toSorted()).toEqual([...second.keys()].toSorted());
    expect(second).toEqual(first);
  });

  test("leaves what is there as it is, and nothing half done", async () => {
    const before = filesOf("exported");
    const { exitCode, stderr } = await reflexarc(project, "data", "export", "../exported", "--task", "something else");
    expect(stderr).toContain("../exported is there, and is not empty");
    expect(exitCode).toBe(2);
    expect(filesOf("exported")).toEqual(before);
    expect(readdirSync(home).filter((name) => name.includes("unfinished"))).toEqual([]);
  });
});

describe("a mistake", () => {
  test.each([
    ["data", 2, "no command given"],
    ["data lint --json --loud", 2, "unknown option '--loud'"],
    ["data show one.mcap two.mcap", 2, "too many arguments"],
    ["data export ../csv --format csv", 2, "give one of lerobot"],
    ["data lint nothing.mcap", 1, "nothing.mcap can't be read"],
    ["import recordings", 1, "without meta/info.json"],
    ["import ../damaged", 1, "the Parquet file is damaged"],
  ])("%s: exit code %d", async (words, code, fragment) => {
    const recorded = readdirSync(path.join(project, "recordings"));
    const { exitCode, stdout, stderr } = await reflexarc(project, ...words.split(" "));
    expect(stderr).toContain(fragment);
    expect(stderr).toMatch(/^error: .+/m);
    expect(stderr).toMatch(/^ {2}fix: .+/m);
    if (words.includes("--json")) expect(JSON.parse(stdout)).toMatchObject({ errors: [{ code: "usage" }] });
    expect(exitCode).toBe(code);
    expect(readdirSync(path.join(project, "recordings"))).toEqual(recorded);
  });
});
