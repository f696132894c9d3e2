// Runs programs of this machine, without a shell: asks them for their version, or hands back what they printed.

import { execa, type ExecaError } from "execa";
import { IoError, type Installation, type ToolStatus } from "../core/io.ts";

/** A program that reflexarc can use. */
export interface Tool {
  /** As one types it. */
  readonly name: string;
  /** What reflexarc uses it for. */
  readonly purpose: string;
  readonly install: Installation;
}

/** What to do on this machine. */
export function installHint(install: Installation): string {
  return process.platform === "darwin" ? install.macos : process.platform === "win32" ? install.windows : install.debian;
}

/** Tools that are being asked just now: many boards need the same one, and ask at once. */
const asking = new Map<string, Promise<string | null>>();

/** Asks a tool for its version. */
export async function probeTool({ name, purpose, install }: Tool): Promise<ToolStatus> {
  const asked = asking.get(name) ?? versionOf(name).finally(() => asking.delete(name));
  asking.set(name, asked);
  const version = await asked;
  return { tool: name, purpose, install, ...(version === null ? { found: false } : { found: true, version }) };
}

/** The first line; null when it can't be run. */
async function versionOf(name: string): Promise<string | null> {
  try {
    const { stdout } = await execa(name, ["--version"], { stdin: "ignore", timeout: 20_000 });
    return stdout.split("\n")[0] ?? "";
  } catch {
    return null;
  }
}

export type ToolRun = { readonly ok: true; readonly stdout: string } | { readonly ok: false; readonly words: string };

/** Runs a tool to its end; not ok when it says so by its exit code, with its words.
 * @throws IoError when it can't be started, or was killed. */
export async function runTool(tool: Tool, options: readonly string[], folder: string): Promise<ToolRun> {
  try {
    const { stdout } = await execa(tool.name, options, { cwd: folder, stdin: "ignore" });
    return { ok: true, stdout };
  } catch (thrown) {
    const error = thrown as ExecaError;
    if (error.code === "ENOENT") throw new IoError(`${tool.name} is not installed`, installHint(tool.install), error);
    if (error.exitCode === undefined) throw new IoError(`${tool.name} did not finish: ${error.shortMessage}`, "try again", error);
    return { ok: false, words: `${String(error.stderr ?? "")}\n${String(error.stdout ?? "")}`.trim() };
  }
}
