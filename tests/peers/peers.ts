// Python programs of this folder, run in the virtual environment that tests/install-toolchains.sh makes: software that we did
// not write, as clients of what we produce.

import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { assert } from "../../src/core/assert.ts";

const FOLDER = path.dirname(fileURLToPath(import.meta.url));

/** The interpreter of the virtual environment, or null where there is none. */
export function peerPython(): string | null {
  const python = path.join(FOLDER, "../../.venv/bin/python");
  return existsSync(python) ? python : null;
}

/** For `describe.skipIf(peersAreMissing())`. @throws Error when they are missing and CI is set: there, everything is installed. */
export function peersAreMissing(): boolean {
  if (peerPython() !== null) return false;
  const message = "not installed: .venv with the Python peers (tests/install-toolchains.sh installs what the tests need)";
  if (process.env["CI"] !== undefined) throw new Error(message);
  console.warn(`SKIPPED, ${message}`);
  return true;
}

/** What a program of this folder prints. @throws ExecaError with its last words when it fails. */
export async function runPeer(program: string, ...programArguments: readonly string[]): Promise<string> {
  const python = peerPython();
  assert(python !== null, "a test runs a peer without asking peersAreMissing()");
  const { stdout } = await execa(python, [path.join(FOLDER, program), ...programArguments]);
  return stdout;
}

export interface ModelRun {
  readonly model: Uint8Array;
  /** Raw vectors, one after another. */
  readonly inputs: Int8Array;
  /** Of the arena that TFLM gets; more than enough when left out. */
  readonly arenaBytes?: number;
}

/** The outputs of each model for its inputs: TFLM's reference kernels, or LiteRT. One process for all. */
export async function runModels(runtime: "tflm" | "litert", runs: readonly ModelRun[]): Promise<readonly Int8Array[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "reflexarc-peers-"));
  try {
    const named = (index: number, suffix: string): string => path.join(folder, `${index}.${suffix}`);
    await Promise.all(
      runs.flatMap(({ model, inputs }, index) => [writeFile(named(index, "tflite"), model), writeFile(named(index, "in"), inputs)]),
    );
    const words = runs.flatMap(({ arenaBytes = 0 }, index) => [
      named(index, "tflite"),
      ...(runtime === "tflm" ? [String(arenaBytes)] : []),
      ...[named(index, "in"), named(index, "out")],
    ]);
    await runPeer(`${runtime}_run.py`, ...words);
    return await Promise.all(runs.map(async (_, index) => new Int8Array(await readFile(named(index, "out")))));
  } finally {
    await rm(folder, { recursive: true });
  }
}
