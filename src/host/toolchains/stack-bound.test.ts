import { describe, expect, it } from "vitest";
import type { CrossCompilerId } from "../../artifacts/gnu-flags.ts";
import { stackBounds } from "./stack-bound.ts";

/** Stack by function of an image for which the compiler reported nothing. */
function bytesIn(compiler: CrossCompilerId, disassembly: string): (name: string) => number | undefined {
  return stackBounds(compiler, [], disassembly).stackBytes;
}

describe("stack of a library's functions, read off their code", () => {
  it("on Arm", () => {
    const bytes = bytesIn(
      "arm-none-eabi-gcc",
      `
00000050 <leaf>:
  50:\tstmdb\tsp!, {r4, r5, r6, lr}
  54:\tvpush\t{d8-d9}
  58:\tstr.w\tr7, [sp, #-4]!
  5c:\tsub.w\tsp, sp, #264\t@ 0x108
  60:\tbne.n\t50 <leaf>
  62:\tadd\tsp, #264
  66:\tbx\tlr
  68:\tnop

0000006a <caller>:
  6a:\tpush\t{r4, lr}
  6c:\tbl\t50 <leaf>
  70:\tpop\t{r4, pc}

00000072 <switches>:
  72:\ttbb\t[pc, r0]

00000076 <grows>:
  76:\tsub\tsp, r0
  78:\tbx\tlr
`,
    );
    expect(bytes("leaf")).toBe(16 + 16 + 4 + 264);
    expect(bytes("caller")).toBe(8 + 300);
    expect(bytes("switches")).toBeUndefined();
    expect(bytes("grows")).toBeUndefined();
  });

  it("on RISC-V", () => {
    const bytes = bytesIn(
      "riscv64-unknown-elf-gcc",
      `
80000000 <leaf>:
80000000:\taddi\tsp,sp,-16
80000002:\tsw\ts0,12(sp)
80000004:\tbeqz\ta0,80000008 <leaf+0x8>
80000006:\tsw\tsp,8(a0)
80000008:\taddi\tsp,sp,16
8000000a:\tret

8000000c <caller>:
8000000c:\tadd\tsp,sp,-32
8000000e:\tjal\tra,80000000 <leaf>
80000012:\tadd\tsp,sp,32
80000014:\tj\t80000000 <leaf>

80000018 <pointer>:
80000018:\tjr\ta5

8000001a <recursive>:
8000001a:\tjal\tra,8000001a <recursive>
8000001e:\tret
`,
    );
    expect(bytes("leaf")).toBe(16);
    expect(bytes("caller")).toBe(48);
    expect(bytes("pointer")).toBeUndefined();
    expect(bytes("recursive")).toBeUndefined();
  });

  it("on Xtensa", () => {
    const bytes = bytesIn(
      "xtensa-lx106-elf-gcc",
      `
40200000 <leaf>:
40200000:\taddi\ta1, a1, -16
40200003:\tl32r\ta2, 40100000 <constant>
40200006:\ts32i.n\ta0, a1, 12
40200008:\tbeqz\ta2, 4020000c <leaf+0xc>
4020000c:\taddi\ta1, a1, 16
4020000f:\tret.n

40200011 <runs_on>:
40200011:\taddmi\ta1, a1, -0x100

40200014 <caller>:
40200014:\tcall0\t40200000 <leaf>
40200017:\tret.n

40200019 <pointer>:
40200019:\tcallx0\ta2
`,
    );
    expect(bytes("leaf")).toBe(16);
    expect(bytes("caller")).toBe(16);
    expect(bytes("runs_on")).toBe(256 + 16);
    expect(bytes("pointer")).toBeUndefined();
  });

  it("on an AVR, with the return address and gcc's own figures", () => {
    const disassembly = `
00000080 <own>:
  80:\tpush\tr28
  82:\tout\t0x3d, r28\t; 61
  84:\tcall\t0x90\t; 0x90 <leaf>
  88:\tret

00000090 <leaf>:
  90:\tpush\tr16
  92:\trcall\t.+0      \t; 0x94 <leaf+0x4>
  94:\tbrne\t.-6      \t; 0x90 <leaf>
  96:\trjmp\t.+2      \t; 0x9a <tail>

0000009a <tail>:
  9a:\tret

0000009c <pointer>:
  9c:\ticall
`;
    const bytes = stackBounds("avr-gcc", ["a.c:1:5:own\t40\tstatic\na.c:2:5:bounded\t8\tdynamic,bounded\n"], disassembly).stackBytes;
    expect(bytes("own")).toBe(40 + (2 + 1 + 2) + 2);
    expect(bytes("pointer")).toBeUndefined();
    expect(bytes("bounded")).toBeUndefined();
  });

  it("of interrupts is that of the deepest handler, with what the core saves", () => {
    const avr = `
00000080 <__vector_13>:
  80:\tpush\tr1
  82:\treti

00000084 <__vector_18>:
  84:\tpush\tr1
  86:\tpush\tr0
  88:\treti
`;
    expect(stackBounds("avr-gcc", [], avr).interruptStackBytes()).toBe(2 + 2);
    expect(stackBounds("avr-gcc", [], "").interruptStackBytes()).toBe(0);
    const arm = (name: string): string => `\n00000050 <${name}>:\n  50:\tpush\t{r4, lr}\n  52:\tblx\tr3\n  54:\tpop\t{r4, pc}\n`;
    expect(stackBounds("arm-none-eabi-gcc", [], arm("HardFault_Handler")).interruptStackBytes()).toBe(0);
    expect(stackBounds("arm-none-eabi-gcc", [], arm("Uart0_Handler")).interruptStackBytes()).toBeUndefined();
    expect(stackBounds("arm-none-eabi-gcc", [], arm("Uart0_Handler").replace("blx\tr3", "nop")).interruptStackBytes()).toBe(108 + 8);
  });

  it("does not stand in for what gcc reported", () => {
    const report = `node: { title: "own" label: "own\\na.c:1:1\\n24 bytes (static)" }`;
    const disassembly = "00000050 <own>:\n  50:\tpush\t{r4, lr}\n  52:\tblx\tr3\n  54:\tpop\t{r4, pc}\n";
    expect(stackBounds("arm-none-eabi-gcc", [report], disassembly).stackBytes("own")).toBe(24);
  });
});
