// Depthwise convolutions eight channels at a time, tap by tap, in Helium, WebAssembly's simd128 and portable C. A product of a
// weight and an element less its zero point fits int16, so only their sums are widened.

import type { DepthwiseStep } from "../../../artifacts/integer-program.ts";
import { depthwiseConvolution as plainDepthwiseConvolution } from "../operators/depthwise-convolution.ts";
import { loops, numberField, place, plainStep } from "../operators/plain-step.ts";
import { imagePlaces, SLIDING_WINDOW, slidingWindow, TAP_RANGE } from "../operators/sliding-window.ts";
import type { Kernel, PrintedStep } from "../printed-step.ts";
import { FOUR_SUMS, REQUANTIZE_FOUR, WINDOWS_STACK_BYTES } from "./four-sums.ts";
import { BLOCK_CHANNELS, channelBlocks, lawsField, packChannels, packLaws, rangeField, weightsField } from "./tables.ts";

const EIGHT_CHANNELS: Kernel = {
  name: "eight_sums",
  needs: [FOUR_SUMS],
  text: `/** Sums of eight channels. */
typedef struct {
    four_sums even, odd;
} eight_sums;

/** Some taps of a window: from one row, or column, of them to the next in the image and in the weights. */
typedef struct {
    size_t rows, columns;
    size_t next_row, next_column, next_weights;
} window_taps;

/** @brief bias + sum over the taps of weight * (element - zero point), for eight channels. laws: twelve numbers each for the even and the
 * odd ones, of which the first four are biases. */
static inline eight_sums
sum_eight_channels(const int8_t* pixel, window_taps taps, int8_t zero_point, const POLICY_FLASH int32_t* laws,
                   const POLICY_FLASH int8_t* weights) {
#if defined(__ARM_FEATURE_MVE)
    eight_sums sums = {vldrwq_s32(laws), vldrwq_s32(&laws[12])};
#elif defined(__wasm_simd128__)
    eight_sums sums = {wasm_v128_load(laws), wasm_v128_load(&laws[12])};
    const v128_t zero_points = wasm_i16x8_splat(zero_point);
#else
    eight_sums sums = {{{laws[0], laws[1], laws[2], laws[3]}}, {{laws[12], laws[13], laws[14], laws[15]}}};
#endif
    for (size_t row = taps.rows; row > 0; row--) {
        const int8_t* elements = pixel;
        const POLICY_FLASH int8_t* tap = weights;
        for (size_t column = taps.columns; column > 0; column--) {
#if defined(__ARM_FEATURE_MVE)
            const int16x8_t products = vmulq_s16(vsubq_n_s16(vldrbq_s16(elements), zero_point), vldrbq_s16(tap));
            sums.even = vaddq_s32(sums.even, vmovlbq_s16(products));
            sums.odd = vaddq_s32(sums.odd, vmovltq_s16(products));
#elif defined(__wasm_simd128__)
            const v128_t differences = wasm_i16x8_sub(wasm_i16x8_load8x8(elements), zero_points);
            const v128_t products = wasm_i16x8_mul(differences, wasm_i16x8_load8x8(tap));
            sums.even = wasm_i32x4_add(sums.even, wasm_i32x4_shr(wasm_i32x4_shl(products, 16), 16));
            sums.odd = wasm_i32x4_add(sums.odd, wasm_i32x4_shr(products, 16));
#else
            for (size_t i = 0; i < 4; i++) {
                sums.even.rows[i] += tap[2 * i] * (elements[2 * i] - zero_point);
                sums.odd.rows[i] += tap[2 * i + 1] * (elements[2 * i + 1] - zero_point);
            }
#endif
            elements += taps.next_column;
            tap += 8;
        }
        pixel += taps.next_row;
        weights += taps.next_weights;
    }
    return sums;
}

/** @brief Stores eight values of int8, which alternate between the two. */
static inline void
store_eight(eight_sums values, int8_t* output) {
#if defined(__ARM_FEATURE_MVE)
    vstrbq_s16(output, vmovntq_s32(vreinterpretq_s16_s32(values.even), values.odd));
#elif defined(__wasm_simd128__)
    const v128_t low = wasm_v128_and(values.even, wasm_i32x4_const_splat(0xFFFF));
    const v128_t halves = wasm_v128_or(low, wasm_i32x4_shl(values.odd, 16));
    wasm_v128_store64_lane(output, wasm_i8x16_narrow_i16x8(halves, halves), 0);
#else
    for (size_t i = 0; i < 4; i++) {
        output[2 * i] = (int8_t)values.even.rows[i];
        output[2 * i + 1] = (int8_t)values.odd.rows[i];
    }
#endif
}
`,
};

