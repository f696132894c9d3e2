// Runs programs of this machine, without a shell: asks them for their version, or hands back what they printed.

import { execa, type ExecaError } from "execa";
import { IoError, type ToolStatus } from "../core/io.ts";

/** A program that reflexarc can use. */
export interface Tool {
  /** As one types it. */
  readonly name: string;
  /** What reflexarc uses it for. */
  readonly purpose: string;
  /** How to get it on Debian or Ubuntu, and on macOS. */
  readonly install: string;
}

/** Asks a tool for its version. */
export async function probeTool(tool: Tool): Promise<ToolStatus> {
  const status = { tool: tool.name, purpose: tool.purpose, install: tool.install };
  try {
    const { stdout } = await execa(tool.name, ["--version"], { stdin: "ignore", timeout: 20_000 });
    return { ...status, found: true, version: stdout.split("\n")[0] ?? "" };
  } catch {
    return { ...status, found: false };
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
    if (error.code === "ENOENT") throw new IoError(`${tool.name} is not installed`, tool.install, error);
    if (error.exitCode === undefined) throw new IoError(`${tool.name} did not finish: ${error.shortMessage}`, "try again", error);
    return { ok: false, words: `${String(error.stderr ?? "")}\n${String(error.stdout ?? "")}`.trim() };
  }
}
