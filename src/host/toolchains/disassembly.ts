// What objdump -d prints, as functions with their instructions; and what an Arm instruction does to the flow. From it come the
// stack of library functions and the timing of traced ones.

export interface Instruction {
  readonly address: number;
  /** As printed, without its width: `ldr`, `bne`, `smlad`. */
  readonly mnemonic: string;
  readonly operands: string;
}

export interface DisassembledFunction {
  readonly name: string;
  readonly start: number;
  /** Where the next function starts; for the last one, some address behind it. */
  readonly end: number;
  readonly instructions: readonly Instruction[];
}

/** @param text of `objdump -d --no-show-raw-insn`. Constants between instructions are left out. */
export function parseDisassembly(text: string): readonly DisassembledFunction[] {
  const headings = [...text.matchAll(/^([0-9a-f]+) <(.+)>:$/gm)];
  return headings.map((heading, index) => {
    const body = text.slice(heading.index, headings[index + 1]?.index);
    const instructions = [...body.matchAll(/^ *([0-9a-f]+):\t([a-z][a-z0-9.]*)[ \t]*(.*)$/gm)].map(
      ([, address = "", mnemonic = "", operands = ""]) => ({
        address: Number.parseInt(address, 16),
        mnemonic: mnemonic.replace(/\.[nw]$/, ""),
        operands: operands.replace(/\s*[;@#] .*$|\s*;.*$/, ""),
      }),
    );
    const start = Number.parseInt(heading[1] ?? "", 16);
    const next = headings[index + 1]?.[1];
    return { name: heading[2] ?? "", start, end: next === undefined ? start + body.length : Number.parseInt(next, 16), instructions };
  });
}

const CONDITION = "(?:eq|ne|cs|cc|hs|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)?";
const BRANCH = new RegExp(`^(bl|blx|bx|b)${CONDITION}$`);

/** What an Arm instruction does to the flow: a call comes back, a return leaves the function. */
export type Flow = "straight" | "branch" | "call" | "return";

export function flowOf({ mnemonic, operands }: Instruction): Flow {
  if (/^(pop|ldm)/.test(mnemonic)) {
    if (!/\bpc\b/.test(operands)) return "straight";
    return mnemonic.startsWith("pop") || operands.startsWith("sp!") ? "return" : "branch";
  }
  // Popping it returns; reading it from where it stays is a jump.
  if (/^ldr/.test(mnemonic) && operands.startsWith("pc,")) return operands.includes("[sp],") ? "return" : "branch";
  if (/^(cbn?z|tb[bh])$/.test(mnemonic) || (mnemonic.startsWith("mov") && operands.startsWith("pc,"))) return "branch";
  switch (BRANCH.exec(mnemonic)?.[1]) {
    case undefined:
      return "straight";
    case "bl":
    case "blx":
      return "call";
    case "bx":
      return operands === "lr" ? "return" : "branch";
    default:
      return "branch";
  }
}

/** Where a branch or call goes; undefined when that is decided at run time. */
export function branchTarget(instruction: Instruction): number | undefined {
  const match = flowOf(instruction) === "straight" ? null : /([0-9a-f]+) <[^>]+>$/.exec(instruction.operands);
  return match === null ? undefined : Number.parseInt(match[1] ?? "", 16);
}

/** Number of registers in `{r4, r5, lr}` or `{s0-s3}`; 0 where the operands hold no list. */
export function registerCount(operands: string): number {
  const list = /\{([^}]*)\}/.exec(operands)?.[1];
  if (list === undefined) return 0;
  return list.split(",").reduce((sum, each) => {
    const range = /([a-z]+)(\d+)-\1(\d+)/.exec(each);
    const count = range === null ? 1 : Number(range[3]) - Number(range[2]) + 1;
    return sum + count * (/^\s*d/.test(each) ? 2 : 1);
  }, 0);
}