const DEPTHWISE_BY_EIGHT: Kernel = {
  name: "depthwise_by_eight",
  needs: [EIGHT_CHANNELS, REQUANTIZE_FOUR, SLIDING_WINDOW, TAP_RANGE],
  text: `/**
 * @brief Each channel's windows times that channel's weights, which lie together for eight channels, tap by tap.
 *
 * There are at least eight channels; the last block of eight overlaps the one before it when they do not come out even.
 */
static void
depthwise_by_eight(const int8_t* input, int8_t* output, const POLICY_FLASH sliding_window* shape, int8_t zero_point,
                   const POLICY_FLASH output_range* range, const POLICY_FLASH int32_t* laws,
                   const POLICY_FLASH int8_t* weights) {
    const output_range to = *range;
    const size_t channels = shape->channels;
    const size_t block_weights = (size_t)shape->kernel_height * shape->kernel_width * 8;
    window_taps taps;
    taps.next_column = shape->dilation_width * channels;
    taps.next_row = (size_t)shape->dilation_height * shape->width * channels;
    taps.next_weights = (size_t)shape->kernel_width * 8;
    for (size_t y = 0; y < shape->output_height; y++) {
        const ptrdiff_t top = (ptrdiff_t)(y * shape->stride_height) - (ptrdiff_t)shape->padding_top;
        const tap_range rows = taps_inside(top, shape->kernel_height, shape->dilation_height, shape->height);
        const size_t first_y = (size_t)(top + (ptrdiff_t)(rows.first * shape->dilation_height));
        taps.rows = rows.end - rows.first;
        for (size_t x = 0; x < shape->output_width; x++) {
            const ptrdiff_t left = (ptrdiff_t)(x * shape->stride_width) - (ptrdiff_t)shape->padding_left;
            const tap_range columns = taps_inside(left, shape->kernel_width, shape->dilation_width, shape->width);
            const size_t first_x = (size_t)(left + (ptrdiff_t)(columns.first * shape->dilation_width));
            const int8_t* pixel = &input[(first_y * shape->width + first_x) * channels];
            const POLICY_FLASH int8_t* block = &weights[(rows.first * shape->kernel_width + columns.first) * 8];
            const POLICY_FLASH int32_t* law = laws;
            taps.columns = columns.end - columns.first;
            for (size_t done = 0; done < channels; done += 8) {
                const size_t channel = channels - done < 8 ? channels - 8 : done;
                eight_sums sums = sum_eight_channels(&pixel[channel], taps, zero_point, law, block);
                sums.even = requantize_four(sums.even, law, to);
                sums.odd = requantize_four(sums.odd, &law[12], to);
                store_eight(sums, &output[channel]);
                block += block_weights;
                law += 24;
            }
            output += channels;
        }
    }
}
`,
};

/** The order of a block's channels in the table of laws. */
const EVEN_THEN_ODD = [0, 2, 4, 6, 1, 3, 5, 7];

/** Null for fewer than eight channels, and for several outputs of one channel. */
export function depthwiseConvolution(step: DepthwiseStep): PrintedStep | null {
  const { batches, from, to, kernel, multiplier } = step;
  if (multiplier > 1 || from.channels < BLOCK_CHANNELS) return null;
  const { fromImage, toImage } = imagePlaces(step);
  const rows = channelBlocks(to.channels).flatMap((first) => EVEN_THEN_ODD.map((index) => first + index));
  const shapeText = `${to.channels} channels, by eight, x ${kernel.height} x ${kernel.width} taps.`;
  return plainStep({
    description: plainDepthwiseConvolution(step).description,
    kernels: [DEPTHWISE_BY_EIGHT],
    fields: [
      rangeField(step.requantization),
      lawsField(packLaws(step.bias, step.requantization, rows)),
      weightsField(packChannels(step.weights, to.channels), BLOCK_CHANNELS, shapeText),
      numberField("input_zero_point", "int8_t", step.inputZeroPoint, "Taken from each element of the input."),
    ],
    shapes: [slidingWindow(step)],
    stackBytes: WINDOWS_STACK_BYTES,
    call: ({ buffer, field, shape }) =>
      loops([batches], ([batch = ""]) => {
        const [source, target] = [place(buffer(step.input), 0, [[batch, fromImage]]), place(buffer(step.output), 0, [[batch, toImage]])];
        return [
          `depthwise_by_eight(${source}, ${target}, &${shape("window")}, ${field("input_zero_point")}, &${field("range")}, ${field("laws")}, ${field("weights")});`,
        ];
      }),
  });
}
