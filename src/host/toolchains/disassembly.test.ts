import { describe, expect, it } from "vitest";
import { branchTarget, flowOf, parseDisassembly, registerCount } from "./disassembly.ts";

const TEXT = `
firmware.elf:     file format elf32-littlearm

Disassembly of section .text:

00000040 <outer>:
  40:\tpush\t{r4, lr}
  42:\tsub\tsp, #8
  44:\tldr\tr3, [pc, #4]\t@ (4c <outer+0xc>)
  46:\tbl\t50 <inner>
  4a:\tpop\t{r4, pc}
  4c:\t.word\t0x20004000

00000050 <inner>:
  50:\tstmdb\tsp!, {r4, r5, r6, lr}
  54:\tvpush\t{d8-d9}
  58:\tstr.w\tr7, [sp, #-4]!
  5c:\tsub.w\tsp, sp, #264\t@ 0x108
  60:\tbne.n\t50 <inner>
  62:\tadd\tsp, #264
  66:\tbx\tlr
`;

describe("disassembly", () => {
  const [outer, inner] = parseDisassembly(TEXT);

  it("holds functions with their instructions, without constants and widths", () => {
    expect(outer).toMatchObject({ name: "outer", start: 0x40, end: 0x50 });
    expect(outer?.instructions.map(({ mnemonic }) => mnemonic)).toEqual(["push", "sub", "ldr", "bl", "pop"]);
    expect(inner?.instructions.map(({ mnemonic }) => mnemonic)).toEqual(["stmdb", "vpush", "str", "sub", "bne", "add", "bx"]);
  });

  it("tells calls from branches and returns", () => {
    expect(outer?.instructions.map(flowOf)).toEqual(["straight", "straight", "straight", "call", "return"]);
    expect(inner?.instructions.map(flowOf).slice(4)).toEqual(["branch", "straight", "return"]);
    const flow = (mnemonic: string, operands: string): string => flowOf({ address: 0, mnemonic, operands });
    expect([flow("bls", "40 <f>"), flow("blt", "40 <f>"), flow("bleq", "40 <f>"), flow("bic", "r0, r1"), flow("bxne", "lr")]).toEqual([
      "branch",
      "branch",
      "call",
      "straight",
      "return",
    ]);
  });

  it("knows where a branch goes", () => {
    expect(outer?.instructions.map(branchTarget)).toEqual([undefined, undefined, undefined, 0x50, undefined]);
  });

  it.each([
    ["{r4, lr}", 2],
    ["{r4-r7, lr}", 5],
    ["r0!, {r1}", 1],
    ["{d8-d15}", 16],
    ["{s16-s19}", 4],
    ["r0, r1", 0],
  ])("counts the registers of %s", (operands, count) => {
    expect(registerCount(operands)).toBe(count);
  });
});
