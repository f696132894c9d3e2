/** @file
 * @brief Functions of each element by itself, four at a time; what lies between the last row and a buffer's end is computed, too.
 *
 *     x  R E     y  R E  (E elements)
 */
#include "engine.h"
#include "transcendental.h"
#include "vector.h"

#define SPLAT wasm_f32x4_splat

/** @brief Keeps a NaN in x. */
static v128_t
clamp(v128_t x, v128_t low, v128_t high) {
    return wasm_f32x4_pmin(wasm_f32x4_pmax(x, low), high);
}

static inline __attribute__((always_inline)) v128_t
value_of(struct elementwise function, v128_t x) {
    const v128_t low = SPLAT(function.low), high = SPLAT(function.high);
    switch (function.kind) {
        case CLAMP:
            return clamp(x, low, high);
        case LEAKY_RELU:
            return wasm_v128_bitselect(wasm_f32x4_mul(x, low), x, wasm_f32x4_lt(x, SPLAT(0)));
        case TANH:
            return tanh4(x);
        case LOGISTIC:
            return logistic4(x);
        default: { // HARD_SWISH: x relu6(x + 3) / 6
            const v128_t gate = clamp(wasm_f32x4_add(x, SPLAT(3)), SPLAT(0), SPLAT(6));
            return wasm_f32x4_mul(x, wasm_f32x4_mul(gate, SPLAT(1.0f / 6)));
        }
    }
}

/** @brief dx from dy, with y = value_of(x). */
static inline __attribute__((always_inline)) v128_t
slope_of(struct elementwise function, v128_t x, v128_t y, v128_t dy) {
    const v128_t low = SPLAT(function.low), high = SPLAT(function.high);
    switch (function.kind) {
        case CLAMP:
            return wasm_v128_and(dy, wasm_v128_and(wasm_f32x4_gt(y, low), wasm_f32x4_lt(y, high)));
        case LEAKY_RELU:
            return wasm_v128_bitselect(wasm_f32x4_mul(dy, low), dy, wasm_f32x4_le(x, SPLAT(0)));
        case TANH:
            return wasm_f32x4_mul(dy, wasm_f32x4_sub(SPLAT(1), wasm_f32x4_mul(y, y)));
        case LOGISTIC:
            return wasm_f32x4_mul(dy, wasm_f32x4_mul(y, wasm_f32x4_sub(SPLAT(1), y)));
        default: { // HARD_SWISH: 0 up to -3, 1 from 3 on, (2 x + 3) / 6 between
            const v128_t inner = wasm_f32x4_mul(wasm_f32x4_add(wasm_f32x4_add(x, x), SPLAT(3)), SPLAT(1.0f / 6));
            const v128_t upper = wasm_v128_bitselect(SPLAT(1), inner, wasm_f32x4_ge(x, SPLAT(3)));
            return wasm_f32x4_mul(dy, wasm_v128_bitselect(SPLAT(0), upper, wasm_f32x4_le(x, SPLAT(-3))));
        }
    }
}

/* Both loop over a copy of the operands, which no store can change: the switch moves out of the loop. */

void
elementwise_forward(const struct elementwise* operands, int32_t rows) {
    const struct elementwise function = *operands;
    for (int32_t i = 0; i < rows * function.elements; i += LANES) {
        wasm_v128_store(function.output.value + i, value_of(function, wasm_v128_load(function.input.value + i)));
    }
}

void
elementwise_backward(const struct elementwise* operands, int32_t rows) {
    const struct elementwise function = *operands;
    const int32_t in_place = function.input.gradient == function.output.gradient;
    for (int32_t i = 0; i < rows * function.elements; i += LANES) {
        const v128_t x = wasm_v128_load(function.input.value + i), y = wasm_v128_load(function.output.value + i);
        const v128_t dx = slope_of(function, x, y, wasm_v128_load(function.output.gradient + i));
        const v128_t before = in_place ? SPLAT(0) : wasm_v128_load(function.input.gradient + i);
        wasm_v128_store(function.input.gradient + i, wasm_f32x4_add(before, dx));
    }
}
