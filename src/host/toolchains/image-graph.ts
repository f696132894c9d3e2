// The call graph of a linked image, read off its code: for functions of which the compiler reported nothing. In: the disassembly.
// Out: what each function takes of the stack and whom it calls. Parts of a library's function, in assembly, have names of their own,
// run one into the next and jump into one another's middle: what code reaches counts, not where a name begins.

import { THROUGH_POINTER, type CallGraph } from "./call-graph.ts";
import type { DisassembledFunction } from "./disassembly.ts";
import type { InstructionRules } from "./instruction-rules.ts";

/** Bytes of one frame by function, as the compiler reported them; undefined where it grows at run time. */
export type ReportedFrames = ReadonlyMap<string, number | undefined>;

/** @param aliases further names of functions. @param reported frames that are known better than from code. */
export function imageGraph(
  functions: readonly DisassembledFunction[],
  rules: InstructionRules,
  aliases: ReadonlyMap<string, number> = new Map(),
  reported: ReportedFrames = new Map(),
): CallGraph {
  const reader = new ImageReader(functions, rules, reported);
  const frameBytes = new Map<string, number | undefined>();
  const callees = new Map<string, ReadonlySet<string>>();
  const entries = new Map(aliases);
  for (const { name, start } of functions) entries.set(name, start);
  // A map's loop comes to what is added meanwhile: calls of what has no name.
  for (const [name, address] of entries) {
    const routine = reader.routine(address, entries);
    if (routine === null) continue;
    frameBytes.set(name, routine.frameBytes);
    callees.set(name, routine.callees);
  }
  return { frameBytes, callees };
}

interface Routine {
  readonly frameBytes: number | undefined;
  readonly callees: ReadonlySet<string>;
}

/** What fills the room up to the next function. */
const PADDING = /^(nop|ill|unimp|udf|movs r0, r0|excw)\b/;

class ImageReader {
  private readonly functions: readonly DisassembledFunction[];
  private readonly rules: InstructionRules;
  private readonly reported: ReportedFrames;
  /** The functions that a function jumps to or runs into. */
  private readonly jumps = new Map<DisassembledFunction, ReadonlySet<DisassembledFunction>>();

  constructor(functions: readonly DisassembledFunction[], rules: InstructionRules, reported: ReportedFrames) {
    this.functions = functions;
    this.rules = rules;
    this.reported = reported;
    for (const one of functions) this.jumps.set(one, new Set(this.jumpsOf(one)));
  }

  /** All that runs between a call of the address and its return, but for what it calls; null where no code is. A jump to the start of another function is
   * a call in the end, unless it comes back here: then both are one. */
  routine(address: number, entries: Map<string, number>): Routine | null {
    const entry = this.at(address);
    if (entry === undefined) return null;
    const callees = new Set<string>();
    const visited = new Map<DisassembledFunction, Set<number>>();
    const pending: [DisassembledFunction, number][] = [[entry, indexOf(entry, address)]];
    const goTo = (from: DisassembledFunction, address: number): void => {
      const target = this.at(address);
      if (target === undefined) callees.add(THROUGH_POINTER);
      else if (address === target.start && target !== from && !this.comesBack(target, entry)) callees.add(target.name);
      else pending.push([target, indexOf(target, address)]);
    };
    for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
      const [one, index] = place;
      const seen = visited.get(one) ?? new Set();
      visited.set(one, seen);
      const instruction = one.instructions[index];
      if (instruction === undefined || seen.has(index)) continue;
      seen.add(index);
      const destination = this.rules.destination(instruction);
      const goOn = (): void => {
        if (this.endsAt(one, index)) goTo(one, one.end);
        else pending.push([one, index + 1]);
      };
      switch (destination.kind) {
        case "return":
          break;
        case "next":
          goOn();
          break;
        case "call":
          callees.add(this.callee(destination.address, entries));
          goOn();
          break;
        case "jump":
          if (destination.address !== undefined) goTo(one, destination.address);
          else {
            // Through a pointer or a table of its own.
            callees.add(THROUGH_POINTER);
            one.instructions.forEach((_, each) => pending.push([one, each]));
          }
          if (destination.goesOn) goOn();
      }
    }
    return { frameBytes: this.frameBytes(address === entry.start ? entry : null, visited), callees };
  }

  /** The name of what is called; a part of a function that has none gets one, and becomes an entry of its own. */
  private callee(address: number | undefined, entries: Map<string, number>): string {
    const one = address === undefined ? undefined : this.at(address);
    if (address === undefined || one === undefined) return THROUGH_POINTER;
    if (address === one.start) return one.name;
    const name = `${one.name}+${address - one.start}`;
    entries.set(name, address);
    return name;
  }

  /** Frames are the sum of all that is ever taken. @param entry null: the middle of a function, where its frame was taken before. */
  private frameBytes(
    entry: DisassembledFunction | null,
    visited: ReadonlyMap<DisassembledFunction, ReadonlySet<number>>,
  ): number | undefined {
    let sum = entry !== null && this.reported.has(entry.name) ? 0 : this.rules.returnAddressBytes;
    for (const [one, seen] of visited) {
      const isReported = entry !== null && this.reported.has(one.name);
      const bytes = isReported ? [this.reported.get(one.name)] : [...seen].map((index) => this.bytesAt(one, index));
      for (const each of bytes) {
        if (each === undefined) return undefined;
        sum += each;
      }
    }
    return sum;
  }

  private bytesAt(one: DisassembledFunction, index: number): number | undefined {
    const instruction = one.instructions[index];
    const bytes = instruction === undefined ? 0 : this.rules.stackBytes(instruction);
    return bytes === "unknown" ? undefined : bytes;
  }

  private at(address: number): DisassembledFunction | undefined {
    return this.functions.find(({ start, end }) => address >= start && address < end);
  }

  /** Whether jumps alone lead from one function into the other. */
  private comesBack(from: DisassembledFunction, to: DisassembledFunction): boolean {
    const reached = new Set([from]);
    // A set's loop comes to what is added meanwhile.
    for (const one of reached) for (const next of this.jumps.get(one) ?? []) reached.add(next);
    return reached.has(to);
  }

  private *jumpsOf(one: DisassembledFunction): Generator<DisassembledFunction> {
    for (const [index, instruction] of one.instructions.entries()) {
      const destination = this.rules.destination(instruction);
      const goesOn = destination.kind === "next" || destination.kind === "call" || (destination.kind === "jump" && destination.goesOn);
      const jump = destination.kind === "jump" && destination.address !== undefined ? this.at(destination.address) : undefined;
      if (jump !== undefined && jump !== one) yield jump;
      const next = goesOn && this.endsAt(one, index) ? this.at(one.end) : undefined;
      if (next !== undefined) yield next;
    }
  }

  /** Whether nothing but padding is left of the function behind an instruction that is none. */
  private endsAt(one: DisassembledFunction, index: number): boolean {
    const isPadding = (at: number): boolean => {
      const instruction = one.instructions[at];
      return instruction === undefined || PADDING.test(`${instruction.mnemonic} ${instruction.operands}`);
    };
    if (isPadding(index)) return index === one.instructions.length - 1;
    for (let at = index + 1; at < one.instructions.length; at++) if (!isPadding(at)) return false;
    return true;
  }
}

/** Of the first instruction there: what is no instruction's address is one of constants that were taken for code. */
function indexOf({ instructions }: DisassembledFunction, address: number): number {
  return instructions.findIndex((each) => each.address >= address);
}
