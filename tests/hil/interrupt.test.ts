// Ctrl-C, a kill, a reader that has seen enough: every file stays whole, no process stays behind, and the terminal is as it was.

import { readdirSync, statSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { spawn } from "node:child_process";
import path from "node:path";
import { execa } from "execa";
import { beforeAll, describe, expect, test } from "vitest";
import { requires } from "../requires.ts";
import { CLI, LITTLE_DAGGER, reflexarc, said, start, succeed, succeedJson, temporaryFolder, type Started } from "./cli.ts";

const home = temporaryFolder();
/** Where the program's own temporary folders go: nothing may be left in it. */
const scratch = temporaryFolder();
const project = path.join(home, "robot");

beforeAll(async () => {
  await succeed(home, "init", "robot");
  await succeed(project, "record", "--episodes", "4", "--seconds", "20");
  await succeed(project, "train", "--epochs", "2");
});

function begin(...args: readonly string[]): Started {
  return start(project, args, { TMPDIR: scratch });
}

async function childrenOf(pid: number | undefined): Promise<readonly number[]> {
  const { stdout } = await execa("ps", ["-axo", "pid=,ppid="]);
  const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  return rows.filter(([, parent]) => parent === pid).map(([child = 0]) => child);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Sends the signal and waits for the end. @returns the exit code. */
async function end(program: Started, signal: "SIGINT" | "SIGKILL"): Promise<number> {
  program.kill(signal);
  return (await program.finished).exitCode;
}

const newestRecording = (): string => path.join(project, "recordings", readdirSync(path.join(project, "recordings")).sort().at(-1) ?? "");

describe("Ctrl-C", () => {
  test("while training leaves no half a policy", async () => {
    const before = readdirSync(path.join(project, "policies"));
    const training = begin("train", "--epochs", "100000");
    await said(training, "training with");
    expect(await end(training, "SIGINT")).toBe(130);
    expect(readdirSync(path.join(project, "policies"))).toEqual(before);
    await succeed(project, "train", "--epochs", "1");
  });

  test.skipIf(requires("arm-none-eabi-gcc", "qemu-system-arm"))(
    "while a board drives leaves no emulator, and goes on from there",
    async () => {
      const dagger = begin(
        "dagger",
        "--port",
        "emu:qemu-cortex-m4",
        "--rounds",
        "9",
        "--episodes",
        "1",
        "--seconds",
        "2",
        "--epochs",
        "1",
        "--score-episodes",
        "1",
        "--score-seconds",
        "2",
      );
      await said(dagger, "round 1: on the board");
      await expect.poll(async () => (await childrenOf(dagger.pid)).length, { timeout: 20_000 }).toBeGreaterThan(0);
      const children = await childrenOf(dagger.pid);
      expect(await end(dagger, "SIGINT")).toBe(130);
      await expect.poll(() => children.filter(isRunning), { timeout: 20_000 }).toEqual([]);
      expect(readdirSync(scratch)).toEqual([]);
      expect(newestRecording()).toMatch(/dagger-round-\d\.mcap$/);
      const { rounds } = await succeedJson<{ rounds: { samples: number }[] }>(
        project,
        "dagger",
        "--port",
        "emu:qemu-cortex-m4",
        ...LITTLE_DAGGER,
      );
      expect(rounds[0]?.samples).toBeGreaterThan(4 * 20 * 9);
    },
  );

  test.skipIf(requires("cc"))("while a real board drives tells it to stop first", async () => {
    await succeed(project, "compile", "--board", "host", "--no-measure");
    const { image } = await succeedJson<{ image: string }>(project, "build", "--board", "host");
    const server = createServer((socket) => {
      const board = spawn(path.join(project, image), { stdio: ["pipe", "pipe", "ignore"] });
      socket.pipe(board.stdin);
      board.stdout.pipe(socket);
      socket.on("close", () => board.kill());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const run = begin("run", "--port", `tcp:127.0.0.1:${(server.address() as AddressInfo).port}`);
      const stopped = said(run, "mode safe: stop");
      await said(run, "1 s  auto");
      expect(await end(run, "SIGINT")).toBe(130);
      await stopped;
    } finally {
      server.close();
    }
  });
});

describe("a kill", () => {
  test("while recording leaves what was recorded", async () => {
    const recording = begin("record", "--episodes", "10000", "--seconds", "5");
    await expect
      .poll(() => (newestRecording().includes("demonstrations") ? statSync(newestRecording()).size : 0), { timeout: 20_000 })
      .toBeGreaterThan(100_000);
    expect(await end(recording, "SIGKILL")).toBe(137);
    const { exitCode, stderr, stdout } = await reflexarc(project, "train", "--epochs", "1", "--json", newestRecording());
    expect(stderr).toContain("the recording ends early");
    expect(exitCode).toBe(0);
    expect((JSON.parse(stdout) as { samples: number }).samples).toBeGreaterThan(100);
  });
});

describe("a reader that has seen enough", () => {
  test("does not end the work", async () => {
    const before = readdirSync(path.join(project, "policies")).length;
    const training = begin("train", "--epochs", "1");
    training.stdout.destroy();
    training.stderr.destroy();
    expect((await training.finished).exitCode).toBe(0);
    expect(readdirSync(path.join(project, "policies")).length).toBe(before + 1);
  });
});

describe("two at once", () => {
  test("record and train side by side, each under a number of its own", async () => {
    const recordings = await Promise.all(
      [1, 2, 3].map(() => succeedJson<{ recording: string }>(project, "record", "--episodes", "1", "--seconds", "2")),
    );
    expect(new Set(recordings.map(({ recording }) => recording)).size).toBe(3);
    const policies = await Promise.all([1, 2].map(() => succeedJson<{ policy: string }>(project, "train", "--epochs", "1")));
    expect(new Set(policies.map(({ policy }) => policy)).size).toBe(2);
  });
});

describe.skipIf(requires("socat", "cc"))("at a terminal", () => {
  /** Runs in a pseudo-terminal; `react` sees all that was printed so far and may answer with keys. */
  async function atTerminal(args: readonly string[], react: (screen: string) => string | null): Promise<string> {
    const command = [process.execPath, CLI, ...args].join(" ");
    const socat = spawn("socat", ["-", `EXEC:"${command.replaceAll(":", "\\:")}",pty,setsid,ctty,stderr`], { cwd: project });
    let screen = "";
    socat.stdout.on("data", (bytes: Buffer) => {
      screen += bytes.toString();
      const keys = react(screen);
      if (keys !== null) socat.stdin.write(keys);
    });
    await new Promise((resolve) => socat.on("close", resolve));
    return screen;
  }

  test("keys stop, resume and hand over to the expert", async () => {
    const steps = [
      { after: / s {2}policy/, key: " " },
      { after: / s {2}neutral/, key: "e" },
      { after: / s {2}expert/, key: "r" },
      { after: /expert[^]* s {2}policy/, key: "q" },
    ];
    const screen = await atTerminal(["run", "--port", "emu:host", "--seconds", "600"], (seen) => {
      const step = steps[0];
      if (step === undefined || !step.after.test(seen)) return null;
      steps.shift();
      return step.key;
    });
    expect(screen).toContain("space stops, r resumes, e lets the expert take over");
    expect(screen).toMatch(/no collision; acted: neutral \d+, policy \d+, expert \d+/);
    expect(steps).toEqual([]);
  });

  test("Ctrl-C gives the cursor back", async () => {
    let pressed = false;
    const screen = await atTerminal(["record", "--episodes", "10000"], (seen) => {
      if (pressed || !seen.includes("demonstrating")) return null;
      pressed = true;
      return "\u0003";
    });
    expect(screen.lastIndexOf("\u001b[?25h")).toBeGreaterThan(screen.lastIndexOf("\u001b[?25l"));
  });
});
