// Builds the programs of tests in C for this machine, and counts which branches of the firmware they took. In: sources and
// defines. Out: programs in a folder, and branches by file and line.

import { execFile } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const ROOT = path.resolve(import.meta.dirname, "../..");
const NATIVE = path.join(ROOT, "tests/native");
const ROBOT = path.join(ROOT, "src/link/testing/robot");
export const FIRMWARE = path.join(ROOT, "firmware/src");

/** Under these the firmware, the test robot and the tests stay silent. */
const C_FLAGS = [
  ...["-std=c99", "-pedantic", "-g", "-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror"],
  ...[NATIVE, ROBOT, path.join(ROOT, "firmware/include")].map((folder) => `-I${folder}`),
];

/** A program of tests: what it consists of. */
export interface Program {
  readonly name: string;
  /** C files, below tests/native or absolute; a folder stands for all C files in it. */
  readonly sources: readonly string[];
  readonly defines: readonly string[];
}

/** A file of firmware/src. @param names without `reflex_` and `.c`. */
export const firmware = (...names: readonly string[]): string[] => names.map((name) => path.join(FIRMWARE, `reflex_${name}.c`));

export const ROBOT_SOURCES = ["robot.c", "policy.c"].map((name) => path.join(ROBOT, name));

function sourceFiles(source: string): string[] {
  const file = path.resolve(NATIVE, source);
  if (file.endsWith(".c")) return [file];
  return readdirSync(file)
    .filter((name) => name.endsWith(".c"))
    .map((name) => path.join(file, name));
}

/** Compiles unit by unit, so that each keeps its weak symbols and its own branch counts, and links.
 * @returns path of the program in `folder`. @throws Error with the compiler's words. */
export async function build(compiler: string, program: Program, flags: readonly string[], folder: string): Promise<string> {
  const own = path.join(folder, program.name);
  mkdirSync(own, { recursive: true });
  const options = [...C_FLAGS, ...flags, ...program.defines.map((define) => `-D${define}`)];
  const objects: string[] = [];
  for (const source of program.sources.flatMap(sourceFiles)) {
    const object = `${path.basename(source, ".c")}.o`;
    await run(compiler, [...options, "-c", source, "-o", object], { cwd: own });
    objects.push(object);
  }
  await run(compiler, [...flags, ...objects, "-lm", "-o", "program"], { cwd: own });
  return path.join(own, "program");
}

/** Branches of one line of one file: how often each was taken, over all programs. */
export type LineBranches = Map<number, number[]>;

interface GcovReport {
  readonly files: readonly {
    readonly file: string;
    readonly lines: readonly { readonly line_number: number; readonly branches: readonly { readonly count: number }[] }[];
  }[];
}

/** Adds what the programs in these folders have left behind when they ended.
 *
 * A line may have other branches where the preprocessor made another program of it. Those with as many branches are taken for the
 * same. */
export async function countBranches(folders: readonly string[]): Promise<Map<string, LineBranches>> {
  const counted = new Map<string, LineBranches>();
  for (const folder of folders) {
    const notes = readdirSync(folder).filter((name) => name.startsWith("reflex_") && name.endsWith(".gcda"));
    const { stdout } = await run("gcov", ["--branch-probabilities", "--json-format", "--stdout", ...notes], {
      cwd: folder,
      maxBuffer: 1 << 28,
    });
    for (const text of stdout.trim().split("\n")) {
      for (const { file, lines } of (JSON.parse(text) as GcovReport).files) {
        if (path.dirname(path.resolve(folder, file)) !== FIRMWARE) continue;
        addLines(counted, path.basename(file), lines);
      }
    }
  }
  return counted;
}

function addLines(counted: Map<string, LineBranches>, file: string, lines: GcovReport["files"][number]["lines"]): void {
  const byLine = counted.get(file) ?? new Map<number, number[]>();
  counted.set(file, byLine);
  for (const { line_number: line, branches } of lines) {
    const before = byLine.get(line) ?? [];
    const counts = branches.map(({ count }, index) => count + (before[index] ?? 0));
    if (counts.length >= before.length) byLine.set(line, counts);
  }
}

export interface FileCoverage {
  readonly file: string;
  readonly branches: number;
  readonly taken: number;
  /** Lines with a branch that no test took. */
  readonly missed: readonly number[];
}

export function coverageOf(counted: ReadonlyMap<string, LineBranches>): FileCoverage[] {
  return [...counted].sort().map(([file, lines]) => {
    const counts = [...lines.values()].flat();
    const missed = [...lines].filter(([, branches]) => branches.includes(0)).map(([line]) => line);
    return { file, branches: counts.length, taken: counts.filter((count) => count > 0).length, missed };
  });
}

/** Runs a program. @returns what it said. @throws Error with that when it failed, which names the checks that did. */
export async function runTests(program: string, args: readonly string[] = []): Promise<string> {
  try {
    const { stdout, stderr } = await run(program, args, { maxBuffer: 1 << 24, cwd: path.dirname(program) });
    return `${stdout}${stderr}`.trim();
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${stdout}${stderr}`.slice(-8000), { cause: error });
  }
}
