// What a person sees: results on standard output, progress and warnings on standard error. With --json, standard output
// carries one JSON object and nothing else.

import { SingleBar } from "cli-progress";
import Table from "cli-table3";
import { onExit } from "signal-exit";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { Progress } from "../core/io.ts";

export class Terminal {
  readonly json: boolean;
  readonly progress: Progress;

  constructor(json: boolean) {
    this.json = json;
    this.progress = process.stderr.isTTY ? new BarProgress() : new LineProgress();
  }

  /** A line of the result; not printed with --json. */
  line(text = ""): void {
    if (!this.json) process.stdout.write(`${text}\n`);
  }

  /** A table of the result; not printed with --json. The first column is aligned left, the others right.
   * @param left more columns that are aligned left, counted from 0. */
  table(head: readonly string[], rows: readonly (readonly string[])[], left: readonly number[] = []): void {
    if (!this.json) process.stdout.write(`${formatTable(head, rows, left)}\n`);
  }

  /** The result for machines; printed only with --json. */
  result(value: unknown): void {
    if (this.json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** A remark while working: what is being done, which backend runs. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  readonly warn = (diagnostic: Diagnostic): void => {
    process.stderr.write(`${formatDiagnostic(diagnostic)}\n`);
  };
}

/** `error: what` / `  at file:line:column` / `  fix: what to do`. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { where } = diagnostic;
  const place =
    where === undefined ? "" : `\n  at ${[where.file, where.line, where.column].filter((part) => part !== undefined).join(":")}`;
  return `${diagnostic.severity}: ${diagnostic.message}${place}\n  fix: ${diagnostic.hint}`;
}

/** A table without frames or colours, so that it can stand in a README. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[], left: readonly number[] = []): string {
  const none = {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
    left: "",
    "left-mid": "",
    mid: "",
    "mid-mid": "",
    right: "",
    "right-mid": "",
    middle: "  ",
  };
  const table = new Table({
    head: [...head],
    chars: none,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: head.map((_, index) => (index === 0 || left.includes(index) ? "left" : "right")),
  });
  rows.forEach((row) => table.push([...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** The bar on the screen, of which there is one in a process. */
let shownBar: SingleBar | null = null;
onExit(endProgress);

/** Leaves the bar as it stands and gives its line and the cursor back; for errors, and for Ctrl-C. */
export function endProgress(): void {
  shownBar?.stop();
  shownBar = null;
}

/** A reader that has seen enough (`| head`) does not end the work: what is written to it is dropped. */
export function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}

/** A bar on a terminal. */
class BarProgress implements Progress {
  start(label: string, total: number): void {
    endProgress();
    shownBar = new SingleBar({
      format: `${label.padEnd(28)} {bar} {percentage}%  {detail}`,
      barCompleteChar: "█",
      barIncompleteChar: "░",
      barsize: 30,
      hideCursor: true,
      clearOnComplete: false,
      // Its own way with Ctrl-C would leave the cursor hidden: others who listen end the process first.
      gracefulExit: false,
      stream: process.stderr,
    });
    shownBar.start(total, 0, { detail: "" });
  }

  update(done: number, detail = ""): void {
    shownBar?.update(done, { detail });
  }

  finish(): void {
    shownBar?.update(shownBar.getTotal());
    endProgress();
  }
}

/** One line a task, for logs. */
class LineProgress implements Progress {
  private label = "";
  private detail = "";
  private startedMs = 0;

  start(label: string): void {
    this.label = label;
    this.detail = "";
    this.startedMs = performance.now();
  }

  update(_done: number, detail = ""): void {
    this.detail = detail;
  }

  finish(): void {
    const seconds = ((performance.now() - this.startedMs) / 1000).toFixed(1);
    process.stderr.write(`${this.label}: done in ${seconds} s${this.detail === "" ? "" : `, ${this.detail}`}\n`);
  }
}
