import { afterEach, describe, expect, it } from "vitest";
import { DiagnosticError } from "../core/diagnostic.ts";
import { IoError, silentProgress, type WorkerPool } from "../core/io.ts";
import type { Answer, Errand } from "./testing/errand-worker.ts";
import { openWorkerPool } from "./worker-pool.ts";

const entry = new URL("./testing/errand-worker.ts", import.meta.url);
const double = (...values: number[]): Errand => ({ kind: "double", values: Float32Array.from(values) });

let pool: WorkerPool<Errand, Answer>;
afterEach(() => pool.close());

const errorOf = (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => null,
    (error: unknown) => error,
  );

describe("a worker pool", () => {
  it("runs tasks in their order, with progress, and keeps its threads for the next", async () => {
    pool = openWorkerPool<Errand, Answer>(entry, 1);
    const calls: unknown[] = [];
    const progress = {
      start: (...call: unknown[]) => calls.push(["start", ...call]),
      update: (...call: unknown[]) => calls.push(["update", ...call]),
      finish: () => calls.push(["finish"]),
    };
    const answers = await Promise.all([pool.run(double(1, 2), progress), pool.run(double(3), silentProgress)]);
    expect(answers.map(({ values }) => [...values])).toEqual([[2, 4], [6]]);
    expect(calls).toEqual([["start", "double", 2], ["update", 1, "half"], ["finish"]]);
    expect(new Set(answers.map(({ thread }) => thread)).size).toBe(1);
    expect((await pool.run(double(), silentProgress)).thread).toBe(answers[0].thread);
  });

  it("runs as many side by side as it is wide", async () => {
    pool = openWorkerPool<Errand, Answer>(entry, 2);
    const errand: Errand = { kind: "meet", counter: new Int32Array(new SharedArrayBuffer(4)), count: 2 };
    const answers = await Promise.all([pool.run(errand, silentProgress), pool.run(errand, silentProgress)]);
    expect(new Set(answers.map(({ thread }) => thread)).size).toBe(2);
  });

  it("throws what was thrown in the thread, as what it was, and goes on", async () => {
    pool = openWorkerPool<Errand, Answer>(entry, 1);
    const failure = (how: "diagnostic" | "io" | "bug"): Promise<unknown> => errorOf(pool.run({ kind: "fail", how }, silentProgress));
    const diagnostic = await failure("diagnostic");
    expect(diagnostic).toBeInstanceOf(DiagnosticError);
    expect(diagnostic).toMatchObject({ exitCode: 2, diagnostics: [{ code: "errand-refused", hint: "ask otherwise" }] });
    const io = await failure("io");
    expect(io).toBeInstanceOf(IoError);
    expect(io).toMatchObject({ message: "the line is dead", hint: "plug it in" });
    expect((await failure("bug")) as Error).toMatchObject({ message: "bug in reflexarc: an errand fails" });
    expect([...(await pool.run(double(4), silentProgress)).values]).toEqual([8]);
  });

  it.each(["exit", "uncaught"] as const)("survives a thread that ends: %s", async (how) => {
    pool = openWorkerPool<Errand, Answer>(entry, 1);
    const failing = errorOf(pool.run({ kind: "fail", how }, silentProgress));
    const next = pool.run(double(4), silentProgress);
    expect(((await failing) as Error).message).toContain(how === "exit" ? "ended before its task was done" : "nobody catches me");
    expect([...(await next).values]).toEqual([8]);
  });

  it("ends what runs and what waits when it is closed", async () => {
    pool = openWorkerPool<Errand, Answer>(entry, 1);
    await pool.run(double(), silentProgress);
    const ended = [pool.run({ kind: "never" }, silentProgress), pool.run(double(1), silentProgress)].map(errorOf);
    await pool.close();
    for (const error of await Promise.all(ended)) expect(error).toBeInstanceOf(IoError);
  });

  it("fails when its module cannot be loaded", async () => {
    pool = openWorkerPool<Errand, Answer>(new URL("./no-such-worker.ts", import.meta.url), 1);
    expect(((await errorOf(pool.run(double(1), silentProgress))) as Error).message).toContain("no-such-worker");
  });
});
