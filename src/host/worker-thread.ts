// The inner side of a worker pool: what a worker thread's module calls, and what travels between the threads. Tasks in, results, progress
// and errors out; errors are taken apart and put together again, since copying one loses its class.

import { parentPort } from "node:worker_threads";
import { assert } from "../core/assert.ts";
import { DiagnosticError, type Diagnostic } from "../core/diagnostic.ts";
import { IoError, type Progress } from "../core/io.ts";

export type ProgressCall =
  | { readonly kind: "start"; readonly label: string; readonly total: number }
  | { readonly kind: "update"; readonly done: number; readonly detail: string | undefined }
  | { readonly kind: "finish" };

export type PlainError =
  | { readonly kind: "diagnostics"; readonly diagnostics: readonly Diagnostic[]; readonly exitCode: 1 | 2 }
  | { readonly kind: "io"; readonly message: string; readonly hint: string }
  /** Anything else is a bug: its stack is what counts. */
  | { readonly kind: "bug"; readonly error: unknown };

export type FromThread<Result> =
  | { readonly kind: "progress"; readonly call: ProgressCall }
  | { readonly kind: "done"; readonly result: Result }
  | { readonly kind: "failed"; readonly error: PlainError };

/** What a worker thread's module does with the tasks that its pool sends, one at a time. */
export type Work<Task, Result> = (task: Task, progress: Progress) => Promise<Result>;

/** Makes this thread work for a pool. */
export function serveTasks<Task, Result>(work: Work<Task, Result>): void {
  assert(parentPort !== null, "this module runs in a worker thread");
  const parent = parentPort;
  const tell = (message: FromThread<Result>): void => {
    parent.postMessage(message);
  };
  const progress: Progress = {
    start: (label, total) => {
      tell({ kind: "progress", call: { kind: "start", label, total } });
    },
    update: (done, detail) => {
      tell({ kind: "progress", call: { kind: "update", done, detail } });
    },
    finish: () => {
      tell({ kind: "progress", call: { kind: "finish" } });
    },
  };
  parent.on("message", (task: Task) => {
    work(task, progress).then(
      (result) => {
        tell({ kind: "done", result });
      },
      (error: unknown) => {
        tell({ kind: "failed", error: plainError(error) });
      },
    );
  });
}

export function repeatProgress(progress: Progress, call: ProgressCall): void {
  switch (call.kind) {
    case "start":
      progress.start(call.label, call.total);
      return;
    case "update":
      progress.update(call.done, call.detail);
      return;
    case "finish":
      progress.finish();
      return;
  }
}

/** The error as it was thrown in the thread. */
export function errorOf(plain: PlainError): Error {
  switch (plain.kind) {
    case "diagnostics":
      return new DiagnosticError(plain.diagnostics, plain.exitCode);
    case "io":
      return new IoError(plain.message, plain.hint);
    case "bug":
      return plain.error instanceof Error ? plain.error : new Error(String(plain.error));
  }
}

function plainError(error: unknown): PlainError {
  if (error instanceof DiagnosticError) return { kind: "diagnostics", diagnostics: error.diagnostics, exitCode: error.exitCode };
  if (error instanceof IoError) return { kind: "io", message: error.message, hint: error.hint };
  return { kind: "bug", error };
}
