// What the board's ring of ticks promises (firmware/include/reflex_telemetry.h), with numbers that do not wrap and a table of what each
// place holds: the model that the C is compared with.

/** Of the records of telemetry-driver.c, without an observation. */
export const RECORD_BYTES = 23;

export interface Setup {
  readonly capacity: number;
  readonly batch: number;
  /** As many ticks have passed already. */
  readonly firstTick: number;
}

/** Numbers of ticks are distances back from the next one; below zero: not yet. */
export type Command =
  | { readonly kind: "add"; readonly takeover: boolean }
  | { readonly kind: "acknowledge"; readonly back: number; readonly window: number }
  | { readonly kind: "refill"; readonly back: number; readonly count: number }
  | { readonly kind: "silence" }
  /** Nobody listened for 2^32 ticks, so that the next one has the number of the first one kept. Not for the model. */
  | { readonly kind: "come-round" }
  | { readonly kind: "send" };

export interface Report {
  /** "ticks 4:0 5:1" with number and which of those added it is, "gone 3 7", or "-". */
  readonly sent: string;
  readonly next: number;
  readonly oldest: number;
}

export class Model {
  private readonly capacity: number;
  private readonly perFrame: number;
  private readonly firstTick: number;
  private readonly places = new Map<number, number>();
  private next: number;
  private sending: number;
  private acknowledged: number;
  private window = 0;
  private kept: { readonly from: number; readonly end: number } | null = null;
  private asked: number[] = [];
  private refillTurn = false;

  constructor({ capacity, batch, firstTick }: Setup) {
    this.capacity = capacity;
    this.perFrame = Math.floor(batch / RECORD_BYTES);
    this.firstTick = this.next = this.sending = this.acknowledged = firstTick;
  }

  report(sent: string): Report {
    return { sent, next: this.next >>> 0, oldest: this.firstHad(this.firstTick) >>> 0 };
  }

  apply(command: Command): Report {
    switch (command.kind) {
      case "add":
        this.add(command.takeover);
        break;
      case "acknowledge":
        this.acknowledge(this.next - command.back, command.window);
        break;
      case "refill":
        this.asked = Array.from({ length: command.count }, (_, index) => this.next - command.back + index);
        if (command.back < 0) this.asked = [];
        this.asked = this.asked.filter((tick) => tick < (this.window === 0 ? this.next : this.sending));
        break;
      case "silence":
        this.silence();
        break;
      case "come-round":
        throw new Error("the numbers of the model do not wrap");
      case "send":
        return this.report(this.send());
    }
    return this.report("-");
  }

  private add(takeover: boolean): void {
    if (takeover && this.kept === null) {
      const oldest = Math.max(this.firstTick, this.next - this.capacity, this.acknowledged);
      const from = Math.max(oldest, this.next - Math.floor(this.capacity / 2));
      if (from < this.next) this.kept = { from, end: this.next };
    }
    const holds = this.places.get(this.place(this.next));
    if (holds === undefined || !this.isKept(holds)) this.places.set(this.place(this.next), this.next);
    this.next++;
  }

  private acknowledge(acknowledged: number, window: number): void {
    if (acknowledged > this.next) {
      this.silence();
      return;
    }
    if (this.window === 0 || this.sending < acknowledged) this.sending = acknowledged;
    this.acknowledged = acknowledged;
    this.window = window;
    if (this.kept !== null && acknowledged >= this.kept.end) this.kept = null;
  }

  private silence(): void {
    this.window = 0;
    this.asked = [];
  }

  private send(): string {
    const live = this.live();
    if (this.asked.length > 0 && (live.length === 0 || this.refillTurn)) {
      this.refillTurn = false;
      const gone = this.run(this.asked, (tick) => !this.has(tick), Infinity);
      const answer = gone.length > 0 ? gone : this.run(this.asked, (tick) => this.has(tick), this.perFrame);
      this.asked = this.asked.slice(answer.length);
      return gone.length > 0 ? `gone ${(gone[0] as number) >>> 0} ${gone.length}` : this.ticks(answer);
    }
    if (live.length === 0) return "-";
    this.refillTurn = true;
    const batch = this.run(live, (tick) => this.has(tick), this.perFrame);
    this.sending += batch.length;
    return this.ticks(batch);
  }

  /** From the next one to send that the ring has; the host's window begins at the first one not acknowledged that it has. */
  private live(): number[] {
    if (this.window === 0) return [];
    this.sending = this.firstHad(this.sending);
    const end = Math.min(this.next, this.firstHad(this.acknowledged) + this.window);
    return Array.from({ length: Math.max(0, end - this.sending) }, (_, index) => this.sending + index);
  }

  private run(ticks: readonly number[], fits: (tick: number) => boolean, most: number): number[] {
    const end = ticks.findIndex((tick) => !fits(tick));
    return ticks.slice(0, Math.min(most, end < 0 ? ticks.length : end));
  }

  private ticks(ticks: readonly number[]): string {
    return ["ticks", ...ticks.map((tick) => `${tick >>> 0}:${tick - this.firstTick}`)].join(" ");
  }

  private place(tick: number): number {
    return (tick >>> 0) % this.capacity;
  }

  private isKept(tick: number): boolean {
    return this.kept !== null && tick >= this.kept.from && tick < this.kept.end;
  }

  private has(tick: number): boolean {
    const recent = tick >= this.firstTick && tick >= this.next - this.capacity && tick < this.next;
    return (recent || this.isKept(tick)) && this.places.get(this.place(tick)) === tick;
  }

  private firstHad(from: number): number {
    const candidates = [...this.places.values()].filter((tick) => tick >= from && this.has(tick));
    return candidates.length === 0 ? this.next : Math.min(...candidates);
  }
}
