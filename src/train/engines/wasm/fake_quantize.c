/** @file
 * @brief Floats that take only the values which int8 will have, so that training gets used to them; gradients pass straight through
 * where nothing was cut off (Bengio et al. 2013).
 */
#include "engine.h"
#include "vector.h"

/** @brief The levels of four numbers, before they are cut off: x / scale rounded half away from zero, as TFLite's QUANTIZE. */
static v128_t
level_of(v128_t x, v128_t scale, v128_t zero_point) {
    const v128_t quotient = wasm_f32x4_div(x, scale);
    const v128_t whole = wasm_f32x4_trunc(quotient);
    const v128_t rest = wasm_f32x4_abs(wasm_f32x4_sub(quotient, whole));
    const v128_t away = wasm_v128_and(wasm_f32x4_ge(rest, wasm_f32x4_splat(0.5f)), wasm_f32x4_splat(1));
    const v128_t sign = wasm_v128_and(x, wasm_f32x4_splat(-0.0f));
    return wasm_f32x4_add(wasm_f32x4_add(whole, wasm_v128_or(away, sign)), zero_point);
}

void
fake_quantize_forward(const struct fake_quantize* levels, int32_t rows) {
    const v128_t scale = wasm_f32x4_splat(levels->scale), zero_point = wasm_f32x4_splat(levels->zero_point);
    const v128_t low = wasm_f32x4_splat(-128), high = wasm_f32x4_splat(127);
    for (int32_t i = 0; i < (levels->constant ? 1 : rows) * levels->elements; i += LANES) {
        const v128_t level = level_of(wasm_v128_load(levels->input.value + i), scale, zero_point);
        const v128_t cut = wasm_f32x4_pmin(wasm_f32x4_pmax(level, low), high);
        wasm_v128_store(levels->output.value + i, wasm_f32x4_mul(wasm_f32x4_sub(cut, zero_point), scale));
    }
}

void
fake_quantize_backward(const struct fake_quantize* levels, int32_t rows) {
    const v128_t scale = wasm_f32x4_splat(levels->scale), zero_point = wasm_f32x4_splat(levels->zero_point);
    const v128_t low = wasm_f32x4_splat(-128), high = wasm_f32x4_splat(127);
    for (int32_t i = 0; i < (levels->constant ? 1 : rows) * levels->elements; i += LANES) {
        const v128_t level = level_of(wasm_v128_load(levels->input.value + i), scale, zero_point);
        const v128_t inside = wasm_v128_and(wasm_f32x4_ge(level, low), wasm_f32x4_le(level, high));
        const v128_t slope = wasm_v128_and(wasm_v128_load(levels->output.gradient + i), inside);
        wasm_v128_store(levels->input.gradient + i, wasm_f32x4_add(wasm_v128_load(levels->input.gradient + i), slope));
    }
}

/** @brief C's round() of a quotient. */
static float
round_half_away(double quotient) {
    const double magnitude = __builtin_floor(__builtin_fabs(quotient) + 0.5);
    return (float)(quotient < 0 ? -magnitude : magnitude);
}

/** Symmetric: the largest weight of a channel becomes 127; a channel of zeros has a scale of one. Nothing is cut off, so the
 * quantized weights share the gradient of the others. */
void
fake_quantize_weights_forward(const struct fake_quantize_weights* levels) {
    const int32_t inner = levels->inner, stride = levels->channels * inner;
    for (int32_t channel = 0; channel < levels->channels; channel++) {
        const float* weights = levels->weights.value + channel * inner;
        float* quantized = levels->quantized + channel * inner;
        float largest = 0;
        for (int32_t i = 0; i < levels->outer; i++) {
            for (int32_t j = 0; j < inner; j++) {
                const float size = __builtin_fabsf(weights[i * stride + j]);
                largest = size > largest ? size : largest;
            }
        }
        const float scale = largest == 0 ? 1 : largest / 127;
        for (int32_t i = 0; i < levels->outer; i++) {
            for (int32_t j = 0; j < inner; j++) {
                quantized[i * stride + j] = round_half_away((double)weights[i * stride + j] / (double)scale) * scale;
            }
        }
    }
}
