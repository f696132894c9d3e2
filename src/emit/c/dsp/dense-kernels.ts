// Kernels of fully connected layers for cores with Arm's DSP extension (Cortex-M4, M7, M33), and beside each the same in C99. All
// read int16 pairs (widen.ts) and a stream of parameters (row-stream.ts).

import type { Kernel } from "../printed-step.ts";
import { PACKED_SHIFT, WIDE_SHIFT, type Packing } from "./row-stream.ts";
import { HALF_WORDS } from "./widen.ts";

/** How a rectified kernel is printed. Only what the architecture of the policy determines. */
export interface DenseShape {
  readonly packing: Packing;
  /** Steps of eight columns that the code holds. */
  readonly unroll: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
  /** Whether some row has more steps than that; then \`unroll\` is a power of two. */
  readonly loops: boolean;
}

/** A step's size in code: instructions of four bytes, but two or four LDM of two. */
const STEP_BYTES: Readonly<Record<Packing, number>> = { packed: 25 * 4 + 2 * 2, wide: 17 * 4 + 4 * 2 };

export function denseName({ packing }: Pick<DenseShape, "packing">): string {
  return `dense_${packing}`;
}

/** Stack: nine registers and the loop's constants. */
export const DENSE_STACK_BYTES = 9 * 4 + 4 * 4;

/** Instructions of one call, exactly. @param blocks of four rows. @param steps of eight columns. */
export function denseInstructions({ packing, unroll, loops }: DenseShape, blocks: number, steps: number): number {
  const [step, row] = packing === "packed" ? [27, 17] : [21, 15];
  const passes = loops ? 3 * Math.ceil(steps / unroll) + 1 : 0;
  return (loops ? 13 : 9) + blocks * (steps * step + row + 2 + passes) + 2;
}

export function denseKernel(shape: DenseShape): Kernel {
  const { packing } = shape;
  const name = denseName(shape);
  return { name, needs: [HALF_WORDS], text: `${stepMacro(packing)}\n${documentation(packing)}\n#if defined(__ARM_FEATURE_DSP)\n${assembly(name, shape)}\n#else\n${portable(name, packing)}\n#endif\n` };
}

const MACROS: Readonly<Record<Packing, string>> = {
  packed: "PACKED_STEP",
  wide: "WIDE_STEP",
};

function stepMacro(packing: Packing): string {
  const x = ["r8", "r9", "r10", "r11"];
  const w = ["r1", "r2", "r3", "r4"];
  const multiply = (sum: string, k: number): string => `smlad ${sum}, ${w[k] ?? ""}, ${x[k] ?? ""}, ${sum}`;
  const pair = (upper: string, lower: string): string[] => [
    "ldm.n r0!, {r1-r4}",
    ...[0, 1, 2, 3].flatMap((k) => [multiply(upper, k), `sxtb16 ${w[k] ?? ""}, ${w[k] ?? ""}`]),
    ...[0, 1, 2, 3].map((k) => multiply(lower, k)),
  ];
  const row = (sum: string): string[] => ["ldm.n r0!, {r1-r4}", ...[0, 1, 2, 3].map((k) => multiply(sum, k))];
  const lines = packing === "packed" ? [...pair("r5", "r6"), ...pair("r7", "lr")] : ["r5", "r6", "r7", "lr"].flatMap(row);
  return defineLines(`${MACROS[packing]}(load_inputs)`, ["load_inputs", ...lines]);
}

/** A macro of assembly, an instruction a line. */
function defineLines(head: string, lines: readonly string[]): string {
  const texts = [`#define ${head}`, ...lines.map((line) => (line === "load_inputs" ? '    load_inputs "\\n\\t"' : `    "${line}\\n\\t"`))];
  return `#if defined(__ARM_FEATURE_DSP)\n${texts.map((text, index) => (index < texts.length - 1 ? `${text.padEnd(50)} \\` : text)).join("\n")}\n#endif\n`;
}

function documentation(packing: Packing): string {
  return packing === "packed"
    ? `/**
 * @brief Fully connected, packed weights: int16 pairs in, int16 pairs of -128 to 127 out.
 *
 * A halfword of the stream is 256 * a + b, the weights of two rows in one column. Multiplied with the inputs it adds up to 256 * A + B;
 * its lower byte alone gives B. Then: output = (addend + upper word of sum * multiplier) >> shift, saturated.
 * @param steps Columns / 8.
 */`
    : `/**
 * @brief Fully connected, weights times 256 in halfwords: int16 pairs in, int16 pairs of -128 to 127 out.
 *
 * output = (addend + upper word of sum * multiplier) >> shift, saturated.
 * @param steps Columns / 8.
 */`;
}

