// Kernels for 3x3 filters of single channels: depthwise convolutions, and convolutions of one channel. Rows of the image are spread
// into planes, one a channel, of int16 in their natural order; a filter then reads two taps a word.

import { at } from "../../../core/assert.ts";
import type { Kernel } from "../printed-step.ts";
import { assemblyKernel, type Line } from "./assembly.ts";
import { SCALED, TWO_PRODUCTS } from "./half-words.ts";
import { SIGNED_SHIFT, WIDE_SHIFT } from "./row-stream.ts";

export interface FilterShape {
  readonly stride: 1 | 2;
  /** Whether outputs have both signs. */
  readonly signed: boolean;
  /** Whether rows of the output may have pixels left over from fours. */
  readonly rest: boolean;
}

/** Words of a channel's parameters: bias, weights 0|1 and 1|2 of three rows, multiplier, addend, and the jump of signed outputs. */
export function filterWords({ signed }: Pick<FilterShape, "signed">): 9 | 10 {
  return signed ? 10 : 9;
}

/** Registers, and what the loops keep. */
export const FILTER_STACK_BYTES = 20 * 4;

/** Kernels differ in name as in shape. */
export function filterSuffix({ stride, signed, rest }: FilterShape): string {
  return `stride_${stride}${rest ? "" : "_by_4"}${signed ? "_signed" : ""}`;
}

/** The addresses of three rows of planes, and where their outputs go. */
export const FILTER_ROWS: Kernel = {
  name: "filter_rows",
  needs: [],
  codeBytes: 0,
  text: `/** Three rows of the first plane, and what a filter does with them. */
typedef struct {
    const int8_t* rows[3]; /**< int16, of which two more than the last window's are read. */
    int8_t* output;        /**< The first pixel's first channel. */
    uint32_t pixels;       /**< Of the output's row. */
    uint32_t channels;     /**< Of the output, and bytes from one of its pixels to the next. */
    uint32_t pitch;        /**< Bytes from one plane to the next; 0 where all channels filter the same one. */
} filter_rows;
`,
};

export function filterKernel(shape: FilterShape): Kernel {
  const name = `filter_3x3_${filterSuffix(shape)}`;
  const head = `${name}(const POLICY_FLASH uint32_t* stream, const filter_rows* job)`;
  const columns = shape.stride === 1 ? "every column" : "every second column";
  return assemblyKernel({
    name,
    needs: [FILTER_ROWS, TWO_PRODUCTS, SCALED],
    documentation: `/** @brief A row of the output of a 3x3 filter: all channels, ${columns}${shape.signed ? "; outputs of both signs" : ""}. */`,
    head,
    lines: functionLines(shape),
    portable: portableBody(shape),
  });
}

/** Instructions of one call, exactly. */
export function filterInstructions({ stride, signed, rest }: FilterShape, pixels: number, channels: number): number {
  const sums = (stride === 1 ? 42 : 45) + (signed ? 9 : 0);
  const fours = Math.floor(pixels / 4) * (sums + (rest ? 10 : 8));
  const left = rest ? 2 + at([1, sums + 6, sums + 8, sums + 9], pixels % 4) : 2;
  return 9 + channels * (2 + fours + left + 13) + 2;
}

