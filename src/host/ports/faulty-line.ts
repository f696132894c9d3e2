// One direction of a line that misbehaves: bytes in, the same bytes out, but for what chance does to some of their pieces, and not
// before their time. Everything random comes from one seeded generator and all waiting from one timer: a test can repeat it.

import type { Random } from "../../core/random.ts";
import type { Timer } from "../../core/timer.ts";
import { BOARD_FAULTS, LINE_FAULTS, type BoardFault, type Fault, type FaultSettings } from "./fault-settings.ts";

const FRAME_END = 0;
/** A piece of garbage without a 0x00 ends after so many bytes. */
const LONGEST_PIECE_BYTES = 256;
/** Start bit, eight data bits, stop bit. */
const BITS_PER_BYTE = 10;
/** What an operating system keeps for a serial line before it lets the writer wait. */
const BUFFER_BYTES = 4096;
/** The least that a timer waits: bytes due meanwhile go together. */
const TIMER_STEP_MS = 1;
/** How long a delayed piece waits at most. */
const LONGEST_DELAY_MS = 50;
/** How long the line stands still: from half a link's usual timeout to twice that. */
const STALL_MS = [250, 1000] as const;
/** Between the parts of a piece that was split. */
const LONGEST_GAP_MS = 10;
const MOST_PARTS = 4;

const NOTHING = (): void => undefined;

interface Waiting {
  readonly bytes: Uint8Array;
  /** When its first byte begins. */
  readonly startMs: number;
}

export interface FaultyLineOptions extends Pick<FaultSettings, "shares" | "baudRate"> {
  readonly random: Random;
  readonly timer: Timer;
  /** Gets what comes out at the other end. */
  readonly deliver: (bytes: Uint8Array) => void;
  /** Chance has it that the board suffers; a line without it has no such faults. */
  readonly strike?: (fault: BoardFault) => void;
}

export class FaultyLine {
  private readonly options: FaultyLineOptions;
  private readonly faults: readonly Fault[];
  private readonly byteMs: number;
  /** What happens to the present piece; null: the next byte begins one. */
  private struck: readonly Fault[] | null = null;
  /** Of the present piece, as far as it has not gone out yet. */
  private piece: number[] = [];
  private pieceBytes = 0;
  /** What was taken out of a piece to come behind the next one. */
  private late = new Uint8Array();
  private queue: Waiting[] = [];
  private queuedBytes = 0;
  /** Bytes of the first in the queue that are out. */
  private sentBytes = 0;
  /** When the last byte of the queue is out. */
  private freeAtMs = 0;
  private stopWaiting: (() => void) | null = null;
  private waitingForRoom: (() => void)[] = [];

  constructor(options: FaultyLineOptions) {
    this.options = options;
    this.faults = options.strike === undefined ? LINE_FAULTS : [...LINE_FAULTS, ...BOARD_FAULTS];
    this.byteMs = options.baudRate === null ? 0 : (BITS_PER_BYTE * 1000) / options.baudRate;
  }

  push(bytes: Uint8Array): void {
    const ended: (readonly Fault[])[] = [];
    for (const byte of bytes) {
      const struck = (this.struck ??= this.draw());
      this.piece.push(byte);
      this.pieceBytes++;
      if (byte !== FRAME_END && this.pieceBytes < LONGEST_PIECE_BYTES) continue;
      this.endPiece(struck);
      ended.push(struck);
    }
    // A piece that is left alone need not be whole to go on.
    if (this.struck?.length === 0) this.send(this.takePiece(), 0);
    for (const fault of BOARD_FAULTS) if (ended.some((struck) => struck.includes(fault))) this.options.strike?.(fault);
  }

  /** Resolves when the line takes more, as the write to a serial port does. */
  room(): Promise<void> {
    if (this.queuedBytes <= BUFFER_BYTES) return Promise.resolve();
    return new Promise((resolve) => this.waitingForRoom.push(resolve));
  }

  /** What is on the line is lost. */
  clear(): void {
    this.stopWaiting?.();
    this.stopWaiting = this.struck = null;
    this.piece = [];
    this.late = new Uint8Array();
    this.queue = [];
    this.pieceBytes = this.queuedBytes = this.sentBytes = this.freeAtMs = 0;
    this.tellRoom();
  }

  private draw(): readonly Fault[] {
    const { random, shares } = this.options;
    return this.faults.filter((fault) => random.next() < shares[fault]);
  }

  private takePiece(): Uint8Array {
    const piece = Uint8Array.from(this.piece);
    this.piece = [];
    return piece;
  }

