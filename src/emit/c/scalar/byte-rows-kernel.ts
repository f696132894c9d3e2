// The C text of the kernel for AVR: products of unsigned bytes into sums of three, four rows at a time, tables in program memory; and
// portable C on the same tables.

import type { Kernel } from "../printed-step.ts";
import { ASSEMBLY, assembly } from "./assembly.ts";

/** r24 input, r22 elements, r20 inputs, r18 output, r16 rows, r14 weights, r12 laws. In the loops r2 to r13 are the sums of four rows,
 * X an element + 128, Z a weight. r14 is 0, r15 rows left, r16 the law, r21 pairs of elements, r22 to r24 128 times the sum of all
 * elements, Y the output. */
const ROWS = `
  .irp register, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29
  push r\\register
  .endr
  push r22
  push r23
  movw r26, r24
  movw r30, r22
  movw r28, r18
  mov r25, r16
  movw r16, r12
  mov r21, r20
  inc r21
  lsr r21
  clr r22
  clr r23
1:
  ld r19, X+
  subi r19, 0x80
  st Z+, r19
  add r22, r19
  adc r23, r1
  dec r20
  brne 1b
  mov r24, r23
  mov r23, r22
  clr r22
  lsr r24
  ror r23
  ror r22
  movw r30, r14
  clr r14
  mov r15, r25
2:
  movw r26, r30
  movw r30, r16
  adiw r30, 12
  .irp sum, 2, 5, 8, 11
  lpm \\sum, Z+
  lpm \\sum+1, Z+
  lpm \\sum+2, Z+
  sub \\sum, r22
  sbc \\sum+1, r23
  sbc \\sum+2, r24
  adiw r30, 13
  .endr
  movw r30, r26
  pop r27
  pop r26
  push r26
  push r27
  mov r20, r21
3:
  .rept 2
  ld r19, X+
  .irp sum, 2, 5, 8, 11
  lpm r18, Z+
  mul r18, r19
  add \\sum, r0
  adc \\sum+1, r1
  adc \\sum+2, r14
  .endr
  .endr
  dec r20
  brne 3b
  push r30
  push r31
  rcall 5f
  .irp sum, 5, 8, 11
  dec r15
  breq 4f
  mov r2, \\sum
  mov r3, \\sum+1
  mov r4, \\sum+2
  rcall 5f
  .endr
  dec r15
  breq 4f
  pop r31
  pop r30
  rjmp 2b
4:
  pop r31
  pop r30
  pop r23
  pop r22
  clr r1
  .irp register, 29, 28, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2
  pop r\\register
  .endr
  ret
5:
  movw r30, r16
  subi r16, 0xF0
  sbci r17, 0xFF
  lpm r0, Z+
  cp r0, r2
  lpm r0, Z+
  cpc r0, r3
  lpm r0, Z+
  cpc r0, r4
  brlo 7f
6:
  clr r20
  clr r25
  lpm r18, Z+
  mul r2, r18
  mov r19, r1
  mul r4, r18
  movw r26, r0
  mul r3, r18
  add r19, r0
  adc r26, r1
  adc r27, r14
  lpm r18, Z+
  mul r2, r18
  add r19, r0
  adc r26, r1
  adc r27, r14
  adc r20, r14
  mul r3, r18
  add r26, r0
  adc r27, r1
  adc r20, r14
  mul r4, r18
  add r27, r0
  adc r20, r1
  lpm r18, Z+
  mul r2, r18
  add r26, r0
  adc r27, r1
  adc r20, r14
  adc r25, r14
  mul r3, r18
  add r27, r0
  adc r20, r1
  adc r25, r14
  mul r4, r18
  add r20, r0
  adc r25, r1
  lpm r18, Z+
  mul r2, r18
  add r27, r0
  adc r20, r1
  adc r25, r14
  mul r3, r18
  add r20, r0
  adc r25, r1
  mul r4, r18
  add r25, r0
  lpm r18, Z+
  mul r2, r18
  add r20, r0
  adc r25, r1
  mul r3, r18
  add r25, r0
  lpm r0, Z+
  add r26, r0
  lpm r0, Z+
  adc r27, r0
  lpm r0, Z+
  adc r20, r0
  lpm r0, Z+
  adc r25, r0
  st Y+, r25
  ret
7:
  tst r4
  brmi 8f
  adiw r30, 12
  lpm r18, Z
  ldi r19, 16
  mul r18, r19
  sbiw r30, 15
  add r30, r0
  adc r31, r1
  lpm r18, Z+
  lpm r19, Z+
  lpm r20, Z+
  cp r18, r2
  cpc r19, r3
  cpc r20, r4
  brlo 9f
  rjmp 6b
9:
  movw r2, r18
  mov r4, r20
  rjmp 6b
8:
  adiw r30, 8
  lpm r25, Z
  st Y+, r25
  ret
`;

export const BYTE_ROWS: Kernel = {
  name: "byte_rows",
  needs: [ASSEMBLY],
  text: `/**
 * @brief output[row] = the law of the row, of its start + sum of weight * element.
 *
 * A row of \`laws\` is an upper end for sums, a slope in 2^-40, an offset in 2^-24 and a start. The line that slope and offset make
 * rises from one int8 to the next where TensorFlow Lite's requantization does, checked sum by sum where it changes.
 * @param elements Scratch, one for each input, rounded up to an even number.
 */
#if defined(__AVR_HAVE_MUL__) && defined(__AVR_HAVE_LPMX__)
/* clang-format off */
POLICY_ASSEMBLY static void
byte_rows(const int8_t* input IN_REGISTER, uint8_t* elements IN_REGISTER, size_t inputs IN_REGISTER, int8_t* output IN_REGISTER,
          size_t rows IN_REGISTER, const POLICY_FLASH uint8_t* weights IN_REGISTER, const POLICY_FLASH uint8_t* laws IN_REGISTER) {
    __asm__ volatile(
${assembly(ROWS)}
    );
}
/* clang-format on */
#else
static uint32_t
bytes_at(const POLICY_FLASH uint8_t* bytes, size_t count) {
    uint32_t value = 0U;
    while (count > 0U) {
        value = value << 8 | bytes[--count];
    }
    return value;
}

static void
byte_rows(const int8_t* input, uint8_t* elements, size_t inputs, int8_t* output, size_t rows,
          const POLICY_FLASH uint8_t* weights, const POLICY_FLASH uint8_t* laws) {
    uint32_t total = 0U;
    for (size_t column = 0; column < inputs; column++) {
        elements[column] = (uint8_t)(input[column] + 128);
        total += elements[column];
    }
    for (size_t row = 0; row < rows; row++, laws += 16) {
        const POLICY_FLASH uint8_t* weight = &weights[row / 4U * 4U * (inputs + inputs % 2U) + row % 4U];
        const POLICY_FLASH uint8_t* law = laws;
        uint32_t sum = bytes_at(&law[12], 3) - 128U * total;
        for (size_t column = 0; column < inputs; column++, weight += 4) {
            sum += (uint32_t)*weight * elements[column];
        }
        sum &= 0xFFFFFFU;
        if (sum > bytes_at(law, 3)) {
            if (sum >= 0x800000U) {
                sum = 0U;
            } else {
                law += (size_t)law[15] * 16U;
                sum = sum < bytes_at(law, 3) ? sum : bytes_at(law, 3);
            }
        }
        const uint32_t low = (uint32_t)((uint64_t)sum * bytes_at(&law[3], 2) >> 16);
        *output++ = (int8_t)((sum * bytes_at(&law[5], 3) + low + bytes_at(&law[8], 4)) >> 24);
    }
}
#endif
`,
};