/** On the stack: see the first stores. Sums in r4-r7, inputs in r8-r10, weights in r11 and r12, output in lr. */
function functionLines({ stride, signed, rest }: FilterShape): readonly Line[] {
  const shift = signed ? SIGNED_SHIFT : WIDE_SHIFT;
  const sums = ["r4", "r5", "r6", "r7"];
  const row = (pointer: string, first: boolean): Line[] => {
    const from = first ? ["r7", "r7", "r7", "r7"] : sums;
    return stride === 1
      ? [
          `ldrd r8, r9, [${pointer}], #8`,
          `ldr.w r10, [${pointer}]`,
          `smlad r4, r8, r11, ${from[0] ?? ""}`,
          `smlatb r5, r8, r11, ${from[1] ?? ""}`,
          `smlad r6, r9, r11, ${from[2] ?? ""}`,
          `smlatb r7, r9, r11, ${from[3] ?? ""}`,
          "smlabt r4, r9, r12, r4",
          "smlad r5, r9, r12, r5",
          "smlabt r6, r10, r12, r6",
          "smlad r7, r10, r12, r7",
        ]
      : [
          `ldrd r8, r9, [${pointer}], #8`,
          `ldr.w r10, [${pointer}], #4`,
          `smlad r4, r8, r11, ${from[0] ?? ""}`,
          `smlad r5, r9, r11, ${from[1] ?? ""}`,
          `smlad r6, r10, r11, ${from[2] ?? ""}`,
          "smlabt r4, r9, r12, r4",
          "smlabt r5, r10, r12, r5",
          `ldrd r8, r9, [${pointer}], #4`,
          `smlad r7, r8, r11, ${from[3] ?? ""}`,
          "smlabt r6, r8, r12, r6",
          "smlabt r7, r9, r12, r7",
        ];
  };
  const scale = (sum: string): Line[] => [
    ...(signed ? [`and.w r9, r10, ${sum}, asr #31`, `sub.w ${sum}, ${sum}, r9`] : []),
    `smmla ${sum}, ${sum}, r11, r12`,
    `ssat ${sum}, #8, ${sum}, asr #${shift}`,
  ];
  const store: readonly Line[] = [
    "strb.w r4, [lr]",
    "strb.w r5, [lr, r9]",
    "strb.w r6, [lr, r9, lsl #1]",
    "strb.w r7, [lr, r10]",
    "add.w lr, lr, r9, lsl #2",
  ];
  return [
    "push.w {r4-r11, lr}",
    ["ldm.w r1, {r2-r8}", "the job"],
    "sub sp, #44",
    "add.w r1, sp, #12",
    "stm.w r1, {r2-r8}",
    "mla r6, r6, r7, r5",
    "add.w r8, r7, r7, lsl #1",
    ["stm.w sp, {r6, r7, r8}", `${rest ? "pixels left" : "the outputs' end"}, from a pixel to the next, and to the third`],
    ["str.n r7, [sp, #40]", "channels left"],
    "1:",
    "ldrd r1, r2, [sp, #12]",
    "ldrd r3, lr, [sp, #20]",
    ...(rest ? ["ldr.n r4, [sp, #28]", "str.n r4, [sp]"] : []),
    "2:",
    ["ldm.w r0, {r7, r11, r12}", "bias, weights"],
    ...row("r1", true),
    "ldrd r11, r12, [r0, #12]",
    ...row("r2", false),
    "ldrd r11, r12, [r0, #20]",
    ...row("r3", false),
    ["ldrd r11, r12, [r0, #28]", "multiplier, addend"],
    ...(signed ? ([["ldr.w r10, [r0, #36]", "jump"]] as const) : []),
    ...sums.flatMap(scale),
    "ldm.w sp, {r8, r9, r10}",
    ...(rest
      ? ([
          "subs.w r8, #4",
          "blt.n 3f",
          ...store,
          "str.w r8, [sp]",
          "bne.w 2b",
          "b.n 4f",
          "3:",
          ["strb.w r4, [lr]", "one to three pixels were left"],
          "cmn.w r8, #2",
          "blt.n 4f",
          "strb.w r5, [lr, r9]",
          "beq.n 4f",
          "strb.w r6, [lr, r9, lsl #1]",
        ] as const)
      : [...store, "cmp lr, r8", "bne.w 2b", "adds.w r8, #1", "str.w r8, [sp]"]),
    "4:",
    [`adds r0, #${4 * filterWords({ signed })}`, "the next channel"],
    "ldr.n r4, [sp, #36]",
    "add.w r1, sp, #12",
    "ldm.w r1, {r2, r3, r5, r6}",
    "add r2, r4",
    "add r3, r4",
    "add r5, r4",
    "adds r6, #1",
    "stm.w r1, {r2, r3, r5, r6}",
    "ldr.n r7, [sp, #40]",
    "subs r7, #1",
    "str.n r7, [sp, #40]",
    "bne.w 1b",
    "add sp, #44",
    "pop.w {r4-r11, pc}",
  ];
}

function portableBody({ stride, signed }: FilterShape): string {
  const jump = signed ? "            sum -= sum >> 31 == 1 ? stream[9] : 0u;\n" : "";
  return `
    for (uint32_t channel = 0; channel < job->channels; channel++) {
        for (uint32_t pixel = 0; pixel < job->pixels; pixel++) {
            uint32_t sum = stream[0];
            for (uint32_t row = 0; row < 3; row++) {
                const int8_t* taps = &job->rows[row][channel * job->pitch + ${2 * stride} * pixel];
                sum += two_products(stream[2 * row + 1], taps);
                sum += two_products(stream[2 * row + 2] & 0xffff0000u, &taps[2]);
            }
${jump}            job->output[pixel * job->channels + channel] = scaled(sum, stream[7], stream[8], ${signed ? SIGNED_SHIFT : WIDE_SHIFT});
        }
        stream += ${filterWords({ signed })};
    }
`;
}
