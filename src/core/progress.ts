// Progress of several pieces of work as one bar.

import type { Progress } from "./io.ts";

/** Bars for `parts` pieces of equal work that go on side by side: together they fill one of `progress`, which starts with the first of
 * them and finishes with the last. */
export function dividedProgress(progress: Progress, label: string, parts: number): readonly Progress[] {
  const STEPS = 100;
  const done = new Array<number>(parts).fill(0);
  let started = false;
  let finished = 0;
  const show = (detail?: string): void => {
    progress.update(Math.floor(done.reduce((sum, share) => sum + share, 0) * STEPS), detail);
  };
  return done.map((_, part) => {
    let total = 1;
    return {
      start: (_label, size) => {
        total = Math.max(1, size);
        if (!started) progress.start(label, parts * STEPS);
        started = true;
      },
      update: (count, detail) => {
        done[part] = count / total;
        show(parts === 1 ? detail : undefined);
      },
      finish: () => {
        done[part] = 1;
        show();
        if (++finished === parts) progress.finish();
      },
    };
  });
}
