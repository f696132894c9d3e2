// The C text of the kernel of paired rows for RISC-V: sixteen rows at a time fill its registers, so that inputs needn't be prepared
// beforehand. Assembly, because gcc spills them; beside it portable C on the same tables.

import type { Kernel } from "../printed-step.ts";
import { ASSEMBLY, assembly } from "./assembly.ts";
import { PAIRED_SUMS } from "./column-pairs.ts";
import { NARROW_REQUANTIZE } from "./narrow-requantize.ts";

/** Four rows at a time, the last two or one by themselves: registers a2, a3, a4, a7. Sixteen: s0 to s11, too. In the loops a0 is the
 * input, a1 its end, a5 a word of weights; t5, t6, ra two elements of the input as the weights want them. Afterwards a0 is the
 * output, a6 a law. From sp on: input, its end, output, rows, starts, above. */
const ROWS = `
  .macro load_sums both, second, row
  lw \\both, 4*\\row(t0)
  lw \\second, 4*\\row+4(t0)
  .endm
  .macro columns rows
  lw a0, 0(sp)
  lw a1, 4(sp)
  sub t0, a1, a0
  andi t0, t0, 1
  beqz t0, 1f
  li t5, 0
  addi a0, a0, -1
  j 2f
1:
  lb t5, 0(a0)
2:
  lb t6, 1(a0)
  sub ra, t4, t5
  sub ra, ra, t6
  mul ra, ra, t3
  slli t1, t5, 8
  sub t6, t6, t1
  addi a0, a0, 2
  products a2, a3, 0
  .if \\rows > 2
  products a4, a7, 4
  .endif
  .if \\rows > 4
  products s0, s1, 8
  products s2, s3, 12
  products s4, s5, 16
  products s6, s7, 20
  products s8, s9, 24
  products s10, s11, 28
  .endif
  addi a5, a5, 2*\\rows
  bne a0, a1, 1b
  lw a0, 8(sp)
  .endm
  .macro products both, second, offset
  lw t0, \\offset(a5)
  srli t1, t0, 8
  and t1, t1, t2
  mul t0, t0, t5
  mul t1, t1, t6
  add t0, t0, ra
  add t0, t0, t1
  add \\both, \\both, t0
  srai t0, t0, 16
  add \\second, \\second, t0
  .endm
  .macro first_output both, second, row
  slli t0, \\second, 16
  sub t0, \\both, t0
  output \\row
  .endm
  .macro second_output second, row
  mv t0, \\second
  output \\row
  .endm
  .macro outputs both, second, row
  first_output \\both, \\second, \\row
  second_output \\second, \\row+1
  .endm
  .macro output row
  lw t1, 16*(\\row)(a6)
  lw t5, 16*(\\row)+4(a6)
  lw t6, 16*(\\row)+8(a6)
  lw ra, 16*(\\row)+12(a6)
  bgeu t1, t0, 3f
  li t1, 16*(\\row)
  jal a1, 7f
3:
  .option push
  .option norvc
  mul t5, t5, t0
  mul t6, t6, t0
  srli t6, t6, 12
  add t5, t5, t6
  add ra, ra, t5
  .option pop
  srli ra, ra, 24
  sb ra, \\row(a0)
  .endm
  addi sp, sp, -80
  sw a0, 0(sp)
  sw a1, 4(sp)
  sw a2, 8(sp)
  sw a3, 12(sp)
  sw a4, 16(sp)
  sw a7, 20(sp)
  sw ra, 24(sp)
  li t2, 0xFF00FF
  li t3, 0x800080
  li t4, 0x1000100
  li t0, 16
  bltu a3, t0, 5f
  sw s0, 28(sp)
  sw s1, 32(sp)
  sw s2, 36(sp)
  sw s3, 40(sp)
  sw s4, 44(sp)
  sw s5, 48(sp)
  sw s6, 52(sp)
  sw s7, 56(sp)
  sw s8, 60(sp)
  sw s9, 64(sp)
  sw s10, 68(sp)
  sw s11, 72(sp)
4:
  lw t0, 16(sp)
  load_sums a2, a3, 0
  load_sums a4, a7, 2
  load_sums s0, s1, 4
  load_sums s2, s3, 6
  load_sums s4, s5, 8
  load_sums s6, s7, 10
  load_sums s8, s9, 12
  load_sums s10, s11, 14
  addi t0, t0, 64
  sw t0, 16(sp)
  columns 16
  outputs a2, a3, 0
  outputs a4, a7, 2
  outputs s0, s1, 4
  outputs s2, s3, 6
  outputs s4, s5, 8
  outputs s6, s7, 10
  outputs s8, s9, 12
  outputs s10, s11, 14
  addi a0, a0, 16
  sw a0, 8(sp)
  addi a6, a6, 256
  lw a3, 12(sp)
  addi a3, a3, -16
  sw a3, 12(sp)
  li t0, 16
  bgeu a3, t0, 4b
  lw s0, 28(sp)
  lw s1, 32(sp)
  lw s2, 36(sp)
  lw s3, 40(sp)
  lw s4, 44(sp)
  lw s5, 48(sp)
  lw s6, 52(sp)
  lw s7, 56(sp)
  lw s8, 60(sp)
  lw s9, 64(sp)
  lw s10, 68(sp)
  lw s11, 72(sp)
5:
  beqz a3, 6f
  lw t0, 16(sp)
  li t1, 2
  bgeu t1, a3, 5f
  load_sums a2, a3, 0
  load_sums a4, a7, 2
  addi t0, t0, 16
  sw t0, 16(sp)
  columns 4
  outputs a2, a3, 0
  first_output a4, a7, 2
  lw a3, 12(sp)
  li t1, 3
  beq a3, t1, 6f
  second_output a7, 3
  addi a0, a0, 4
  sw a0, 8(sp)
  addi a6, a6, 64
  addi a3, a3, -4
  sw a3, 12(sp)
  j 5b
5:
  load_sums a2, a3, 0
  columns 2
  first_output a2, a3, 0
  lw t0, 12(sp)
  li t1, 1
  beq t0, t1, 6f
  second_output a3, 1
6:
  lw ra, 24(sp)
  addi sp, sp, 80
  ret
7:
  bgez t0, 8f
  jr 20(a1)
8:
  add t1, t1, a6
  lw t5, 20(sp)
  add t1, t1, t5
  lw t5, 4(t1)
  lw t6, 8(t1)
  lw ra, 12(t1)
  lw t1, 0(t1)
  bgeu t1, t0, 8f
  mv t0, t1
8:
  jr a1
  .purgem load_sums
  .purgem columns
  .purgem products
  .purgem first_output
  .purgem second_output
  .purgem outputs
  .purgem output
`;

