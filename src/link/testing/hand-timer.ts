// A timer for tests that only moves when it is told to.

import type { Timer } from "../../core/timer.ts";

export class HandTimer implements Timer {
  private nowMs = 0;
  private readonly pending = new Set<{ readonly due: number; readonly callback: () => void }>();

  now(): number {
    return this.nowMs;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const entry = { due: this.nowMs + milliseconds, callback };
    this.pending.add(entry);
    return () => void this.pending.delete(entry);
  }

  /** How many wait. */
  get waiting(): number {
    return this.pending.size;
  }

  /** Moves on to the next due time, so often that `milliseconds` pass, and lets what waits run. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.nowMs + milliseconds;
    for (;;) {
      const next = [...this.pending].filter(({ due }) => due <= end).sort((left, right) => left.due - right.due)[0];
      if (next === undefined) break;
      this.nowMs = next.due;
      this.pending.delete(next);
      next.callback();
      await Promise.resolve();
    }
    this.nowMs = end;
  }
}
