// What a board reports of its ticks, from a line that loses, doubles and reorders: each tick once and in order, or in a gap. In go
// the payloads of `ticks`, `gone` and `pulse-back` and the time; out come records, gaps, and requests for what is missing.

import {
  decodeTickRecords,
  type GoneMessage,
  type PulseBackMessage,
  type RefillMessage,
  type TickRecord,
  type TickRecordSizes,
} from "./messages.generated.ts";

/** Ticks that the board may send ahead of what has arrived: a second of a robot at 1 kHz, where a pulse is due each 125 ms. */
const WINDOW_TICKS = 1024;
/** How long nothing may move, while something is missing, before it is asked for again: this, or as long as so many frames have taken
 * on this line, though no more than the last; then twice as long each time. */
const PATIENCE_MS = 200;
const PATIENCE_FRAMES = 3;
const LONGEST_PATIENCE_MS = 1600;
/** How fast it is forgotten that frames took long. */
const PACE_DECAY = 0.9;
const MOST_REFILLED = 0xffff;

/** Ticks that are lost for good. */
export interface TickGap {
  /** The first. */
  readonly tick: number;
  readonly count: number;
}

export interface TelemetryOptions {
  readonly sizes: TickRecordSizes;
  /** From `hello`. */
  readonly ringTicks: number;
  readonly send: (message: RefillMessage) => void;
  readonly onTick: (record: TickRecord) => void;
  readonly onGap: (gap: TickGap) => void;
}

/** Tick numbers in here do not wrap: the board's are those modulo 2^32. */
export class TelemetryReceiver {
  private readonly options: TelemetryOptions;
  private begun = false;
  /** Whether a tick has been told, or should have been: what the ring loses before is no gap. */
  private counts = false;
  /** The next tick to tell. */
  private expected = 0;
  /** What came ahead of its turn: records, and null for ticks that are gone. */
  private readonly held = new Map<number, TickRecord | null>();
  /** The tick behind the last that arrived, and behind the last that the board has spoken of. */
  private seen = 0;
  private told = 0;
  private lost: { readonly tick: number; count: number } | null = null;
  /** The tick behind the last that was asked for. */
  private askedEnd = 0;
  private reviewed = 0;
  private movedMs = 0;
  private patienceMs = PATIENCE_MS;
  /** When the last frame came, and the longest that one took of late. */
  private frameMs: number | null = null;
  private paceMs = 0;

  constructor(options: TelemetryOptions) {
    this.options = options;
  }

  /** For `pulse`: every tick before this one has been told. */
  get acknowledged(): number {
    return this.expected >>> 0;
  }

  /** For `pulse`: 0 until the first `pulse-back` has said where to begin. */
  get window(): number {
    return this.begun ? WINDOW_TICKS : 0;
  }

  /** Ticks that exist and have neither been told nor given up: behind by so many. */
  get outstanding(): number {
    return this.known - this.expected;
  }

  /** The payload of `ticks`. @returns whether it is one: of this robot's sizes, and valid. */
  receive(records: Uint8Array, nowMs: number): boolean {
    const decoded = decodeTickRecords(records, this.options.sizes);
    if (decoded === null) return false;
    if (this.begun) {
      for (const record of decoded) if (!record.circumstances.includes("lock-step")) this.place(this.unwrapped(record.tick), record);
      this.took(nowMs);
    }
    return true;
  }

  gone(message: GoneMessage, nowMs: number): void {
    if (!this.begun) return;
    const first = this.unwrapped(message.tick);
    const end = Math.min(first + message.count, this.known);
    for (let tick = first; tick < end; tick++) if (!this.held.has(tick)) this.place(tick, null);
    this.took(nowMs);
  }

  /** The first one says where to begin: with the oldest tick that the board has, or what is left of them until the first arrives. */
  pulseBack(message: PulseBackMessage, nowMs: number): void {
    if (!this.begun) this.begin(message.oldestTick, false);
    if (this.outstanding === 0) this.movedMs = nowMs;
    this.told = this.unwrapped(message.nextTick);
    this.review(nowMs);
  }

