/** @file
 * @brief Exponentials by reduction to |r| <= ln(2) / 2 and Taylor's series (Cody & Waite 1980, chapter 6); tanh near zero by Lambert's
 * continued fraction. A NaN goes in and comes out.
 */
#include "transcendental.h"

#include <stdint.h>

#define SPLAT wasm_f32x4_splat

/** ln 2 in two parts: a multiple of the first, up to 2^9 times, is exact. */
#define LN2_HIGH 0.693359375f
#define LN2_LOW  -2.12194440054690583e-4f
/** Beyond these, e^x is infinite or rounds to zero. */
#define HIGHEST 89.0f
#define LOWEST  -104.0f

/** @brief 2^n of four whole numbers within -126..127. */
static inline v128_t
power_of_two(v128_t n) {
    return wasm_i32x4_shl(wasm_i32x4_add(n, wasm_i32x4_splat(127)), 23);
}

static inline v128_t
multiply_add(v128_t factor, v128_t other, float addend) {
    return wasm_f32x4_add(wasm_f32x4_mul(factor, other), SPLAT(addend));
}

static inline v128_t
exponential_inline(v128_t x) {
    x = wasm_f32x4_max(wasm_f32x4_min(x, SPLAT(HIGHEST)), SPLAT(LOWEST));
    const v128_t n = wasm_f32x4_nearest(wasm_f32x4_mul(x, SPLAT(1.44269504088896341f)));
    v128_t r = wasm_f32x4_sub(x, wasm_f32x4_mul(n, SPLAT(LN2_HIGH)));
    r = wasm_f32x4_sub(r, wasm_f32x4_mul(n, SPLAT(LN2_LOW)));
    v128_t sum = SPLAT(1.0f / 5040);
    sum = multiply_add(sum, r, 1.0f / 720);
    sum = multiply_add(sum, r, 1.0f / 120);
    sum = multiply_add(sum, r, 1.0f / 24);
    sum = multiply_add(sum, r, 1.0f / 6);
    sum = multiply_add(sum, r, 0.5f);
    sum = multiply_add(sum, r, 1.0f);
    sum = multiply_add(sum, r, 1.0f);
    // In two halves: 2^n itself may be too large or too small for a float that its product is not.
    const v128_t whole = wasm_i32x4_trunc_sat_f32x4(n);
    const v128_t half = wasm_i32x4_shr(whole, 1);
    return wasm_f32x4_mul(wasm_f32x4_mul(sum, power_of_two(half)), power_of_two(wasm_i32x4_sub(whole, half)));
}

v128_t
exponential4(v128_t x) {
    return exponential_inline(x);
}

v128_t
tanh4(v128_t x) {
    // 1 - 2 / (e^2|x| + 1), with x's sign.
    const v128_t size = wasm_f32x4_abs(x);
    const v128_t power = exponential_inline(wasm_f32x4_add(size, size));
    const v128_t far = wasm_f32x4_sub(SPLAT(1), wasm_f32x4_div(SPLAT(2), wasm_f32x4_add(power, SPLAT(1))));
    const v128_t sign = wasm_f32x4_splat(-0.0f);
    const v128_t signed_far = wasm_v128_or(wasm_v128_and(x, sign), far);
    // x / (1 + z / (3 + z / (5 + z / (7 + z / 9)))), z = x^2, multiplied out: there, the difference above would cancel.
    const v128_t z = wasm_f32x4_mul(x, x);
    const v128_t above = multiply_add(wasm_f32x4_add(z, SPLAT(105)), z, 945.0f);
    const v128_t below = multiply_add(multiply_add(z, SPLAT(15), 420.0f), z, 945.0f);
    const v128_t near = wasm_f32x4_mul(x, wasm_f32x4_div(above, below));
    return wasm_v128_bitselect(near, signed_far, wasm_f32x4_lt(size, SPLAT(0.55f)));
}

v128_t
logistic4(v128_t x) {
    return wasm_f32x4_div(SPLAT(1), wasm_f32x4_add(SPLAT(1), exponential_inline(wasm_f32x4_neg(x))));
}

float
exponential(float x) {
    return wasm_f32x4_extract_lane(exponential_inline(SPLAT(x)), 0);
}

double
logarithm(double x) {
    union {
        double number;
        uint64_t bits;
    } parts = {x};
    if (!(x < __builtin_inf())) {
        return x;
    }
    double exponent = (double)((int32_t)(parts.bits >> 52) - 1023);
    parts.bits = (parts.bits & 0xFFFFFFFFFFFFFu) | 0x3FF0000000000000u;
    if (parts.number > 1.4142135623730951) {
        parts.number /= 2;
        exponent += 1;
    }
    // ln m = 2 artanh s, s = (m - 1) / (m + 1).
    const double s = (parts.number - 1) / (parts.number + 1), square = s * s;
    double sum = 0;
    for (int32_t odd = 21; odd > 0; odd -= 2) {
        sum = sum * square + 1.0 / odd;
    }
    return exponent * 0.6931471805599453 + 2 * s * sum;
}
