// The C text of the kernel of paired rows: one 32-bit multiplication serves two rows. Portable C for any 32-bit core, and assembly
// for Cortex-M0 and M0+, on whose eight registers gcc spends twice the time; both on the same tables.

import type { Kernel } from "../printed-step.ts";
import { ASSEMBLY, assembly } from "./assembly.ts";
import { PAIR_COLUMNS, PAIRED_SUMS } from "./column-pairs.ts";
import { NARROW_REQUANTIZE } from "./narrow-requantize.ts";

/** Sums of four rows in r8 to r11: r8 = first + 2^16 * second, r9 = second, and so on. In the loops r7 is a pair of columns, r6 a
 * word of weights; afterwards r6 is the output, r7 a law, r8 the weights. From sp on: pairs, pairs_end, output, rows, the loop's
 * entry, room for four outputs, nine saved registers, then the other arguments. */
const THUMB_1_ROWS = `
  .syntax unified
  push {r4-r7, lr}
  mov r4, r8
  mov r5, r9
  mov r6, r10
  mov r7, r11
  push {r4-r7}
  @ Four pairs a turn of the loop; the first begins so late that the last ends with it. Bits 2 and 3 of 12 bytes a pair
  @ are how many pairs are left out, each of them 36 bytes of code.
  subs r4, r1, r0
  lsls r4, r4, #28
  lsrs r4, r4, #30
  movs r5, #36
  muls r4, r5
  adr r5, 2f
  adds r4, r4, r5
  adds r4, #1
  push {r0-r5}
  mov r12, r1
  ldr r6, [sp, #64]
  b 1f
  .balign 4
2:
  .rept 4
  ldmia r7!, {r3, r4, r5}
  ldmia r6!, {r0, r1}
  rev16 r2, r0
  muls r0, r3
  muls r2, r4
  adds r0, r0, r2
  adds r0, r0, r5
  add r8, r0
  asrs r0, r0, #16
  add r9, r0
  rev16 r2, r1
  muls r1, r3
  muls r2, r4
  adds r1, r1, r2
  adds r1, r1, r5
  add r10, r1
  asrs r1, r1, #16
  add r11, r1
  .endr
  cmp r7, r12
  bne 2b
  b 3f
  @ The last rows, if they are two or one.
4:
  ldmia r4!, {r0, r1}
  mov r8, r0
  mov r9, r1
5:
  ldmia r7!, {r3, r4, r5}
  ldmia r6!, {r0}
  rev16 r2, r0
  muls r0, r3
  muls r2, r4
  adds r0, r0, r2
  adds r0, r0, r5
  add r8, r0
  asrs r0, r0, #16
  add r9, r0
  cmp r7, r12
  bne 5b
  @ Fewer than four rows go to the stack first.
3:
  mov r0, r8
  mov r8, r6
  mov r1, r9
  ldr r7, [sp, #68]
  ldr r6, [sp, #8]
  ldr r2, [sp, #12]
  cmp r2, #4
  bhs 6f
  add r6, sp, #20
6:
  .irp row, 0, 1, 2, 3
  .if \\row == 2
  ldr r0, [sp, #12]
  cmp r0, #2
  bls 8f
  mov r0, r10
  mov r1, r11
  .endif
  .if \\row % 2 == 0
  lsls r2, r1, #16
  subs r0, r0, r2
  .else
  movs r0, r1
  .endif
  ldmia r7!, {r2-r5}
  cmp r0, r2
  bls 6f
  bl 7f
6:
  muls r3, r0
  muls r4, r0
  lsrs r4, r4, #12
  adds r3, r3, r4
  adds r5, r5, r3
  lsrs r5, r5, #24
  strb r5, [r6, #\\row]
  .endr
8:
  ldr r0, [sp, #12]
  subs r0, #4
  bls 9f
  str r0, [sp, #12]
  adds r6, #4
  str r6, [sp, #8]
  str r7, [sp, #68]
  mov r6, r8
1:
  ldr r4, [sp, #60]
  ldr r7, [sp, #0]
  ldr r0, [sp, #12]
  cmp r0, #2
  bls 4b
  ldmia r4!, {r0-r3}
  str r4, [sp, #60]
  mov r8, r0
  mov r9, r1
  mov r10, r2
  mov r11, r3
  ldr r0, [sp, #16]
  bx r0
  @ A sum outside its law's range: negative, its output that of 0, which needs no product; or for the law above.
7:
  cmp r0, #0
  bge 6f
  mov r0, lr
  adds r0, #10
  bx r0
6:
  ldr r2, [sp, #72]
  adds r7, r7, r2
  subs r7, #16
  ldmia r7!, {r2-r5}
  cmp r0, r2
  bls 6f
  movs r0, r2
6:
  ldr r2, [sp, #72]
  subs r7, r7, r2
  bx lr
9:
  beq 9f
  adds r0, #4
  ldr r1, [sp, #8]
  add r2, sp, #20
6:
  subs r0, #1
  ldrb r3, [r2, r0]
  strb r3, [r1, r0]
  bne 6b
9:
  add sp, #24
  pop {r4-r7}
  mov r8, r4
  mov r9, r5
  mov r10, r6
  mov r11, r7
  pop {r4-r7, pc}
`;

