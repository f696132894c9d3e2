// Runs a program that flashes. In: its arguments, and the files that it reads. Out: how it ended and all that it said, handed on
// while it speaks, so that its progress is seen. It ends with this process.

import { execa } from "execa";
import type { Board } from "../../artifacts/board.ts";
import type { Progress, ToolStatus } from "../../core/io.ts";
import type { Tool } from "../run-tool.ts";
import { toolMissing } from "./flash-error.ts";

export interface ToolEnd {
  /** Silent: it was ended here, as it said nothing for too long, or nothing that gives hope. Killed: by someone else. */
  readonly how: "done" | "failed" | "silent" | "killed";
  readonly words: string;
}

export interface ToolUse {
  /** Where it runs, and finds its files. */
  readonly folder: string;
  /** Told what it says, piece by piece. */
  readonly heard?: (text: string) => void;
  readonly patienceMs?: number;
  /** What it says when it goes on trying in vain. */
  readonly inVain?: RegExp;
}

/** Slow steps are erasing a chip and waiting for a port: seconds. */
const PATIENCE_MS = 60_000;

/** @throws DiagnosticError when the tool is not installed. */
export async function runFlashTool(board: Board, tool: Tool, options: readonly string[], use: ToolUse): Promise<ToolEnd> {
  const hope = new AbortController();
  const child = execa(tool.name, options, { cwd: use.folder, stdin: "ignore", buffer: false, reject: false, cancelSignal: hope.signal });
  let words = "";
  const giveUp = (): void => {
    hope.abort();
  };
  const patience = setTimeout(giveUp, use.patienceMs ?? PATIENCE_MS);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes: Buffer) => {
      patience.refresh();
      const text = bytes.toString("latin1");
      words += text;
      use.heard?.(text);
      if (use.inVain?.test(words) === true) giveUp();
    });
  }
  const result = await child;
  clearTimeout(patience);
  if (result.code === "ENOENT") throw toolMissing(tool.name, board, tool.install);
  if (result.isCanceled) return { how: "silent", words };
  if (result.exitCode === undefined) return { how: "killed", words: `${words}\n${tool.name} was killed` };
  return { how: result.exitCode === 0 ? "done" : "failed", words };
}

/** What a tool is doing, as it says itself. */
export interface ToolStep {
  readonly label: string;
  readonly percent: number;
}

/** Shows the steps of a tool that tells them in its text.
 * @param find the newest step in all that was said since the last one began; null: none yet. */
export function toolProgress(
  progress: Progress,
  find: (text: string) => ToolStep | null,
): { heard: (text: string) => void; finish: () => void } {
  let text = "";
  let shown: string | null = null;
  const finish = (): void => {
    if (shown !== null) progress.finish();
    shown = null;
  };
  const heard = (piece: string): void => {
    text += piece;
    const step = find(text);
    if (step === null) return;
    if (step.label !== shown) {
      if (shown !== null) progress.update(100); // a step that follows tells that the one before is done
      finish();
      progress.start(step.label, 100);
      shown = step.label;
    }
    progress.update(step.percent);
  };
  return { heard, finish };
}

/** Asks a tool for its version, in its own way: these don't know --version, and call it a failure to tell. */
export async function probeFlashTool(tool: Tool, options: readonly string[], version: RegExp): Promise<ToolStatus> {
  const status = { tool: tool.name, purpose: tool.purpose, install: tool.install };
  const result = await execa(tool.name, options, { stdin: "ignore", timeout: 20_000, reject: false, all: true });
  if (result.code === "ENOENT") return { ...status, found: false };
  const words = version.exec(result.all)?.[0];
  return words === undefined ? { ...status, found: true } : { ...status, found: true, version: words };
}
