/** @file
 * @brief Adam (Kingma & Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2), four parameters at a
 * time. What pads the parameters to whole vectors has no gradient and stays zero.
 */
#include "engine.h"
#include "vector.h"

#define SPLAT wasm_f32x4_splat

#define MEAN_DECAY   0.9f
#define SQUARE_DECAY 0.999f
/** Added to the root of the mean square, against division by zero. */
#define EPSILON 1e-8f
/** The smallest normal number. */
#define TINY 1.17549435e-38f

/** @brief Zero instead of a subnormal number: multiplied by a decay it would stay one for ever, at a hundred cycles a time. */
static v128_t
normal(v128_t x) {
    return wasm_v128_andnot(x, wasm_f32x4_lt(wasm_f32x4_abs(x), SPLAT(TINY)));
}

void
adam_step(const struct parameters* parameters, float learning_rate, float weight_decay, float mean_correction,
          float square_correction) {
    for (int32_t i = 0; i < parameters->count; i += LANES) {
        const v128_t gradient = wasm_v128_load(parameters->gradients + i);
        const v128_t value = wasm_v128_load(parameters->values + i);
        const v128_t kept_mean = wasm_f32x4_mul(SPLAT(MEAN_DECAY), wasm_v128_load(parameters->means + i));
        const v128_t kept_square = wasm_f32x4_mul(SPLAT(SQUARE_DECAY), wasm_v128_load(parameters->squares + i));
        const v128_t mean = normal(wasm_f32x4_add(kept_mean, wasm_f32x4_mul(SPLAT(1 - MEAN_DECAY), gradient)));
        const v128_t new_square = wasm_f32x4_mul(SPLAT(1 - SQUARE_DECAY), wasm_f32x4_mul(gradient, gradient));
        const v128_t square = normal(wasm_f32x4_add(kept_square, new_square));
        const v128_t root = wasm_f32x4_sqrt(wasm_f32x4_mul(square, SPLAT(square_correction)));
        const v128_t direction =
            wasm_f32x4_div(wasm_f32x4_mul(mean, SPLAT(mean_correction)), wasm_f32x4_add(root, SPLAT(EPSILON)));
        const v128_t decay = wasm_f32x4_mul(value, SPLAT(i < parameters->decaying ? weight_decay : 0));
        const v128_t move = wasm_f32x4_mul(SPLAT(learning_rate), wasm_f32x4_add(direction, decay));
        wasm_v128_store(parameters->means + i, mean);
        wasm_v128_store(parameters->squares + i, square);
        wasm_v128_store(parameters->values + i, wasm_f32x4_sub(value, move));
    }
}