const MULTIPLY_ROWS: Kernel = {
  name: "multiply_rows",
  needs: [ASSEMBLY, PAIR_COLUMNS, PAIRED_SUMS, NARROW_REQUANTIZE],
  text: `#ifdef POLICY_THUMB_1
/* clang-format off */
/** @brief As in C below. Sums are in r8 to r11: r8 = first row + 2^16 * second, r9 = second, and so on. */
POLICY_ASSEMBLY static void
multiply_rows(const column_pair* pairs IN_REGISTER, const column_pair* pairs_end IN_REGISTER, int8_t* output IN_REGISTER,
              size_t rows IN_REGISTER, const uint32_t* starts IN_REGISTER, const uint32_t* weights IN_REGISTER,
              const narrow_law* laws IN_REGISTER, size_t above_bytes IN_REGISTER) {
    __asm__ volatile(
${assembly(THUMB_1_ROWS)}
    );
}
/* clang-format on */
#else
/** @brief output[row] = the law of the row, of its start + sum of its weights * the input. Weights: four rows at a time. */
static void
multiply_rows(const column_pair* pairs, const column_pair* pairs_end, int8_t* output, size_t rows,
              const POLICY_FLASH uint32_t* starts, const POLICY_FLASH uint32_t* weights,
              const POLICY_FLASH narrow_law* laws, size_t above_bytes) {
    const size_t above = above_bytes / sizeof(narrow_law);
    while (rows > 2U) {
        paired_sums upper = {starts[0], starts[1]};
        paired_sums lower = {starts[2], starts[3]};
        for (const column_pair* pair = pairs; pair != pairs_end; pair++) {
            add_columns(&upper, *weights++, pair);
            add_columns(&lower, *weights++, pair);
        }
        *output++ = narrow_requantize(upper.both - (upper.second << 16), &laws[0], above);
        *output++ = narrow_requantize(upper.second, &laws[1], above);
        *output++ = narrow_requantize(lower.both - (lower.second << 16), &laws[2], above);
        if (rows == 3U) {
            return;
        }
        *output++ = narrow_requantize(lower.second, &laws[3], above);
        rows -= 4U;
        starts += 4;
        laws += 4;
    }
    if (rows > 0U) {
        paired_sums sums = {starts[0], starts[1]};
        for (const column_pair* pair = pairs; pair != pairs_end; pair++) {
            add_columns(&sums, *weights++, pair);
        }
        *output++ = narrow_requantize(sums.both - (sums.second << 16), &laws[0], above);
        if (rows == 2U) {
            *output = narrow_requantize(sums.second, &laws[1], above);
        }
    }
}
#endif
`,
};

export const PAIRED_ROWS: Kernel = {
  name: "paired_rows",
  needs: [MULTIPLY_ROWS],
  text: `/** @brief A fully connected layer. @param pairs scratch, one for two inputs. */
static void
paired_rows(const int8_t* input, int8_t* output, size_t inputs, size_t outputs, const POLICY_FLASH uint32_t* starts,
            const POLICY_FLASH uint32_t* weights, const POLICY_FLASH narrow_law* laws, size_t above_bytes,
            column_pair* pairs) {
    pair_columns(input, &input[inputs], pairs);
    multiply_rows(pairs, &pairs[(inputs + 1U) / 2U], output, outputs, starts, weights, laws, above_bytes);
}
`,
};
