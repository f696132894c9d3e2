// Four int32 sums at once, as C text: what holds them, and how they become int8 bit for bit as TensorFlow Lite Micro's reference
// kernels do it (tensorflow/lite/kernels/internal/common.h, gemmlowp fixedpoint/fixedpoint.h), with any multiplier.

import type { Kernel } from "../printed-step.ts";

/** Most stack that policy_infer needs with a kernel that saves 9 registers and 8 of vectors and calls none: measured on Cortex-M55
 * at -O2, and a margin. */
export const ROWS_STACK_BYTES = 288;
/** The same with a kernel that calls another, or keeps vectors in memory. */
export const WINDOWS_STACK_BYTES = 480;

export const FOUR_SUMS: Kernel = {
  name: "four_sums",
  needs: [],
  text: `/* Sums of four rows: in a register of Helium or of WebAssembly's simd128, elsewhere in an array. */
#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
typedef int32x4_t four_sums;
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
typedef v128_t four_sums;
#else
typedef struct {
    int32_t rows[4];
} four_sums;
#endif

/** Zero point and range of a layer's output. */
typedef struct {
    int8_t zero_point, minimum, maximum;
} output_range;
`,
};

/**
 * With high(a, b) = (a * b + 2^30) >> 31, gemmlowp's SaturatingRoundingDoublingHighMul and Helium's VQRDMULH: the first rounding is
 * high(sum, multiplier), the second, a right shift by e with ties away from zero, is high(x - (x < 0), 2^(31 - e)). Rows that shift
 * left instead have a negative second factor: -2^shift, by which the sum is multiplied before; their second rounding is by
 * INT32_MAX, which leaves all values of up to 2^30 as they are, and larger ones far beyond int8.
 */
export const REQUANTIZE_FOUR: Kernel = {
  name: "requantize_four",
  needs: [FOUR_SUMS],
  text: `/* value * multiplier / 2^31, to the nearest, ties up. */
#if defined(__wasm_simd128__)
static inline v128_t
multiply_high_four(v128_t values, v128_t multipliers) {
    const v128_t half = wasm_i64x2_const_splat(INT64_C(1) << 30);
    const v128_t low = wasm_i64x2_add(wasm_i64x2_extmul_low_i32x4(values, multipliers), half);
    const v128_t high = wasm_i64x2_add(wasm_i64x2_extmul_high_i32x4(values, multipliers), half);
    return wasm_i32x4_shuffle(wasm_i64x2_shl(low, 1), wasm_i64x2_shl(high, 1), 1, 3, 5, 7);
}
#elif !defined(__ARM_FEATURE_MVE)
static inline int32_t
multiply_high_one(int32_t value, int32_t multiplier) {
    return (int32_t)(((int64_t)value * multiplier + (INT64_C(1) << 30)) >> 31);
}
#endif

/**
 * @brief Four sums in the output's scale, zero point and range: TensorFlow Lite's MultiplyByQuantizedMultiplier.
 *
 * laws: biases, which the sums have already, multipliers, second factors. Such a factor is 2^(31 - e) when the second rounding is
 * a right shift by e, and -2^s when a left shift by s comes before everything instead.
 */
static inline four_sums
requantize_four(four_sums sums, const POLICY_FLASH int32_t* laws, output_range range) {
#if defined(__ARM_FEATURE_MVE)
    const int32x4_t factors = vldrwq_s32(&laws[8]);
    const int32x4_t shifted = vmulq_s32(sums, vmaxq_s32(vnegq_s32(factors), vdupq_n_s32(1)));
    const int32x4_t high = vqrdmulhq_s32(shifted, vldrwq_s32(&laws[4]));
    const int32x4_t away = vaddq_s32(high, vshrq_n_s32(vbicq_s32(high, factors), 31));
    const uint32x4_t second = vminq_u32(vreinterpretq_u32_s32(factors), vdupq_n_u32(INT32_MAX));
    const int32x4_t scaled = vqaddq_n_s32(vqrdmulhq_s32(away, vreinterpretq_s32_u32(second)), range.zero_point);
    return vminq_s32(vmaxq_s32(scaled, vdupq_n_s32(range.minimum)), vdupq_n_s32(range.maximum));
#elif defined(__wasm_simd128__)
    const v128_t factors = wasm_v128_load(&laws[8]);
    const v128_t shifted = wasm_i32x4_mul(sums, wasm_i32x4_max(wasm_i32x4_neg(factors), wasm_i32x4_const_splat(1)));
    const v128_t high = multiply_high_four(shifted, wasm_v128_load(&laws[4]));
    const v128_t away = wasm_i32x4_add(high, wasm_i32x4_shr(wasm_v128_andnot(high, factors), 31));
    const v128_t scaled = multiply_high_four(away, wasm_u32x4_min(factors, wasm_i32x4_const_splat(INT32_MAX)));
    const v128_t least = wasm_i32x4_splat(range.minimum - range.zero_point);
    const v128_t most = wasm_i32x4_splat(range.maximum - range.zero_point);
    return wasm_i32x4_add(wasm_i32x4_max(wasm_i32x4_min(scaled, most), least), wasm_i32x4_splat(range.zero_point));
#else
    for (size_t row = 0; row < 4; row++) {
        const int32_t factor = laws[8 + row];
        int32_t scaled = multiply_high_one(sums.rows[row] * (factor < 0 ? -factor : 1), laws[4 + row]);
        if (factor > 0) {
            scaled = multiply_high_one(scaled - (scaled < 0 ? 1 : 0), factor);
        }
        scaled += range.zero_point;
        sums.rows[row] = scaled < range.minimum ? range.minimum : scaled > range.maximum ? range.maximum : scaled;
    }
    return sums;
#endif
}
`,
};

export const STORE_FOUR: Kernel = {
  name: "store_four",
  needs: [FOUR_SUMS],
  text: `/** @brief Stores four values of int8. */
static inline void
store_four(four_sums values, int8_t* output) {
#if defined(__ARM_FEATURE_MVE)
    vstrbq_s32(output, values);
#elif defined(__wasm_simd128__)
    const v128_t halves = wasm_i16x8_narrow_i32x4(values, values);
    wasm_v128_store32_lane(output, wasm_i8x16_narrow_i16x8(halves, halves), 0);
#else
    for (size_t row = 0; row < 4; row++) {
        output[row] = (int8_t)values.rows[row];
    }
#endif
}

/** @brief Stores the first one to four of them. */
static inline void
store_some(four_sums values, int8_t* output, size_t count) {
#if defined(__ARM_FEATURE_MVE)
    vstrbq_p_s32(output, values, vctp32q(count));
#else
    int32_t rows[4];
#if defined(__wasm_simd128__)
    wasm_v128_store(rows, values);
#else
    for (size_t row = 0; row < 4; row++) {
        rows[row] = values.rows[row];
    }
#endif
    for (size_t row = 0; row < count; row++) {
        output[row] = (int8_t)rows[row];
    }
#endif
}
`,
};
