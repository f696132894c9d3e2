// Cycles of one instruction on a Cortex-M4, for estimates: Arm DDI 0439 (Cortex-M4 Technical Reference Manual), table 3-1 for
// the integer and section 7.2 for the floating-point instructions, with zero wait states. Where the manual gives a range:
// a pipeline refill is 1 to 3 cycles, 2 are taken; a division is 2 to 12, 12 are taken. An instruction that an IT block
// skips counts as done.

import { flowOf, registerCount, type Instruction } from "../toolchains/disassembly.ts";

const PIPELINE_REFILL = 2;
const DIVISION = 12;

/** @param taken whether the flow left the instruction's end. @param previous the one executed before: neighbouring loads and
 * stores overlap. */
export function instructionCycles(instruction: Instruction, taken: boolean, previous: Instruction | null): number {
  const { mnemonic, operands } = instruction;
  const refill = taken && flowOf(instruction) !== "straight" ? PIPELINE_REFILL : 0;
  if (/^v/.test(mnemonic)) return floatingPointCycles(mnemonic, operands);
  if (/^(ldm|pop|stm|push)/.test(mnemonic)) return 1 + registerCount(operands) + refill;
  if (/^(ldrd|strd)/.test(mnemonic)) return 3;
  if (isSingleTransfer(instruction))
    return (previous !== null && isSingleTransfer(previous) ? 1 : firstTransferCycles(instruction)) + refill;
  if (/^tb[bh]/.test(mnemonic)) return 2 + refill;
  if (/^[su]div/.test(mnemonic)) return DIVISION;
  if (/^ml[as](?!l)/.test(mnemonic) || /^(mrs|msr)/.test(mnemonic)) return 2;
  return 1 + refill;
}

function isSingleTransfer({ mnemonic }: Instruction): boolean {
  return /^(ldr|str)(?!d)/.test(mnemonic);
}

/** A store with an immediate offset goes to the write buffer in one cycle. */
function firstTransferCycles({ mnemonic, operands }: Instruction): number {
  return mnemonic.startsWith("str") && !/\[[^\]]+, *[a-z]/.test(operands) ? 1 : 2;
}

function floatingPointCycles(mnemonic: string, operands: string): number {
  if (/^v(ldm|stm|push|pop)/.test(mnemonic)) return 1 + registerCount(operands);
  if (/^v(ldr|str)/.test(mnemonic)) return operands.startsWith("d") ? 3 : 2;
  if (/^v(div|sqrt)/.test(mnemonic)) return 14;
  if (/^v(mla|mls|nmla|nmls|fma|fms|fnma|fnms)/.test(mnemonic)) return 3;
  return 1;
}
