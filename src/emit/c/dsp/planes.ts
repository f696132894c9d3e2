// Planes: some rows of an image, each channel by itself, as int16 in their natural order with a margin of the zero point. The kernels
// that fill them, and the one that leads a 3x3 filter over an image with three rows of planes at a time.

import type { Sliding } from "../../../artifacts/integer-program.ts";
import type { Kernel } from "../printed-step.ts";
import { SLIDING_WINDOW } from "../operators/sliding-window.ts";
import { assemblyKernel } from "./assembly.ts";
import { STORE_HALF } from "./half-words.ts";
import { FILTER_STACK_BYTES, filterInstructions, filterKernel, filterSuffix, type FilterShape } from "./plane-kernels.ts";

const FILL_HEAD = "fill_halves(int8_t* to, int8_t value, uint32_t words)";

const FILL_HALVES = assemblyKernel({
  name: "fill_halves",
  needs: [STORE_HALF],
  documentation: "/** @brief Fills words with an int16, twice in each. */",
  head: FILL_HEAD,
  lines: ["pkhbt r1, r1, r1, lsl #16", "1:", "str.w r1, [r0], #4", "subs r2, #1", "bne.n 1b", "bx lr"],
  portable: `
    for (uint32_t i = 0; i < 2 * words; i++) {
        store_half(&to[2 * i], value);
    }`,
});

const SPREAD_ROW_HEAD = "spread_row(const int8_t* input, int8_t* planes, uint32_t channels, uint32_t pixels, uint32_t pitch)";
const SPREAD_LINE_HEAD = "spread_line(const int8_t* input, int8_t* plane, uint32_t pixels)";

/** Two pixels and four channels at a time. */
const SPREAD_FOURS = assemblyKernel({
  name: "spread_row",
  needs: [STORE_HALF],
  documentation: "/** @brief A row of pixels with whole fours of channels into planes, `pitch` bytes apart. */",
  head: SPREAD_ROW_HEAD,
  lines: [
    "push.w {r4-r11, lr}",
    "ldr.n r4, [sp, #36]",
    ["push.n {r0, r1, r2, r4}", "input, planes, channels left, pitch"],
    "1:",
    "ldrd r0, r1, [sp]",
    "ldr.n r7, [sp, #12]",
    "adds r4, r1, r7",
    "adds r5, r4, r7",
    "adds r6, r5, r7",
    "subs.w r11, r3, #2",
    "blt.n 3f",
    "2:",
    "ldr.n r7, [r0]",
    "ldr.w r8, [r0, r2]",
    "add.w r0, r0, r2, lsl #1",
    "sxtb16 r9, r7",
    "sxtb16 r7, r7, ror #8",
    "sxtb16 r10, r8",
    "sxtb16 r8, r8, ror #8",
    "pkhbt r12, r9, r10, lsl #16",
    "pkhtb r9, r10, r9, asr #16",
    "pkhbt lr, r7, r8, lsl #16",
    "pkhtb r7, r8, r7, asr #16",
    "str.w r12, [r1], #4",
    "str.w lr, [r4], #4",
    "str.w r9, [r5], #4",
    "str.w r7, [r6], #4",
    "subs.w r11, #2",
    "bge.n 2b",
    "3:",
    "adds.w r11, #2",
    "beq.n 4f",
    ["ldr.n r7, [r0]", "the last of an odd number"],
    "sxtb16 r9, r7",
    "sxtb16 r7, r7, ror #8",
    "strh.w r9, [r1]",
    "strh.n r7, [r4]",
    "lsr.w r9, r9, #16",
    "lsrs r7, #16",
    "strh.w r9, [r5]",
    "strh.n r7, [r6]",
    "4:",
    "ldrd r0, r1, [sp]",
    "ldr.n r7, [sp, #12]",
    "adds r0, #4",
    "add.w r1, r1, r7, lsl #2",
    "strd r0, r1, [sp]",
    "ldr.n r7, [sp, #8]",
    "subs r7, #4",
    "str.n r7, [sp, #8]",
    "bne.n 1b",
    "add sp, #16",
    "pop.w {r4-r11, pc}",
  ],
  portable: `
    for (uint32_t i = 0; i < pixels * channels; i++) {
        store_half(&planes[i % channels * pitch + i / channels * 2], input[i]);
    }`,
});

