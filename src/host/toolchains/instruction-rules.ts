// What a stack bound needs to know of an instruction, by instruction set: the stack it takes, and where it goes. In: what objdump
// prints. It need not know everything: what it can't tell is "unknown", and makes the bound unknown.

import { branchTarget, flowOf, registerCount, type Instruction } from "./disassembly.ts";
import type { CrossCompilerId } from "../../artifacts/gnu-flags.ts";

/** Where an instruction goes: to the next, back to the caller, to an address or to one that only run time knows (undefined). A jump
 * that is not always taken also goes on. */
export type Destination =
  | { readonly kind: "next" | "return" }
  | { readonly kind: "call"; readonly address: number | undefined }
  | { readonly kind: "jump"; readonly address: number | undefined; readonly goesOn: boolean };

export interface InstructionRules {
  /** Bytes of stack that the instruction takes, 0 where it gives some back. */
  readonly stackBytes: (instruction: Instruction) => number | "unknown";
  readonly destination: (instruction: Instruction) => Destination;
  /** Bytes that a call takes by itself. */
  readonly returnAddressBytes: number;
}

const ARM: InstructionRules = {
  returnAddressBytes: 0,
  stackBytes: ({ mnemonic, operands }) => {
    if (/^v?push$/.test(mnemonic) || (/^v?stmdb$/.test(mnemonic) && operands.startsWith("sp!"))) return 4 * registerCount(operands);
    const predecremented = /\[sp, #-(\d+)\]!/.exec(operands);
    const subtracted = mnemonic.startsWith("sub") ? /^sp, (?:sp, )?#(\d+)$/.exec(operands) : null;
    if (predecremented !== null || subtracted !== null) return Number((predecremented ?? subtracted)?.[1]);
    return /^(sub|mov)/.test(mnemonic) && operands.startsWith("sp,") ? "unknown" : 0;
  },
  destination: (instruction) => {
    const flow = flowOf(instruction);
    if (flow === "straight") return { kind: "next" };
    if (flow === "return") return { kind: "return" };
    const address = branchTarget(instruction);
    return flow === "call"
      ? { kind: "call", address }
      : { kind: "jump", address, goesOn: !/^(b|bx|tb[bh]|mov|ldr|ldm)$/.test(instruction.mnemonic) };
  },
};

const RISCV: InstructionRules = {
  returnAddressBytes: 0,
  stackBytes: ({ mnemonic, operands }) => {
    const added = /^addi?$/.test(mnemonic) ? /^sp,sp,(-?\d+)$/.exec(operands)?.[1] : undefined;
    if (added !== undefined) return Math.max(0, -Number(added));
    return operands.startsWith("sp,") && !/^(s[bhw]|b)/.test(mnemonic) ? "unknown" : 0;
  },
  destination: ({ mnemonic, operands }) => {
    if (mnemonic === "ret") return { kind: "return" };
    if (/^(jalr?|call)$/.test(mnemonic)) return { kind: "call", address: printedAddress(operands) };
    return jump(/^(jr?|tail|b\w+)$/, mnemonic, printedAddress(operands), !/^(jr?|tail)$/.test(mnemonic));
  },
};

/** The calling convention without register windows (call0): a1 is the stack pointer. */
const XTENSA: InstructionRules = {
  returnAddressBytes: 0,
  stackBytes: ({ mnemonic, operands }) => {
    const added = /^addm?i$/.test(mnemonic) ? /^a1, a1, (-?)(\S+)$/.exec(operands) : null;
    if (added !== null) return added[1] === "" ? 0 : Number(added[2]);
    return operands.startsWith("a1,") && !/^(s\d+i|b)/.test(mnemonic) ? "unknown" : 0;
  },
  destination: ({ mnemonic, operands }) => {
    if (mnemonic === "ret") return { kind: "return" };
    if (/^callx?\d+$/.test(mnemonic)) return { kind: "call", address: printedAddress(operands) };
    return jump(/^(jx?|b\w+)$/, mnemonic, printedAddress(operands), !mnemonic.startsWith("j"));
  },
};

const AVR: InstructionRules = {
  returnAddressBytes: 2,
  stackBytes: ({ mnemonic, operands }) => {
    if (mnemonic === "push") return 1;
    if (mnemonic === "rcall" && operands === ".+0") return 2; // a call of the next instruction makes room
    return mnemonic === "out" && operands.startsWith("0x3d,") ? "unknown" : 0;
  },
  destination: ({ address, mnemonic, operands }) => {
    if (/^reti?$/.test(mnemonic)) return { kind: "return" };
    const relative = /^\.([+-]\d+)$/.exec(operands)?.[1];
    const target = relative === undefined ? Number(operands) : address + 2 + Number(relative);
    const known = /^e?i(call|jmp)$/.test(mnemonic) ? undefined : target;
    if (mnemonic.endsWith("call")) return relative === "+0" ? { kind: "next" } : { kind: "call", address: known };
    return jump(/^(e?ijmp|r?jmp|br\w\w)$/, mnemonic, known, !mnemonic.endsWith("jmp"));
  },
};

const RULES: Readonly<Record<CrossCompilerId, InstructionRules>> = {
  "arm-none-eabi-gcc": ARM,
  "riscv64-unknown-elf-gcc": RISCV,
  "xtensa-lx106-elf-gcc": XTENSA,
  "avr-gcc": AVR,
};

export function instructionRules(compiler: CrossCompilerId): InstructionRules {
  return RULES[compiler];
}

function jump(jumps: RegExp, mnemonic: string, address: number | undefined, goesOn: boolean): Destination {
  return jumps.test(mnemonic) ? { kind: "jump", address, goesOn } : { kind: "next" };
}

/** `ra,80000010 <name>` */
function printedAddress(operands: string): number | undefined {
  const address = /([0-9a-f]+) <[^>]+>$/.exec(operands)?.[1];
  return address === undefined ? undefined : Number.parseInt(address, 16);
}
