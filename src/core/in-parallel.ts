// A list of jobs, some of them at a time.

import { at } from "./assert.ts";

/** Runs each job, at most `width` at once; results in the order of the jobs. The first failure is thrown when those running end. */
export async function inParallel<Job, Result>(jobs: readonly Job[], width: number, run: (job: Job) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < jobs.length) {
      const index = next++;
      try {
        results[index] = await run(at(jobs, index));
      } catch (error) {
        next = jobs.length;
        throw error;
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: Math.min(width, jobs.length) }, worker));
  for (const each of workers) if (each.status === "rejected") throw each.reason;
  return results;
}
