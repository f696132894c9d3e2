/** @file
 * @brief Runs of numbers: what several kernels do with them. No libc: copying a few floats must not become a call of memcpy.
 */
#ifndef VECTOR_H
#define VECTOR_H

#include <stdint.h>
#include <wasm_simd128.h>

#define LANES 4

static inline void
fill(float* to, float value, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        to[i] = value;
    }
}

static inline void
copy(float* restrict to, const float* restrict from, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        to[i] = from[i];
    }
}

/** @brief to += from. */
static inline void
add(float* restrict to, const float* restrict from, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        to[i] += from[i];
    }
}

/** @brief to += from * factor. */
static inline void
add_scaled(float* restrict to, const float* restrict from, float factor, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        to[i] += from[i] * factor;
    }
}

/** @brief to += left * right, element by element. */
static inline void
add_product(float* restrict to, const float* restrict left, const float* restrict right, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        to[i] += left[i] * right[i];
    }
}

/** @brief to[columns] += the sum of all rows of from[rows][columns]. */
static inline void
add_rows(float* restrict to, const float* restrict from, int32_t rows, int32_t columns) {
    for (int32_t row = 0; row < rows; row++) {
        add(to, from + row * columns, columns);
    }
}

#endif