export const RISCV_ROWS: Kernel = {
  name: "paired_rows_16",
  needs: [ASSEMBLY, PAIRED_SUMS, NARROW_REQUANTIZE],
  text: `#if defined(__riscv_mul) && __riscv_xlen == 32 && !defined(__riscv_32e)
/* clang-format off */
/** @brief As in C below. */
POLICY_ASSEMBLY static void
paired_rows_16(const int8_t* input IN_REGISTER, const int8_t* input_end IN_REGISTER, int8_t* output IN_REGISTER,
               size_t rows IN_REGISTER, const uint32_t* starts IN_REGISTER, const uint32_t* weights IN_REGISTER,
               const narrow_law* laws IN_REGISTER, size_t above_bytes IN_REGISTER) {
    __asm__ volatile(
${assembly(ROWS)}
    );
}
/* clang-format on */
#else
/** @brief output[row] = the law of the row, of its start + sum of its weights * the input. Weights: sixteen rows at a time, then four. */
static void
paired_rows_16(const int8_t* input, const int8_t* input_end, int8_t* output, size_t rows,
               const POLICY_FLASH uint32_t* starts, const POLICY_FLASH uint32_t* weights,
               const POLICY_FLASH narrow_law* laws, size_t above_bytes) {
    while (rows > 0U) {
        const size_t group = rows >= 16U ? 16U : rows > 2U ? 4U : 2U;
        const int8_t* element = input;
        uint32_t even = (input_end - input) % 2 == 0 ? (uint32_t)*element++ : 0U;
        paired_sums sums[8];
        for (size_t row = 0; row < group; row += 2U) {
            sums[row / 2U].both = *starts++;
            sums[row / 2U].second = *starts++;
        }
        for (;;) {
            const column_pair pair = column_pair_of(even, (uint32_t)*element++);
            for (size_t row = 0; row < group; row += 2U) {
                add_columns(&sums[row / 2U], *weights++, &pair);
            }
            if (element == input_end) {
                break;
            }
            even = (uint32_t)*element++;
        }
        for (size_t row = 0; row < group && row < rows; row++) {
            const paired_sums* const two = &sums[row / 2U];
            const uint32_t sum = row % 2U == 0U ? two->both - (two->second << 16) : two->second;
            *output++ = narrow_requantize(sum, laws++, above_bytes / sizeof(narrow_law));
        }
        rows -= rows < group ? rows : group;
    }
}
#endif
`,
};
