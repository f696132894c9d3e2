// The built command line as a person starts it: arguments in, exit code and words out. Projects live in folders of their own
// that vanish with the test file.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { execa } from "execa";
import { afterAll, expect } from "vitest";
import { packageRoot } from "../../src/host/package-root.ts";

export const CLI = path.join(packageRoot, "dist", "cli.js");

/** Training and driving so little that they take a second; what is learnt is of no use. */
export const LITTLE_DAGGER = [
  "--rounds",
  "1",
  "--episodes",
  "2",
  "--seconds",
  "3",
  "--score-episodes",
  "1",
  "--score-seconds",
  "3",
  "--epochs",
  "2",
];

export interface Finished {
  /** As a shell has it: 130 after Ctrl-C, 137 after a kill. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly pid: number | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  kill(signal: "SIGINT" | "SIGKILL"): void;
  readonly finished: Promise<Finished>;
}

/** Starts reflexarc; nobody sits at its terminal. */
export function start(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  const child = execa(process.execPath, [CLI, ...args], { cwd: folder, env, stdin: "ignore", reject: false });
  return {
    pid: child.pid,
    stdout: child.stdout,
    stderr: child.stderr,
    kill: (signal) => {
      child.kill(signal);
    },
    finished: child.then(({ exitCode, signal, stdout, stderr }) => ({
      exitCode: exitCode ?? 128 + (signal === undefined ? 0 : constants.signals[signal]),
      stdout,
      stderr,
    })),
  };
}

export function reflexarc(folder: string, ...args: readonly string[]): Promise<Finished> {
  return start(folder, args).finished;
}

/** Runs a command that must succeed. @returns what it printed. */
export async function succeed(folder: string, ...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await reflexarc(folder, ...args);
  expect(exitCode, `reflexarc ${args.join(" ")}\n${stderr}`).toBe(0);
  return stdout;
}

/** The same with --json. @returns the object on standard output, which holds nothing else. */
export async function succeedJson<Result>(folder: string, ...args: readonly string[]): Promise<Result> {
  return JSON.parse(await succeed(folder, ...args, "--json")) as Result;
}

/** A folder that is removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "reflexarc-hil-"));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Resolves when the text stands in what the program said on standard error. @throws Error when it ends without. */
export function said(program: Started, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let words = "";
    program.stderr.on("data", (bytes: Buffer) => {
      words += bytes.toString();
      if (words.includes(text)) resolve();
    });
    program.stderr.on("close", () => {
      reject(new Error(`it ended without saying "${text}":\n${words}`));
    });
  });
}

/** For `skipIf`: whether the folder that lies beside the project is missing. @throws Error when it is and CI is set. */
export function sharedIsMissing(folder: string): boolean {
  if (existsSync(folder)) return false;
  if (process.env["CI"] !== undefined) throw new Error(`${folder} is missing`);
  console.warn(`SKIPPED, ${folder} is missing`);
  return true;
}
