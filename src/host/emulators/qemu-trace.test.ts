import { describe, expect, it } from "vitest";
import { echoRequest } from "../../../tests/echo.ts";
import { requires } from "../../../tests/requires.ts";
import type { BytePort } from "../../core/io.ts";
import { crossGcc } from "../toolchains/cross-gcc.ts";
import { parseDisassembly } from "../toolchains/disassembly.ts";
import { instructionCycles } from "./cortex-m4-timing.ts";
import { countCalls, traceCalls } from "./qemu-trace.ts";

/** policy_infer in assembly: instructions and cycles can be counted by hand. The helper is also called from elsewhere. */
const APPLICATION = `
#include "reflex.h"
int policy_infer(void);
int helper(int value);
__attribute__((naked, noinline)) int policy_infer(void) {
    __asm__ volatile("push {r4, lr}\\n\\t"      /* 1 + 2 */
                     "movs r0, #10\\n\\t"       /* 1 */
                     "1: subs r0, #1\\n\\t"     /* 10 x 1 */
                     "bne 1b\\n\\t"             /* 9 x (1 + 2), 1 x 1 */
                     "bl helper\\n\\t"          /* 1 + 2 */
                     "cmp r0, #3\\n\\t"         /* 1 */
                     "it eq\\n\\t"              /* 1 */
                     "popeq {r4, pc}\\n\\t"     /* not taken: 1 + 2 */
                     "movs r0, #1\\n\\t"        /* 1 */
                     "pop {r4, pc}\\n\\t");     /* 1 + 2 + 2 */
}
__attribute__((naked, noinline)) int helper(int value) {
    __asm__ volatile("cmp r0, #0\\n\\t"         /* 1 */
                     "it ne\\n\\t"              /* 1 */
                     "bxne lr\\n\\t"            /* not taken: 1 */
                     "ldr r1, [sp]\\n\\t"       /* 2 */
                     "ldr r2, [sp, #4]\\n\\t"   /* pipelined: 1 */
                     "bx lr\\n\\t");            /* 1 + 2 */
}
static const reflex_port* port;
void reflex_app_start(const reflex_port* board) { port = board; }
void reflex_app_poll(void) {
    uint8_t byte;
    if (port->read(&byte, 1) == 1U) {
        (void)helper(byte);
        byte = (uint8_t)policy_infer();
        (void)helper(0);
        (void)port->write(&byte, 1);
    }
}
`;

function askOnce(port: BytePort): Promise<void> {
  return new Promise((resolve, reject) => {
    port.onData(() => {
      resolve();
    });
    port.onClose((reason) => {
      reject(new Error(reason));
    });
    port.write(Uint8Array.of(5)).catch(reject);
  });
}

describe.skipIf(requires("arm-none-eabi-gcc", "arm-none-eabi-objdump", "qemu-system-arm"))("trace of an inference", () => {
  const image = (async () => (await crossGcc("cortex-m4f").build(await echoRequest("qemu-mps2-an386", APPLICATION))).image)();

  it("counts exactly what lies between entering and leaving policy_infer", async () => {
    const byHand = {
      instructions: 1 + 1 + 20 + 1 + 5 + 6,
      cycles: 3 + 1 + 10 + 28 + 3 + (1 + 1 + 3 + 1 + 5) + (1 + 1 + 1 + 2 + 1 + 3),
    };
    const calls = await traceCalls("qemu-mps2-an386", await image, "policy_infer", async (port) => {
      await askOnce(port);
      await askOnce(port);
    });
    expect(calls).toEqual([byHand, byHand]);
  });

  it("counts nothing when nothing happens", async () => {
    expect(await traceCalls("qemu-mps2-an386", await image, "policy_infer", () => Promise.resolve())).toEqual([]);
  });
});

describe("a trace whose last instruction is also its function's", () => {
  it("ends there", () => {
    const code = parseDisassembly("00000040 <policy_infer>:\n  40:\tmovs\tr0, #0\n  42:\tbx\tlr\n");
    expect(countCalls(code, [0x40, 0x42])).toEqual([{ instructions: 2, cycles: 1 + 3 }]);
  });
});

describe("timing of the Cortex-M4", () => {
  it.each([
    ["ldr\tr0, [r1, #4]", false, 2],
    ["ldrd\tr0, r1, [r2]", false, 3],
    ["ldmia.w\tr0!, {r4, r5, r6, r7}", false, 5],
    ["smlad\tr0, r1, r2, r0", false, 1],
    ["sxtb16\tr0, r1", false, 1],
    ["mla\tr0, r1, r2, r3", false, 2],
    ["smlal\tr0, r1, r2, r3", false, 1],
    ["udiv\tr0, r1, r2", false, 12],
    ["str\tr0, [r1, #4]", false, 1],
    ["str\tr0, [r1, r2]", false, 2],
    ["blt.n\t40 <policy_infer>", true, 3],
    ["bls.n\t40 <policy_infer>", false, 1],
    ["cbz\tr0, 88 <policy_infer+0x18>", true, 3],
    ["bic.w\tr0, r1, r2", true, 1],
    ["vpush\t{d8-d9}", false, 5],
    ["vmla.f32\ts0, s1, s2", false, 3],
  ])("%s (taken: %s) takes %i", (text, taken, cycles) => {
    const instruction = parseDisassembly(`00000040 <f>:\n  40:\t${text}\n`)[0]?.instructions[0];
    expect(instruction).toBeDefined();
    expect(instruction && instructionCycles(instruction, taken, null)).toBe(cycles);
  });
});
