// A worker for tests of the pool: it does as it is told.

import { assert } from "../../core/assert.ts";
import { usageError } from "../../core/diagnostic.ts";
import { IoError } from "../../core/io.ts";
import { threadId } from "node:worker_threads";
import { serveTasks } from "../worker-thread.ts";

export type Errand =
  | { readonly kind: "double"; readonly values: Float32Array }
  /** Answers when all who take part have come; shared memory counts them. */
  | { readonly kind: "meet"; readonly counter: Int32Array; readonly count: number }
  | { readonly kind: "fail"; readonly how: "diagnostic" | "io" | "bug" | "exit" | "uncaught" }
  | { readonly kind: "never" };

export interface Answer {
  readonly thread: number;
  readonly values: Float32Array;
}

serveTasks<Errand, Answer>(async (errand, progress) => {
  progress.start(errand.kind, 2);
  progress.update(1, "half");
  const values = await run(errand);
  progress.finish();
  return { thread: threadId, values };
});

async function run(errand: Errand): Promise<Float32Array> {
  switch (errand.kind) {
    case "double":
      return errand.values.map((value) => 2 * value);
    case "meet": {
      const { counter, count } = errand;
      Atomics.add(counter, 0, 1);
      Atomics.notify(counter, 0);
      for (let here = Atomics.load(counter, 0); here < count; here = Atomics.load(counter, 0)) Atomics.wait(counter, 0, here);
      return new Float32Array();
    }
    case "fail":
      return fail(errand.how);
    case "never":
      await new Promise(() => undefined);
      return new Float32Array();
  }
}

function fail(how: "diagnostic" | "io" | "bug" | "exit" | "uncaught"): Promise<Float32Array> {
  switch (how) {
    case "diagnostic":
      throw usageError("errand-refused", "that is asked for wrongly", "ask otherwise");
    case "io":
      throw new IoError("the line is dead", "plug it in");
    case "bug":
      assert(false, "an errand fails");
      break;
    case "exit":
      return process.exit(3);
    case "uncaught":
      setImmediate(() => {
        throw new Error("nobody catches me");
      });
  }
  return new Promise(() => undefined);
}
