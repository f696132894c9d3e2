// Worker threads behind core's WorkerPool: as many as this machine runs side by side, started as tasks come, kept for the next ones. They
// are threads of this process: whatever ends it, ends them.

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { IoError, type Progress, type WorkerPool } from "../core/io.ts";
import { errorOf, repeatProgress, type FromThread } from "./worker-thread.ts";

interface Job<Task, Result> {
  readonly task: Task;
  readonly progress: Progress;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/** @param entry a module that calls `serveTasks` (worker-thread.ts) with the same Task and Result. */
export function openWorkerPool<Task, Result>(entry: URL, threads = availableParallelism()): WorkerPool<Task, Result> {
  return new ThreadPool<Task, Result>(entry, threads);
}

class ThreadPool<Task, Result> implements WorkerPool<Task, Result> {
  private readonly entry: URL;
  private readonly width: number;
  /** Each with what it works on; null: it is free. */
  private readonly threads = new Map<Worker, Job<Task, Result> | null>();
  private waiting: Job<Task, Result>[] = [];

  constructor(entry: URL, width: number) {
    this.entry = entry;
    this.width = width;
  }

  run(task: Task, progress: Progress): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ task, progress, resolve, reject });
      this.assign();
    });
  }

  async close(): Promise<void> {
    const waiting = this.waiting;
    this.waiting = [];
    for (const job of waiting) job.reject(endedError());
    await Promise.all([...this.threads.keys()].map((thread) => thread.terminate()));
  }

  private assign(): void {
    while (this.waiting.length > 0) {
      const free = [...this.threads].find(([, job]) => job === null)?.[0] ?? (this.threads.size < this.width ? this.start() : null);
      const job = free === null ? undefined : this.waiting.shift();
      if (free === null || job === undefined) return;
      this.threads.set(free, job);
      free.postMessage(job.task);
    }
  }

  private start(): Worker {
    const thread = new Worker(this.entry);
    thread.on("message", (message: FromThread<Result>) => {
      this.hear(thread, message);
    });
    thread.on("messageerror", (error) => {
      this.end(thread, error);
    });
    thread.on("error", (error) => {
      this.end(thread, error instanceof Error ? error : new Error(String(error)));
    });
    thread.on("exit", () => {
      this.end(thread, endedError());
    });
    this.threads.set(thread, null);
    return thread;
  }

  private hear(thread: Worker, message: FromThread<Result>): void {
    const job = this.threads.get(thread);
    if (job === null || job === undefined) return;
    if (message.kind === "progress") {
      repeatProgress(job.progress, message.call);
      return;
    }
    this.threads.set(thread, null);
    if (message.kind === "done") job.resolve(message.result);
    else job.reject(errorOf(message.error));
    this.assign();
  }

  /** The thread is no more: its job fails, the others go on. */
  private end(thread: Worker, error: Error): void {
    const job = this.threads.get(thread);
    if (!this.threads.delete(thread)) return;
    job?.reject(error);
    this.assign();
  }
}

function endedError(): IoError {
  return new IoError("a worker thread ended before its task was done", "start again; when it repeats, look for a lack of memory");
}
