// int16 pairs: the form in which activations lie between DSP kernels, and the kernel that makes it from int8.

import { at } from "../../../core/assert.ts";
import type { Form } from "../printed-step.ts";
import { assemblyKernel } from "./assembly.ts";
import { STORE_HALF } from "./half-words.ts";

/** One int16 an element, of each four in the order 0, 2, 1, 3 (what SXTB16 makes of four bytes); the last eight are padded with
 * anything. A word behind them belongs to the kernel that reads them. */
export const PAIRS: Form = { name: "int16 pairs", bytes: (elements) => 16 * Math.ceil(elements / 8) + 4, alignment: 4 };

const HEAD = "widen(const int8_t* input, int8_t* output, uint32_t count)";

export const WIDEN = assemblyKernel({
  name: "widen",
  needs: [STORE_HALF],
  documentation: `/** @brief int8 to int16 pairs: of each four elements in the order 0, 2, 1, 3. The input may have any alignment. */`,
  head: HEAD,
  lines: [
    "push.w {r4-r6, lr}",
    "subs r2, #8",
    "blt.n 2f",
    "1:",
    "ldr.w r4, [r0], #4",
    "ldr.w r6, [r0], #4",
    "sxtb16 r3, r4",
    "sxtb16 r4, r4, ror #8",
    "sxtb16 r5, r6",
    "sxtb16 r6, r6, ror #8",
    "stm.n r1!, {r3-r6}",
    "subs r2, #8",
    "bge.n 1b",
    "2:",
    ["adds r2, #8", "up to seven are left"],
    "beq.n 4f",
    "subs r2, #4",
    "blt.n 3f",
    "ldr.w r4, [r0], #4",
    "sxtb16 r3, r4",
    "sxtb16 r4, r4, ror #8",
    "stm.n r1!, {r3, r4}",
    "subs r2, #4",
    "3:",
    "adds r2, #4",
    "beq.n 4f",
    "ldrsb.w r3, [r0]",
    "strh.n r3, [r1]",
    "subs r2, #1",
    "beq.n 4f",
    "ldrsb.w r3, [r0, #1]",
    "strh.n r3, [r1, #4]",
    "subs r2, #1",
    "beq.n 4f",
    "ldrsb.w r3, [r0, #2]",
    "strh.n r3, [r1, #2]",
    "4:",
    "pop.w {r4-r6, pc}",
  ],
  portable: `
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t order = 0x3120u >> 4 * (i % 4) & 3u;
        store_half(&output[2 * (i - i % 4 + order)], input[i]);
    }`,
});

/** Instructions of one call, exactly. */
export function widenInstructions(count: number): number {
  const [eights, four, rest] = [Math.floor(count / 8), Math.floor((count % 8) / 4), count % 4];
  const tail = count % 8 === 0 ? 0 : 4 + 5 * four + at([0, 4, 8, 10], rest);
  return 3 + 9 * eights + 2 + tail + 1;
}
