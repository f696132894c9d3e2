// Questions to a board that have no answer yet: asked again while it is silent, failed when it refuses, when the line goes, or when
// patience ends.

import type { IoError } from "../core/io.ts";
import type { Timer } from "../core/timer.ts";
import { MESSAGE_IDS, type Message } from "./messages.generated.ts";

/** How long to wait for an answer after having asked so often before; null: no longer, it is not asked again. */
export type Patience = (asked: number) => number | null;

/** Asks `times` times, or for ever, `eachMs` apart. */
export function evenly(eachMs: number, times = Infinity): Patience {
  return (asked) => (asked < times ? eachMs : null);
}

/** The first wait for an answer that may have been lost: longer than most take. */
const FIRST_WAIT_MS = 200;

/** What a byte may take there and back: at 115200 baud, 87 us each way. */
const BYTE_WAIT_MS = 0.2;

/** Asks again soon, then ever later, so that a board that is only slow is not buried in questions. @param totalMs in all. @param bytes of a
 * question that is long, and whose answer is. */
export function patiently(totalMs: number, bytes = 0): Patience {
  const firstWaitMs = Math.max(FIRST_WAIT_MS, BYTE_WAIT_MS * bytes);
  return (asked) => {
    const wait = firstWaitMs * 2 ** asked;
    const left = totalMs - (wait - firstWaitMs);
    return left > 0 ? Math.min(wait, left) : null;
  };
}

export interface Question<Answer> {
  readonly request: Message;
  /** The message as the answer to this request, or null. */
  readonly answer: (message: Message) => Answer | null;
  readonly patience: Patience;
  /** It is worth asking still when the line was lost and is back; otherwise the loss fails it. */
  readonly outlivesLoss?: boolean;
  /** The error when no answer came. */
  readonly silence: () => IoError;
}

interface Waiter {
  readonly request: Message["kind"];
  readonly outlivesLoss: boolean;
  /** @returns whether this was the answer. */
  offer(message: Message): boolean;
  fail(error: Error): void;
  /** Asks at once, with all its patience. */
  again(): void;
}

export class Requests {
  private readonly timer: Timer;
  private readonly send: (message: Message) => Promise<void>;
  private readonly waiters = new Set<Waiter>();

  constructor(timer: Timer, send: (message: Message) => Promise<void>) {
    this.timer = timer;
    this.send = send;
  }

  /** @throws IoError when the board refuses or is silent, or the line is lost. */
  ask<Answer>({ request, answer, patience, outlivesLoss = false, silence }: Question<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let asked = 0;
      let stopWaiting = (): void => undefined;
      const settle = (): void => {
        stopWaiting();
        this.waiters.delete(waiter);
      };
      const waiter: Waiter = {
        request: request.kind,
        outlivesLoss,
        offer: (message) => {
          const found = answer(message);
          if (found === null) return false;
          settle();
          resolve(found);
          return true;
        },
        fail: (error) => {
          settle();
          reject(error);
        },
        again: () => {
          stopWaiting();
          asked = 0;
          attempt();
        },
      };
      const attempt = (): void => {
        const waitMs = patience(asked);
        if (waitMs === null) {
          waiter.fail(silence());
          return;
        }
        asked++;
        stopWaiting = this.timer.after(waitMs, attempt);
        this.send(request).catch((error: unknown) => {
          if (!outlivesLoss) waiter.fail(error as Error);
        });
      };
      this.waiters.add(waiter);
      attempt();
    });
  }

  /** A message came: at most one question takes it for its answer, the oldest first. */
  offer(message: Message): void {
    for (const waiter of this.waiters) if (waiter.offer(message)) return;
  }

  /** The oldest question whose message has this id; null when there is none. */
  askedWith(id: number): { readonly request: Message["kind"]; fail(error: Error): void } | null {
    return [...this.waiters].find(({ request }) => MESSAGE_IDS[request] === id) ?? null;
  }

  /** The line is lost: fails what does not outlive that. */
  lose(error: IoError): void {
    for (const waiter of [...this.waiters]) if (!waiter.outlivesLoss) waiter.fail(error);
  }

  /** The line is back: asks again at once what is still waiting. */
  askAgain(): void {
    for (const waiter of [...this.waiters]) if (waiter.outlivesLoss) waiter.again();
  }

  failAll(error: IoError): void {
    for (const waiter of [...this.waiters]) waiter.fail(error);
  }
}
