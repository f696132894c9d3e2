// Recordings of a board whose cable comes off, which is reset, and whose host is killed: every tick stands in the file, or in a gap.

import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { McapStreamReader } from "@mcap/core";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RobotSpec } from "../../src/artifacts/robot-spec.ts";
import { at } from "../../src/core/assert.ts";
import { valueOf } from "../../src/core/diagnostic.ts";
import { Random } from "../../src/core/random.ts";
import { readRecording } from "../../src/dataset/recording-reader.ts";
import { openRobot } from "../../src/pipeline/robot.ts";
import { parseRobot } from "../../src/spec/parse-robot.ts";
import { requires } from "../requires.ts";
import { CLI, reflexarc, said, start, succeed, succeedJson, temporaryFolder, type Started } from "./cli.ts";
import { TcpBoard } from "./tcp-board.ts";

const RATE_HZ = 200;
const KILLS = 20;
/** In the line that a second's worth of ticks gets. A board that misses deadlines on a busy machine does so in safe as well. */
const SECOND = " s  safe";

const project = path.join(temporaryFolder(), "robot");
let image: string;
let board: TcpBoard;

/** What a recording says of one life of the board, from boot to boot. */
interface Life {
  /** How many it holds, and how many it names as lost. */
  readonly ticks: number;
  readonly lost: number;
  /** Ticks that are neither, or both. */
  readonly unaccounted: number;
}

const recordings = (): readonly string[] => readdirSync(path.join(project, "recordings")).sort();
const newest = (): string => path.join(project, "recordings", recordings().at(-1) ?? "");

function spec(): RobotSpec {
  const read = (file: string): string | undefined => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return undefined;
    }
  };
  const lock = read(path.join(project, "robot.lock.json"));
  return openRobot(parseRobot(path.join(project, "robot.ts"), read), lock, () => undefined).robot.spec;
}

/** Follows /tick and /gap through a file that may end anywhere. */
function lives(bytes: Uint8Array): readonly Life[] {
  const reader = new McapStreamReader();
  reader.append(bytes);
  const topics = new Map<number, string>();
  const found: { ticks: number; lost: number; unaccounted: number; next: number | null }[] = [];
  for (let record = reader.nextRecord(); record !== undefined; record = reader.nextRecord()) {
    if (record.type === "Channel") topics.set(record.id, record.topic);
    if (record.type !== "Message") continue;
    const topic = topics.get(record.channelId);
    const text = new TextDecoder().decode(record.data);
    if (topic === "/episode" && (/after a reset/.test(text) || found.length === 0))
      found.push({ ticks: 0, lost: 0, unaccounted: 0, next: null });
    if (topic !== "/tick" && topic !== "/gap") continue;
    const { tick, count = 1 } = JSON.parse(text) as { tick: number; count?: number };
    const life = at(found, found.length - 1);
    life.unaccounted += Math.abs(tick - (life.next ?? tick));
    life.next = tick + count;
    if (topic === "/tick") life.ticks += 1;
    else life.lost += count;
  }
  return found.map(({ ticks, lost, unaccounted }) => ({ ticks, lost, unaccounted }));
}

function record(): Started {
  return start(project, ["record", "--port", board.url, "--mode", "safe"]);
}

/** So many ticks of whatever kind have come, since this was called. */
async function seconds(program: Started, count: number): Promise<void> {
  for (let second = 0; second <= count; second++) await said(program, SECOND);
}