  private endPiece(struck: readonly Fault[]): void {
    const { onTime, late } = this.garble(this.takePiece(), struck);
    const bytes = joined(onTime, this.late);
    this.late = late;
    this.struck = null;
    this.pieceBytes = 0;
    for (const [index, part] of this.parts(bytes, struck).entries()) this.send(part, index === 0 ? this.wait(struck) : this.gap());
  }

  private garble(piece: Uint8Array, struck: readonly Fault[]): { readonly onTime: Uint8Array; readonly late: Uint8Array<ArrayBuffer> } {
    const { random } = this.options;
    let bytes = piece;
    let late = new Uint8Array();
    if (struck.includes("flip")) {
      for (let flips = 1 + random.integer(3); flips > 0; flips--) {
        const index = random.integer(bytes.length);
        bytes[index] = (bytes[index] as number) ^ (1 << random.integer(8));
      }
    }
    if (struck.includes("drop")) {
      const [from, to] = this.run(bytes);
      bytes = joined(bytes.subarray(0, from), bytes.subarray(to));
    }
    if (struck.includes("duplicate")) {
      const [from, to] = this.run(bytes);
      bytes = joined(bytes.subarray(0, to), bytes.subarray(from));
    }
    if (struck.includes("reorder")) {
      const [from, to] = this.run(bytes);
      late = bytes.slice(from, to);
      bytes = joined(bytes.subarray(0, from), bytes.subarray(to));
    }
    return { onTime: bytes, late };
  }

  /** Where a fault begins and ends: every other time it takes the whole piece, so that whole frames get lost or come twice. */
  private run(bytes: Uint8Array): readonly [number, number] {
    const { random } = this.options;
    if (bytes.length === 0 || random.next() < 0.5) return [0, bytes.length];
    const ends = [random.integer(bytes.length + 1), random.integer(bytes.length + 1)] as const;
    return [Math.min(...ends), Math.max(...ends)];
  }

  private parts(bytes: Uint8Array, struck: readonly Fault[]): readonly Uint8Array[] {
    if (!struck.includes("split")) return [bytes];
    const { random } = this.options;
    const cuts = Array.from({ length: 1 + random.integer(MOST_PARTS - 1) }, () => random.integer(bytes.length + 1));
    const edges = [0, ...cuts.sort((left, right) => left - right), bytes.length];
    return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
  }

  private wait(struck: readonly Fault[]): number {
    const { random } = this.options;
    const delayMs = struck.includes("delay") ? random.uniform(TIMER_STEP_MS, LONGEST_DELAY_MS) : 0;
    return delayMs + (struck.includes("stall") ? random.uniform(...STALL_MS) : 0);
  }

  private gap(): number {
    return this.options.random.uniform(TIMER_STEP_MS, LONGEST_GAP_MS);
  }

  /** @param waitMs from the moment at which all before it is out. */
  private send(bytes: Uint8Array, waitMs: number): void {
    const startMs = Math.max(this.options.timer.now(), this.freeAtMs) + waitMs;
    this.freeAtMs = startMs + bytes.length * this.byteMs;
    this.queue.push({ bytes, startMs });
    this.queuedBytes += bytes.length;
    if (this.stopWaiting === null) this.advance();
  }

  /** Lets out what is due, and comes back when more is. */
  private advance(): void {
    this.stopWaiting = NOTHING; // whoever gets the bytes may answer at once: that waits its turn
    const { timer, deliver } = this.options;
    for (let first = this.queue[0]; first !== undefined; first = this.queue[0]) {
      const due = this.dueBytes(first);
      const out = first.bytes.subarray(this.sentBytes, due);
      this.sentBytes = due;
      this.queuedBytes -= out.length;
      const done = due === first.bytes.length && this.passed(first.startMs) >= 0;
      if (done) {
        this.queue.shift();
        this.sentBytes = 0;
      }
      if (out.length > 0) deliver(out);
      if (done) continue;
      const nextMs = first.startMs + (this.sentBytes + 1) * this.byteMs;
      this.stopWaiting = timer.after(Math.max(TIMER_STEP_MS, nextMs - timer.now()), () => {
        this.advance();
      });
      break;
    }
    if (this.queue.length === 0) this.stopWaiting = null;
    if (this.queuedBytes <= BUFFER_BYTES) this.tellRoom();
  }

  private dueBytes({ bytes, startMs }: Waiting): number {
    const passedMs = this.passed(startMs);
    if (passedMs < 0) return 0;
    return this.byteMs === 0 ? bytes.length : Math.min(bytes.length, Math.floor(passedMs / this.byteMs));
  }

  /** Milliseconds since then, with a little for rounding: sums of fractions must not cost another turn of the timer. */
  private passed(startMs: number): number {
    return this.options.timer.now() - startMs + 1e-6;
  }

  private tellRoom(): void {
    for (const resolve of this.waitingForRoom.splice(0)) resolve();
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