/** Four pixels at a time. */
const SPREAD_ONE = assemblyKernel({
  name: "spread_line",
  needs: [STORE_HALF],
  documentation: "/** @brief A row of pixels with one channel into its plane. */",
  head: SPREAD_LINE_HEAD,
  lines: [
    "push.n {r4, lr}",
    "subs r2, #4",
    "blt.n 2f",
    "1:",
    "ldr.w r3, [r0], #4",
    "sxtb16 r12, r3",
    "sxtb16 r3, r3, ror #8",
    "pkhbt r4, r12, r3, lsl #16",
    "pkhtb r3, r3, r12, asr #16",
    "str.w r4, [r1], #4",
    "str.w r3, [r1], #4",
    "subs r2, #4",
    "bge.n 1b",
    "2:",
    "adds r2, #4",
    "beq.n 4f",
    "3:",
    "ldrsb.w r3, [r0], #1",
    "strh.w r3, [r1], #2",
    "subs r2, #1",
    "bne.n 3b",
    "4:",
    "pop.n {r4, pc}",
  ],
  portable: `
    for (uint32_t i = 0; i < pixels; i++) {
        store_half(&plane[2 * i], input[i]);
    }`,
});

/** Registers of the kernel that leads the filter, its call and the job. Measured, with policy_infer: 176 to 184. */
export const LEAD_STACK_BYTES = 96 + FILTER_STACK_BYTES;

/** What gcc makes of it at -O2: 272 to 284. */
const LEAD_BYTES = 300;

/** @param oneChannel whether the input has one channel, which all channels of the output filter. */
export function filterImageKernel(shape: FilterShape, oneChannel: boolean): Kernel {
  const filter = filterKernel(shape);
  const name = `filter_${oneChannel ? "plane" : "planes"}_${filterSuffix(shape)}`;
  const indent = " ".repeat(name.length + 1);
  const spread = oneChannel ? "spread_line(pixels, inner, shape->width)" : "spread_row(pixels, inner, channels, shape->width, pitch)";
  return {
    name,
    codeBytes: LEAD_BYTES,
    needs: [SLIDING_WINDOW, FILL_HALVES, oneChannel ? SPREAD_ONE : SPREAD_FOURS, filter],
    text: `/**
 * @brief A 3x3 filter over an image, ${shape.stride === 1 ? "with a stride of 1" : "with a stride of 2"}.
 * @param planes Room for three rows of ${oneChannel ? "the plane" : "planes"}.
 * @param pitch  Bytes of a row of a plane: margins and what the last windows read.
 */
static void
${name}(const int8_t* input, int8_t* output, const POLICY_FLASH sliding_window* shape,
${indent}int8_t zero_point, const POLICY_FLASH uint32_t* stream, int8_t* planes, uint32_t pitch) {
    const uint32_t channels = shape->channels;
    const uint32_t row_bytes = channels * pitch;
    int32_t y = -(int32_t)shape->padding_top;
    filter_rows job = {{planes, planes, planes}, output, shape->output_width, shape->output_channels, ${oneChannel ? "0" : "pitch"}};
    fill_halves(planes, zero_point, 3 * row_bytes / 4);
    for (int32_t top = y; job.output != &output[shape->output_height * job.pixels * job.channels]; top += ${shape.stride}) {
        for (; y < top + 3; y++) {
            int8_t* row = &planes[(uint32_t)(y + 3) % 3 * row_bytes];
            if (y >= 0 && y < (int32_t)shape->height) {
                const int8_t* pixels = &input[(uint32_t)y * shape->width * channels];
                int8_t* inner = &row[2 * shape->padding_left];
                ${spread};
            } else {
                fill_halves(row, zero_point, row_bytes / 4);
            }
        }
        for (int32_t tap = 0; tap < 3; tap++) {
            job.rows[tap] = &planes[(uint32_t)(top + tap + 3) % 3 * row_bytes];
        }
        ${filter.name}(stream, &job);
        job.output += job.pixels * job.channels;
    }
}
`,
  };
}

/** At most so many of one call. @param pitch bytes of a row of a plane. */
export function filterImageInstructions(shape: FilterShape, { from, to, padding }: Sliding, pitch: number): number {
  const fill = (rows: number): number => 5 + (3 * rows * from.channels * pitch) / 4;
  const spread =
    from.channels === 1
      ? 6 + 9 * Math.floor(from.width / 4) + 4 * (from.width % 4)
      : 5 + (from.channels / 4) * (17 + 17 * Math.floor(from.width / 2) + 9 * (from.width % 2));
  const loaded = (to.height - 1) * shape.stride + 3;
  const outside = padding.top + Math.max(0, loaded - padding.top - from.height);
  const filter = filterInstructions(shape, to.width, to.channels) + 60;
  return 60 + fill(3) + outside * (fill(1) + 16) + (loaded - outside) * (spread + 30) + to.height * filter;
}