describe.skipIf(requires("cc"))("a recording of a board", () => {
  beforeAll(async () => {
    await succeed(path.dirname(project), "init", "robot");
    const entry = path.join(project, "robot.ts");
    writeFileSync(entry, readFileSync(entry, "utf8").replace(/rateHz: \d+/, `rateHz: ${RATE_HZ}`));
    const columns = Array.from({ length: 24 }, (_, index) => `range[${index}]`);
    const actions = ["move-forward", "slight-right-turn", "sharp-right-turn", "slight-left-turn"];
    const random = new Random(1);
    const rows = Array.from({ length: 200 }, (_, row) => [...columns.map(() => random.uniform(0, 5)), actions[row % 4]].join(","));
    writeFileSync(path.join(project, "rows.csv"), [[...columns, "action"].join(","), ...rows, ""].join("\n"));
    await succeed(project, "import", "rows.csv");
    await succeed(project, "train", "--epochs", "1");
    await succeed(project, "compile", "--board", "host", "--no-measure");
    image = path.join(project, (await succeedJson<{ image: string }>(project, "build", "--board", "host")).image);
  });

  beforeEach(async () => {
    board = await TcpBoard.start(image);
  });

  afterEach(async () => {
    await board.stop();
  });

  test("goes on in the same file when the cable was off", async () => {
    const before = recordings().length;
    const recording = record();
    const [lost, back] = [said(recording, "lost the board"), said(recording, "the board is back")];
    await seconds(recording, 1);
    await board.unplug();
    await lost;
    await board.plugIn();
    await back;
    await seconds(recording, 1);
    recording.kill("SIGINT");
    expect((await recording.finished).exitCode).toBe(130);
    expect(recordings()).toHaveLength(before + 1);
    const [life] = lives(readFileSync(newest()));
    expect(life?.unaccounted).toBe(0);
    expect(life?.ticks).toBeGreaterThanOrEqual(2 * RATE_HZ);
    expect(valueOf(readRecording(spec(), readFileSync(newest()), "a.mcap")).truncated).toBe(false);
  });

  test("goes on in another episode of the same file when the board was reset", async () => {
    const recording = record();
    const [told, again] = [said(recording, "the board was reset"), said(recording, "mode safe again")];
    await seconds(recording, 1);
    board.reset();
    await told;
    await again;
    await seconds(recording, 1);
    recording.kill("SIGINT");
    expect((await recording.finished).exitCode).toBe(130);
    const found = lives(readFileSync(newest()));
    expect(found.map(({ unaccounted }) => unaccounted)).toEqual([0, 0]);
    expect(Math.min(...found.map(({ ticks }) => ticks))).toBeGreaterThanOrEqual(RATE_HZ);
    const { episodes } = valueOf(readRecording(spec(), readFileSync(newest()), "a.mcap"));
    expect(episodes.length).toBeGreaterThanOrEqual(2);
  });

  test("says what is wrong when nobody is there to begin with, and leaves no file", async () => {
    await board.unplug();
    const before = recordings().length;
    const { exitCode, stderr } = await reflexarc(project, "record", "--port", board.url);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("nobody listens");
    expect(recordings()).toHaveLength(before);
    await board.plugIn();
  });

  test(
    `is readable whatever moment the host is killed at, ${KILLS} times`,
    async () => {
      const random = new Random(7);
      const problems: string[] = [];
      let most = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const recording = record();
        let words = "";
        recording.stderr.on("data", (bytes: Buffer) => (words += bytes.toString()));
        await said(recording, "recording to");
        // The one wait that is meant to be one: what is tested is any moment.
        await new Promise((resolve) => setTimeout(resolve, random.uniform(0, 2500)));
        recording.kill("SIGKILL");
        expect((await recording.finished).exitCode).toBe(137);
        const bytes = readFileSync(newest());
        const outcome = readRecording(spec(), bytes, "a.mcap");
        const told = RATE_HZ * Number([...words.matchAll(/(\d+) s {2}safe/g)].at(-1)?.[1] ?? 0);
        const ticks = lives(bytes).reduce((sum, life) => sum + life.ticks, 0);
        most = Math.max(most, ticks);
        if (!outcome.ok || !outcome.value.truncated) problems.push(`kill ${kill}: not read as a recording that was cut off`);
        if (lives(bytes).some(({ unaccounted }) => unaccounted > 0)) problems.push(`kill ${kill}: ticks are neither there nor lost`);
        if (ticks < told - RATE_HZ) problems.push(`kill ${kill}: ${ticks} ticks, though ${told} were told`);
      }
      expect(problems).toEqual([]);
      expect(most).toBeGreaterThan(RATE_HZ);
    },
    KILLS * 20_000,
  );

  test.skipIf(requires("socat"))("at a terminal: keys change the mode", async () => {
    const command = [process.execPath, CLI, "run", "--port", board.url].join(" ").replaceAll(":", "\\:");
    const terminal = spawn("socat", ["-", `EXEC:"${command}",pty,setsid,ctty,stderr`], { cwd: project });
    const steps = [
      { after: "mode auto: requested", key: "h" },
      { after: "mode shadow: requested", key: "s" },
      { after: "mode assist: requested", key: " " },
      { after: "mode safe: stop", key: "t" },
      { after: "mode teleop: requested", key: "q" },
    ];
    let screen = "";
    terminal.stdout.on("data", (bytes: Buffer) => {
      screen += bytes.toString();
      const step = steps[0];
      if (step === undefined || !screen.includes(step.after)) return;
      terminal.stdin.write(step.key);
      steps.shift();
    });
    await new Promise((resolve) => terminal.on("close", resolve));
    expect(steps).toEqual([]);
    expect(screen).toContain("space stops, a auto, s assist");
    expect(screen).toMatch(/\d+ ticks on tcp:\S+, \d+ lost, stopped/);
  });
});
