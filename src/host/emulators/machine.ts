// What the chips that are emulated in this process have in common: time of their own, bytes in and out, an end in words, and
// a meter of what a function executes.

import type { CallCost } from "../../core/io.ts";

/** A chip with its program, stepped instruction by instruction. */
export interface Machine {
  /** Its own time since reset. */
  readonly nanoseconds: number;
  /** What went wrong, in words; null while it runs. */
  readonly fault: string | null;
  /** Its watchdog wants it to start again: from now on it does nothing more. */
  readonly resetDue: boolean;
  /** The cost of each call of the metered function so far. */
  readonly calls: readonly CallCost[];
  /** Bytes for its serial line; they wait until the program takes them. */
  feed(bytes: Uint8Array): void;
  /** What it sent since this was last asked. */
  takeOutput(): Uint8Array;
  /** What it keeps while its power is off, if that has changed since this was last asked; else null. */
  takeStorage(): Uint8Array | null;
  /** Executes so many instructions; fewer when it goes wrong, wants a reset, or sleeps up to the time `asleepUntil`. */
  run(instructions: number, asleepUntil: number): void;
}

export interface MachineOptions {
  /** A function of the image whose calls are metered, or null. */
  readonly metered: string | null;
  /** What it kept; null: it is new. */
  readonly storage: Uint8Array | null;
  /** Why it starts. Some chips tell their program, and begin otherwise. */
  readonly cause: "power" | "button" | "watchdog";
}

/** Meters the calls of one function: from its first instruction until the flow is back behind the call, with the stack as it
 * was before. What interrupts execute is not handed in. */
export class CallMeter {
  readonly calls: CallCost[] = [];
  /** The function's address; NaN for none, which no address equals. */
  readonly entry: number;
  active = false;
  private back = 0;
  private stack = 0;
  private instructions = 0;
  private cycles = 0;

  constructor(entry: number | undefined) {
    this.entry = entry ?? Number.NaN;
  }

  /** The function is about to begin. @param back the address it returns to. @param stack the stack pointer after it has. */
  enter(back: number, stack: number): void {
    this.active = true;
    this.back = back;
    this.stack = stack;
    this.instructions = 0;
    this.cycles = 0;
  }

  /** One instruction is done. @param next the address of the next one. */
  count(cycles: number, next: number, stack: number): void {
    this.instructions += 1;
    this.cycles += cycles;
    if (next !== this.back || stack !== this.stack) return;
    this.active = false;
    this.calls.push({ instructions: this.instructions, cycles: this.cycles });
  }
}

/** Bytes that wait to be taken, in order. */
export class ByteQueue {
  private readonly pieces: Uint8Array[] = [];
  private position = 0;

  push(bytes: Uint8Array): void {
    if (bytes.length > 0) this.pieces.push(bytes);
  }

  get empty(): boolean {
    return this.pieces.length === 0;
  }

  /** The next byte; undefined when there is none. */
  shift(): number | undefined {
    const piece = this.pieces[0];
    const byte = piece?.[this.position++];
    if (piece !== undefined && this.position === piece.length) {
      this.pieces.shift();
      this.position = 0;
    }
    if (piece === undefined) this.position = 0;
    return byte;
  }
}

/** What a program sent: handed on in pieces, its end remembered for last words. */
export class OutputBuffer {
  private bytes: number[] = [];
  private tail = "";

  push(byte: number): void {
    this.bytes.push(byte);
  }

  take(): Uint8Array {
    const taken = Uint8Array.from(this.bytes);
    this.bytes = [];
    this.tail = (this.tail + Buffer.from(taken).toString("latin1")).slice(-KEPT_CHARACTERS);
    return taken;
  }

  /** The end of all that was sent. */
  get text(): string {
    return this.tail + Buffer.from(this.bytes).toString("latin1");
  }
}

const KEPT_CHARACTERS = 1_000;
