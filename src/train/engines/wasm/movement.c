/** @file
 * @brief Elements that go from one place to another: concatenation, split, strided slice and pad are copies, each between two
 * views of the same sizes; a mean adds up, since its output's stride is zero where it reduces.
 *
 *     from, to  R outer middle inner, each by strides of its own
 */
#include "engine.h"
#include "vector.h"

/** @brief Copies one run. */
static void
copy_run(float* to, int32_t to_stride, const float* from, int32_t from_stride, int32_t count) {
    if (to_stride == 1 && from_stride == 1) {
        copy(to, from, count);
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        to[i * to_stride] = from[i * from_stride];
    }
}

/** @brief Adds one run, times a factor. */
static void
add_run(float* to, int32_t to_stride, const float* from, int32_t from_stride, float factor, int32_t count) {
    if (to_stride == 1 && from_stride == 1) {
        add_scaled(to, from, factor, count);
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        to[i * to_stride] += from[i * from_stride] * factor;
    }
}

static int32_t
offset_of(const struct strides* strides, int32_t row, int32_t outer, int32_t middle) {
    return row * strides->row + outer * strides->outer + middle * strides->middle;
}

static void
copy_all(const struct movement* movement, int32_t rows) {
    const struct strides *from = &movement->from_strides, *to = &movement->to_strides;
    for (int32_t row = 0; row < rows; row++) {
        for (int32_t i = 0; i < movement->sizes.outer; i++) {
            for (int32_t j = 0; j < movement->sizes.middle; j++) {
                float* into = movement->to.value + offset_of(to, row, i, j);
                copy_run(into, to->inner, movement->from.value + offset_of(from, row, i, j), from->inner,
                         movement->sizes.inner);
            }
        }
    }
}

static void
add_all(const struct movement* movement, int32_t rows, float* into, const struct strides* to, const float* out_of,
        const struct strides* from, float factor) {
    for (int32_t row = 0; row < rows; row++) {
        for (int32_t i = 0; i < movement->sizes.outer; i++) {
            for (int32_t j = 0; j < movement->sizes.middle; j++) {
                const float* run = out_of + offset_of(from, row, i, j);
                add_run(into + offset_of(to, row, i, j), to->inner, run, from->inner, factor, movement->sizes.inner);
            }
        }
    }
}

void
movement_forward(const struct movement* movement, int32_t rows) {
    if (movement->kind == COPY) {
        copy_all(movement, rows);
        return;
    }
    fill(movement->to.value, 0.0f, rows * movement->to_strides.row);
    add_all(movement, rows, movement->to.value, &movement->to_strides, movement->from.value, &movement->from_strides,
            movement->scale);
}

void
movement_backward(const struct movement* movement, int32_t rows) {
    add_all(movement, rows, movement->from.gradient, &movement->from_strides, movement->to.gradient,
            &movement->to_strides, movement->scale);
}