function assembly(name: string, { packing, unroll, loops }: DenseShape): string {
  const macro = MACROS[packing];
  const lower = packing === "packed" ? PACKED_SHIFT - 8 : WIDE_SHIFT;
  const upper = packing === "packed" ? PACKED_SHIFT : WIDE_SHIFT;
  const advance = `${macro}("ldm.w r12!, {r8-r11}")`;
  const last = loops ? advance : `${macro}("ldm.w r12, {r8-r12}")`;
  const prologue = loops
    ? [
        ["push.w {r4-r11, lr}", ""],
        ["add.w r12, r1, r2, lsl #4", "end of the inputs"],
        ["subs r2, #1", `enter so that ${unroll} steps a pass end with the last`],
        [`and.w r2, r2, #${unroll - 1}`, ""],
        ["adds r2, #1", ""],
        ["adr.w r4, 2f", ""],
        [`movs r5, #${STEP_BYTES[packing]}`, ""],
        ["mls r2, r2, r5, r4", ""],
        ["adds r2, #1", "Thumb"],
        ["push.w {r1, r2, r3, r12}", "inputs, entry, outputs, end"],
        ["b.n 4f", ""],
      ]
    : [
        ["push.w {r4-r11, lr}", ""],
        ["add.w r12, r1, r2, lsl #4", ""],
        ["str.w r3, [r12]", "the outputs' address, behind the inputs"],
        ["adr.w r4, 2f", ""],
        [`movs r5, #${STEP_BYTES[packing]}`, ""],
        ["mls r2, r2, r5, r4", ""],
        ["adds r2, #1", "entry, Thumb"],
        ["push.n {r1, r2}", ""],
        ["b.n 4f", ""],
      ];
  const tail = [
    ...(loops ? [["ldr.n r1, [sp, #12]", ""], ["cmp r12, r1", ""], ["bne.w 1b", ""], ["ldr.w r12, [sp, #8]", ""]] : []),
    ["ldm.w r0!, {r1, r2, r3, r4, r8, r9}", "place, multipliers, addend"],
    ...(packing === "packed" ? [["sub.w r5, r5, r6", ""], ["sub.w r7, r7, lr", ""]] : []),
    ["smmla r5, r5, r2, r9", ""],
    ["smmla r6, r6, r3, r9", ""],
    ["smmla r7, r7, r4, r9", ""],
    ["smmla lr, lr, r8, r9", ""],
    [`ssat r5, #8, r5, asr #${upper}`, ""],
    [`ssat r6, #8, r6, asr #${lower}`, ""],
    [`ssat r7, #8, r7, asr #${upper}`, ""],
    [`ssat lr, #8, lr, asr #${lower}`, ""],
    ["pkhbt r6, r6, r5, lsl #16", ""],
    ["pkhbt r7, lr, r7, lsl #16", ""],
    ["add r12, r1", ""],
    ["strd r6, r7, [r12]", ""],
    ["cbnz r1, 4f", ""],
    [`add sp, #${loops ? 16 : 8}`, ""],
    ["pop.w {r4-r11, pc}", ""],
    ["4:", ""],
    ["ldm.w r0!, {r5, r6, r7, lr}", "biases"],
    ["ldm.w sp, {r12, pc}", "inputs, entry"],
  ] as const;
  const text = [
    ...prologue.map(line),
    "        \".balign 4\\n\"",
    "        \"1:\\n\\t\"",
    ...Array.from({ length: unroll - 1 }, () => `        ${advance}`),
    `        ${last}`,
    "        \"2:\\n\\t\"",
    ...tail.map(line),
  ];
  return `static __attribute__((naked, noinline)) void
${name}(const uint32_t* stream, int8_t* input, uint32_t steps, int8_t* output) {
    __asm__ volatile(
${text.join("\n")});
}`;
}

function line([instruction, comment]: readonly (string | undefined)[]): string {
  const text = `        "${instruction ?? ""}\\n\\t"`;
  return comment === "" || comment === undefined ? text : `${text} /* ${comment} */`;
}

function portable(name: string, packing: Packing): string {
  const lower = packing === "packed" ? PACKED_SHIFT - 8 : WIDE_SHIFT;
  const upper = packing === "packed" ? PACKED_SHIFT : WIDE_SHIFT;
  const body =
    packing === "packed"
      ? `            for (uint32_t i = 0; i < 8; i++) {
                const uint32_t word = *stream++;
                const int8_t* pair = &input[16 * step + 4 * (i % 4)];
                const uint32_t which = i / 4 * 2;
                sums[which] += two_products(word, pair);
                sums[which + 1] += two_products(lower_bytes(word), pair);
            }`
      : `            for (uint32_t i = 0; i < 16; i++) {
                sums[i / 4] += two_products(*stream++, &input[16 * step + 4 * (i % 4)]);
            }`;
  return `static void
${name}(const uint32_t* stream, const int8_t* input, uint32_t steps, int8_t* output) {
    uint32_t place;
    do {
        uint32_t sums[4] = {stream[0], stream[1], stream[2], stream[3]};
        stream += 4;
        for (uint32_t step = 0; step < steps; step++) {
${body}
        }
${packing === "packed" ? "        sums[0] -= sums[1];\n        sums[2] -= sums[3];\n" : ""}        place = stream[0];
        store_half(&output[place + 2], scaled(sums[0], stream[1], stream[5], ${upper}));
        store_half(&output[place], scaled(sums[1], stream[2], stream[5], ${lower}));
        store_half(&output[place + 6], scaled(sums[2], stream[3], stream[5], ${upper}));
        store_half(&output[place + 4], scaled(sums[3], stream[4], stream[5], ${lower}));
        stream += 6;
    } while (place != 0);
}`;
}