  /** To be called now and then, several times a second: asks again for what was not answered. */
  turn(nowMs: number): void {
    if (this.begun) this.review(nowMs);
  }

  /** The board was reset: what is still missing of its ticks is lost, and they begin at 0 again. */
  restart(): void {
    this.finish();
    this.begin(0, true);
  }

  /** Nothing more will come: tells what is there, and what is missing as gaps. */
  finish(): void {
    for (const [tick, record] of [...this.held].sort(([left], [right]) => left - right)) {
      this.lose(tick - this.expected);
      this.deliver(record);
    }
    this.lose(this.outstanding);
    this.tellLost();
    this.held.clear();
  }

  private get known(): number {
    return Math.max(this.expected, this.seen, this.told);
  }

  private begin(tick: number, counts: boolean): void {
    this.begun = true;
    this.counts = counts;
    this.expected = this.seen = this.told = this.askedEnd = this.reviewed = tick;
  }

  private unwrapped(tick: number): number {
    return this.expected + ((tick - this.expected) | 0);
  }

  private place(tick: number, entry: TickRecord | null): void {
    const room = this.options.ringTicks + WINDOW_TICKS;
    // What is further ahead than the board can be is a wrong frame, until a pulse-back says that it is not.
    if (tick < this.expected || tick >= this.known + room) return;
    if (tick === this.expected) {
      this.held.delete(tick);
      this.deliver(entry);
      for (let next = this.held.get(this.expected); next !== undefined; next = this.held.get(this.expected)) {
        this.held.delete(this.expected);
        this.deliver(next);
      }
    } else if (this.held.size < room) this.held.set(tick, entry);
    else return;
    this.seen = Math.max(this.seen, tick + 1);
  }

  private deliver(entry: TickRecord | null): void {
    if (entry === null) {
      this.lose(1);
      return;
    }
    this.tellLost();
    this.counts = true;
    this.expected++;
    this.options.onTick(entry);
  }

  private lose(count: number): void {
    if (count === 0) return;
    if (this.counts) {
      this.lost ??= { tick: this.expected >>> 0, count: 0 };
      this.lost.count += count;
    }
    this.expected += count;
  }

  private tellLost(): void {
    const { lost } = this;
    this.lost = null;
    if (lost !== null) this.options.onGap(lost);
  }

  private took(nowMs: number): void {
    const tookMs = Math.min(nowMs - (this.frameMs ?? nowMs), LONGEST_PATIENCE_MS / PATIENCE_FRAMES);
    this.paceMs = Math.max(PACE_DECAY * this.paceMs, tookMs);
    this.frameMs = nowMs;
    this.tellLost();
    this.review(nowMs);
  }

  /** Asks for the first ticks that are missing: at once when a later one has arrived, or when nothing has moved for a while. */
  private review(nowMs: number): void {
    if (this.expected !== this.reviewed || this.outstanding === 0) {
      this.reviewed = this.expected;
      this.movedMs = nowMs;
      this.patienceMs = Math.max(PATIENCE_MS, PATIENCE_FRAMES * this.paceMs);
    }
    if (this.outstanding === 0) return;
    const end = this.endOfMissing();
    const unasked = this.held.size > 0 && (this.expected >= this.askedEnd || end < this.askedEnd);
    const overdue = nowMs - this.movedMs >= this.patienceMs;
    if (!unasked && !overdue) return;
    if (overdue) this.patienceMs = Math.min(2 * this.patienceMs, LONGEST_PATIENCE_MS);
    this.movedMs = nowMs;
    this.askedEnd = end;
    this.options.send({ kind: "refill", tick: this.acknowledged, count: end - this.expected });
  }

  private endOfMissing(): number {
    const farthest = Math.min(this.known, this.expected + MOST_REFILLED);
    let end = this.expected;
    while (end < farthest && !this.held.has(end)) end++;
    return end;
  }
}
