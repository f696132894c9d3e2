// Programs that stand in for a framework's build tool. In: a project, and the arguments and environment of the real one. They look at all
// that the real one would read, then leave and say what it would. This is how a test puts one into its PATH, and what they share.

import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Where a stand-in notes how it was called, a JSON array a line. */
const LOG = "STAND_IN_LOG";

/** Makes `folder/name` a program that runs a TypeScript file of tests/frameworks. */
export function writeStandIn(folder: string, name: string, script: string): void {
  const hooks = new URL("../typescript-hooks.js", import.meta.url).href;
  const register = `data:text/javascript,import { register } from "node:module"; register(${JSON.stringify(hooks)});`;
  const program = fileURLToPath(new URL(script, import.meta.url));
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" --import '${register}' "${program}" "$@"\n`);
  chmodSync(file, 0o755);
}

/** What a stand-in was asked. */
export function noteCall(options: readonly string[]): void {
  const log = process.env[LOG];
  if (log !== undefined) appendFileSync(log, `${JSON.stringify(options)}\n`);
}

/** Ends the stand-in as the real tool ends. */
export function fail(words: string, exitCode = 2): never {
  process.stderr.write(`${words}\n`);
  process.exit(exitCode);
}

/** What a compiler says of a C file; null when it has no complaint. */
export function complaints(file: string, flags: readonly string[]): string | null {
  try {
    execFileSync("cc", ["-fsyntax-only", "-std=gnu17", "-fno-diagnostics-color", ...flags, file], { stdio: ["ignore", "ignore", "pipe"] });
    return null;
  } catch (thrown) {
    return String((thrown as { readonly stderr: Buffer }).stderr);
  }
}

/** `CONFIG_NAME=value`, without the quotes of texts. */
export function settingsIn(text: string): Map<string, string> {
  return new Map([...text.matchAll(/^CONFIG_(\w+)="?(.*?)"?$/gm)].map(([, name = "", value = ""]) => [name, value]));
}

/** Offset and size of each partition of a table, by its name. */
export function partitionsIn(text: string): Map<string, { readonly offset: number; readonly size: number }> {
  const rows = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    rows.map((row) => {
      const [name = "", , , offset, size] = row.split(",").map((cell) => cell.trim());
      return [name, { offset: Number(offset), size: Number(size) }];
    }),
  );
}
