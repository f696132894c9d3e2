// What a stack bound needs to know of an instruction, by instruction set: the stack it takes, and where it goes. In: what objdump
// prints. It need not know everything: what it can't tell is "unknown", and makes the bound unknown.

import { branchTarget, flowOf, registerCount, type Instruction } from "./disassembly.ts";
import type { CrossCompilerId } from "./cross-cores.ts";

/** Where an instruction goes, other than to the next: nowhere, back to the caller, to an address or to one that only run time
 * knows. A jump that is not always taken also goes on. */
export type Destination =
  { readonly kind: "next" | "return" | "unknown" } | { readonly kind: "address"; readonly address: number; readonly goesOn: boolean };

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
    return toAddress(branchTarget(instruction), instruction.mnemonic !== "b");
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
    return /^(jalr?|jr?|call|tail|b\w+)$/.test(mnemonic) ? toAddress(printedAddress(operands), mnemonic !== "j") : { kind: "next" };
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
    return /^(callx?\d+|jx?|b\w+)$/.test(mnemonic) ? toAddress(printedAddress(operands), mnemonic !== "j") : { kind: "next" };
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
    if (/^e?i(call|jmp)$/.test(mnemonic)) return { kind: "unknown" };
    if (!/^(r?call|r?jmp|br\w\w)$/.test(mnemonic)) return { kind: "next" };
    const relative = /^\.([+-]\d+)$/.exec(operands)?.[1];
    return toAddress(relative === undefined ? Number(operands) : address + 2 + Number(relative), !mnemonic.endsWith("jmp"));
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

function toAddress(address: number | undefined, goesOn: boolean): Destination {
  return address === undefined ? { kind: "unknown" } : { kind: "address", address, goesOn };
}

/** `ra,80000010 <name>` */
function printedAddress(operands: string): number | undefined {
  const address = /([0-9a-f]+) <[^>]+>$/.exec(operands)?.[1];
  return address === undefined ? undefined : Number.parseInt(address, 16);
}
