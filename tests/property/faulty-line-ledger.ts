// Who said what, and what became of it: frames that were really sent, and each tick of each boot of a board. What the host makes of
// a faulty line is held against it. Throws at the first frame or tick that does not fit.

import { assert } from "../../src/core/assert.ts";
import type { Frame } from "../../src/link/frame.ts";
import { encodeTickRecords, type TickRecord } from "../../src/link/messages.generated.ts";
import type { TickGap } from "../../src/link/telemetry.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");

/** The frames that one side sent of late. A line that is in order but for single pieces brings none that is older. */
export class SentFrames {
  private readonly frames = new Set<string>();
  private readonly most: number;

  constructor(most = 500) {
    this.most = most;
  }

  sent({ id, payload }: Pick<Frame, "id" | "payload">): void {
    const frame = text(Uint8Array.of(id, ...payload));
    this.frames.delete(frame); // it is the newest
    this.frames.add(frame);
    const [oldest] = this.frames;
    if (this.frames.size > this.most && oldest !== undefined) this.frames.delete(oldest);
  }

  /** @param bytes id and payload. */
  arrived(bytes: Uint8Array, side: string): void {
    assert(this.frames.has(text(bytes)), `${side} took a frame that nobody sent: ${String([...bytes])}`);
  }
}

/** The ticks between two resets, as the host knows them. */
interface Epoch {
  /** Of the board; null as long as no tick of it has arrived. */
  boot: number | null;
  /** The tick behind the last that was told or given up. */
  next: number;
  /** The tick behind the last that the host has heard of. */
  known: number;
}

export class TickLedger {
  /** By boot: each tick as the board recorded it. */
  private readonly boots: string[][] = [];
  private epoch: Epoch = { boot: null, next: 0, known: 0 };
  private lastBoot = -1;
  received = 0;
  gaps = 0;
  lost = 0;
  resets = 0;

  booted(): void {
    this.boots.push([]);
  }

  /** @param record as the board put it into its ring. */
  recorded(record: Uint8Array): void {
    this.boots.at(-1)?.push(text(record));
  }

  /** How many ticks there were. */
  get happened(): number {
    return this.boots.reduce((sum, ticks) => sum + ticks.length, 0);
  }

  told(record: TickRecord): void {
    const { epoch } = this;
    assert(record.tick === epoch.next, `tick ${record.tick} was told in place of ${epoch.next}`);
    const bytes = text(encodeTickRecords([record]));
    if (epoch.boot === null) {
      epoch.boot = this.boots.findIndex((ticks, boot) => boot > this.lastBoot && ticks[record.tick] === bytes);
      assert(epoch.boot !== -1, `tick ${record.tick} is of no boot since the last reset that the host knows`);
      this.lastBoot = epoch.boot;
    }
    assert(this.boots[epoch.boot]?.[record.tick] === bytes, `tick ${record.tick} of boot ${epoch.boot} is not as it was recorded`);
    epoch.next++;
    this.received++;
  }

  gap({ tick, count }: TickGap): void {
    assert(tick === this.epoch.next && count > 0, `a gap of ${count} from ${tick} on, in place of ${this.epoch.next}`);
    this.epoch.next += count;
    this.gaps++;
    this.lost += count;
  }

  /** A record has arrived at the host. Those of lock-step, whose numbers are the host's, are none of the ring's. */
  arrived(record: TickRecord): void {
    const { epoch } = this;
    const recorded = epoch.boot === null ? undefined : this.boots[epoch.boot]?.[record.tick];
    if (recorded === text(encodeTickRecords([record]))) epoch.known = Math.max(epoch.known, record.tick + 1);
  }

  /** The host says that the board was reset. */
  reset(): void {
    this.assertComplete();
    this.epoch = { boot: null, next: 0, known: 0 };
    this.resets++;
  }

  /** Ticks that no host can know of: the last ones before a reset. */
  get untold(): number {
    return this.happened - this.received - this.lost;
  }

  /** Whether each tick of the board that runs is told or given up. */
  get upToDate(): boolean {
    return this.epoch.next === this.boots.at(-1)?.length;
  }

  private assertComplete(): void {
    const { next, known } = this.epoch;
    assert(next >= known, `ticks from ${next} to ${known - 1} are neither told nor given up`);
  }
}
