// Kernels of fully connected layers whose outputs have both signs, or leave as int8: two rows at a time. Otherwise as
// dense-kernels.ts.

import type { Kernel } from "../printed-step.ts";
import { assemblyKernel, type Line } from "./assembly.ts";
import { LOWER_BYTES, SCALED, TWO_PRODUCTS } from "./half-words.ts";
import { SIGNED_SHIFT, type Packing } from "./row-stream.ts";

/** Nine registers and the address of the inputs. */
export const SIGNED_STACK_BYTES = 9 * 4 + 4;

/** How such a kernel is printed. Only the architecture of the policy may determine it. */
export interface SignedShape {
  readonly packing: Packing;
  /** Steps of eight columns that a pass takes; a row is a whole number of passes. */
  readonly unroll: 1 | 2;
}

export function signedName({ packing, unroll }: SignedShape): string {
  return `dense_${packing}_signed${unroll === 1 ? "" : "_by_16"}`;
}

export function signedKernel(shape: SignedShape): Kernel {
  const { packing, unroll } = shape;
  const head = `${signedName(shape)}(const POLICY_FLASH uint32_t* stream, const int8_t* input, uint32_t fours, int8_t* output)`;
  return assemblyKernel({
    name: signedName(shape),
    needs: [TWO_PRODUCTS, ...(packing === "packed" ? [LOWER_BYTES] : []), SCALED],
    documentation: `/**
 * @brief Fully connected, ${packing === "packed" ? "packed weights" : "weights times 256"}: int16 pairs in, int8 of both signs out.
 *
 * Halves round away from zero, twice: so a negative sum is lowered by a row's constant before it is scaled.
 * @param fours Columns / 4, even.
 */`,
    head,
    lines: functionLines(packing, unroll),
    portable: portableBody(packing),
  });
}

/** Instructions of one call, exactly. @param steps of eight columns. */
export function signedInstructions({ packing, unroll }: SignedShape, rows: number, steps: number): number {
  const [step, pair] = packing === "packed" ? [14, 18] : [11, 16];
  const pairs = Math.ceil(rows / 2);
  return 2 + pairs * (steps * step + (2 * steps) / unroll + pair) - (rows % 2 === 1 ? 3 : 0) + 1;
}

/** Sums in r4 and r5, weights in r6-r9, inputs in r10-r12 and lr. */
function functionLines(packing: Packing, unroll: number): readonly Line[] {
  const [weights, inputs] = [
    ["r6", "r7", "r8", "r9"],
    ["r10", "r11", "r12", "lr"],
  ];
  const multiply = (sum: string): string[] => weights.map((weight, column) => `smlad ${sum}, ${weight}, ${inputs[column] ?? ""}, ${sum}`);
  const load = "ldm.w r0!, {r6-r9}";
  const step = [
    "ldm.w r1!, {r10-r12, lr}",
    load,
    ...multiply("r4"),
    ...(packing === "packed" ? weights.map((weight) => `sxtb16 ${weight}, ${weight}`) : [load]),
    ...multiply("r5"),
  ];
  const scale = (sum: string, multiplier: string, jump: string): string[] => [
    `and.w ${jump}, ${jump}, ${sum}, asr #31`,
    `sub.w ${sum}, ${sum}, ${jump}`,
    `smmla ${sum}, ${sum}, ${multiplier}, r11`,
    `ssat ${sum}, #8, ${sum}, asr #${SIGNED_SHIFT}`,
  ];
  return [
    "push.w {r1, r4-r11, lr}",
    ["add.w r2, r1, r2, lsl #3", "end of the inputs"],
    "1:",
    ["ldm.n r0!, {r4, r5}", "biases"],
    "2:",
    ...Array.from({ length: unroll }, () => step).flat(),
    "cmp r1, r2",
    "bne.n 2b",
    packing === "packed"
      ? ["ldm.w r0!, {r6-r12}", "rows that follow, multipliers, jumps, addend, second bias"]
      : ["ldm.w r0!, {r6-r11}", "rows that follow, multipliers, jumps, addend"],
    ...(packing === "packed" ? ["sub.w r4, r4, r5", "add.w r5, r12, r5, lsl #8"] : []),
    ...scale("r4", "r7", "r9"),
    ...scale("r5", "r8", "r10"),
    "strb.w r4, [r3], #1",
    "cmp r6, #0",
    "blt.n 3f",
    "strb.w r5, [r3], #1",
    "ldr.n r1, [sp]",
    "bne.n 1b",
    "3:",
    "pop.w {r1, r4-r11, pc}",
  ];
}

function portableBody(packing: Packing): string {
  const step =
    packing === "packed"
      ? `            for (uint32_t i = 0; i < 4; i++, stream++) {
                const int8_t* pair = &input[16 * step + 4 * i];
                first += two_products(*stream, pair);
                second += two_products(lower_bytes(*stream), pair);
            }`
      : `            for (uint32_t i = 0; i < 4; i++) {
                const int8_t* pair = &input[16 * step + 4 * i];
                first += two_products(stream[i], pair);
                second += two_products(stream[i + 4], pair);
            }
            stream += 8;`;
  const [unpack, words] = packing === "packed" ? ["        first -= second;\n        second = (second << 8) + stream[6];\n", 7] : ["", 6];
  return `
    int32_t following;
    do {
        uint32_t first = stream[0];
        uint32_t second = stream[1];
        stream += 2;
        for (uint32_t step = 0; step < fours / 2; step++) {
${step}
        }
${unpack}        following = (int32_t)stream[0];
        first -= first >> 31 == 1 ? stream[3] : 0u;
        second -= second >> 31 == 1 ? stream[4] : 0u;
        *output++ = scaled(first, stream[1], stream[5], ${SIGNED_SHIFT});
        if (following >= 0) {
            *output++ = scaled(second, stream[2], stream[5], ${SIGNED_SHIFT});
        }
        stream += ${words};
    } while (following > 0);
`;
}
