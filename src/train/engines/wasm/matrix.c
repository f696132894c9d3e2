/** @file
 * @brief c = start + a b in tiles of 4 rows x 8 columns that stay in registers.
 *
 *     a  M x K     b  K x N     c  M x N
 *
 * Blocks of a and b are packed first, whatever their strides were: 4 rows of a side by side, 8 columns of b side by side, one k after
 * another. Then each 4 numbers of a and 8 of b make 32 multiply-accumulates. 8 sums and what feeds them fit the 16 registers of x64; a
 * larger tile does not. (The scheme is that of Goto & van de Geijn 2008, "Anatomy of High-Performance Matrix Multiplication".)
 */
#include "matrix.h"

#include <stddef.h>
#include <wasm_simd128.h>

#define LANES        4
#define TILE_ROWS    4
#define TILE_COLUMNS 8
#define MOST_VECTORS (TILE_COLUMNS / LANES)

/** A block of a takes 32 KB, one of b 128 KB, of which one panel of 8 KB is in use at a time: they fit the caches of any computer. */
#define BLOCK_DEPTH   256
#define BLOCK_ROWS    32
#define BLOCK_COLUMNS 128

#define MINIMUM(a, b) ((a) < (b) ? (a) : (b))

static v128_t block_of_a[BLOCK_ROWS * BLOCK_DEPTH / LANES];
static v128_t block_of_b[BLOCK_COLUMNS * BLOCK_DEPTH / LANES];

/** @brief Four numbers of each of four lines, the numbers of one k side by side. */
static inline __attribute__((always_inline)) void
pack_4x4(const int32_t group, const float* from, int32_t line, float* to) {
    const v128_t line0 = wasm_v128_load(from);
    const v128_t line1 = wasm_v128_load(from + line);
    const v128_t line2 = wasm_v128_load(from + 2 * line);
    const v128_t line3 = wasm_v128_load(from + 3 * line);
    const v128_t low01 = wasm_i32x4_shuffle(line0, line1, 0, 4, 1, 5);
    const v128_t low23 = wasm_i32x4_shuffle(line2, line3, 0, 4, 1, 5);
    const v128_t high01 = wasm_i32x4_shuffle(line0, line1, 2, 6, 3, 7);
    const v128_t high23 = wasm_i32x4_shuffle(line2, line3, 2, 6, 3, 7);
    wasm_v128_store(to, wasm_i64x2_shuffle(low01, low23, 0, 2));
    wasm_v128_store(to + group, wasm_i64x2_shuffle(low01, low23, 1, 3));
    wasm_v128_store(to + 2 * group, wasm_i64x2_shuffle(high01, high23, 0, 2));
    wasm_v128_store(to + 3 * group, wasm_i64x2_shuffle(high01, high23, 1, 3));
}

/** @brief Packs lines (rows of a, columns of b) in groups: for each group depth x group numbers, zero where there is no line.
 * @param line, along Steps from one line to the next, and from one k to the next. */
static inline __attribute__((always_inline)) void
pack(const int32_t group, int32_t lines, int32_t depth, const float* from, int32_t line, int32_t along, float* to) {
    for (; lines > 0; lines -= group, from += group * line, to += depth * group) {
        int32_t k = 0;
        if (lines >= group && line == 1) {
            for (; k < depth; k++) {
#pragma unroll
                for (int32_t i = 0; i < group; i += LANES) {
                    wasm_v128_store(to + k * group + i, wasm_v128_load(from + k * along + i));
                }
            }
        } else if (lines >= group && along == 1) {
            for (; k + LANES <= depth; k += LANES) {
#pragma unroll
                for (int32_t i = 0; i < group; i += LANES) {
                    pack_4x4(group, from + i * line + k, line, to + k * group + i);
                }
            }
        }
        for (; k < depth; k++) {
            for (int32_t i = 0; i < group; i++) {
                to[k * group + i] = i < lines ? from[i * line + k * along] : 0.0f;
            }
        }
    }
}

/** @brief sum += a b. Not unrolled over k: V8 does that itself, and would spill sums if there were more to reorder. */
static inline __attribute__((always_inline)) void
add_products(const int32_t vectors, int32_t depth, const float* a, const float* b,
             v128_t sum[TILE_ROWS][MOST_VECTORS]) {
#pragma clang loop unroll(disable)
    for (int32_t k = 0; k < depth; k++, a += TILE_ROWS, b += vectors * LANES) {
#pragma unroll
        for (int32_t r = 0; r < TILE_ROWS; r++) {
            const v128_t number = wasm_v128_load32_splat(a + r);
#pragma unroll
            for (int32_t v = 0; v < vectors; v++) {
                sum[r][v] = wasm_f32x4_add(sum[r][v], wasm_f32x4_mul(number, wasm_v128_load(b + v * LANES)));
            }
        }
    }
}

/** @brief One tile of c, of which `rows` x `columns` are there; a and b packed. */
static inline __attribute__((always_inline)) void
multiply_tile(const int32_t vectors, int32_t depth, const float* a, const float* b, int32_t rows, int32_t columns,
              struct start start, float* c, int32_t c_row) {
    v128_t sum[TILE_ROWS][MOST_VECTORS];
    const int32_t whole = rows >= TILE_ROWS && columns >= vectors * LANES;
#pragma unroll
    for (int32_t r = 0; r < TILE_ROWS; r++) {
#pragma unroll
        for (int32_t v = 0; v < vectors; v++) {
            const int32_t begun = whole && start.data != NULL;
            sum[r][v] = begun ? wasm_v128_load(start.data + r * start.row + v * LANES) : wasm_f32x4_const_splat(0);
        }
    }
    add_products(vectors, depth, a, b, sum);
    if (whole) {
#pragma unroll
        for (int32_t r = 0; r < TILE_ROWS; r++) {
#pragma unroll
            for (int32_t v = 0; v < vectors; v++) {
                wasm_v128_store(c + r * c_row + v * LANES, sum[r][v]);
            }
        }
        return;
    }
    float products[TILE_ROWS * TILE_COLUMNS];
#pragma unroll
    for (int32_t i = 0; i < TILE_ROWS * vectors; i++) {
        wasm_v128_store(products + i * LANES, sum[i / vectors][i % vectors]);
    }
    for (int32_t r = 0; r < MINIMUM(rows, TILE_ROWS); r++) {
        for (int32_t j = 0; j < MINIMUM(columns, vectors * LANES); j++) {
            const float begun = start.data == NULL ? 0.0f : start.data[r * start.row + j];
            c[r * c_row + j] = begun + products[r * vectors * LANES + j];
        }
    }
}

/** @brief All rows of the block of a with one panel of the block of b. */
static inline __attribute__((always_inline)) void
multiply_panel(const int32_t vectors, int32_t depth, const float* b, int32_t rows, int32_t columns, struct start start,
               float* c, int32_t c_row) {
    const float* a = (const float*)block_of_a;
    for (int32_t i = 0; i < rows; i += TILE_ROWS) {
        const struct start begun = {start.data == NULL ? NULL : start.data + i * start.row, start.row};
        multiply_tile(vectors, depth, a + i * depth, b, rows - i, columns, begun, c + i * c_row, c_row);
    }
}

/** @brief The packed blocks with each other. */
static void
multiply_blocks(int32_t depth, int32_t rows, int32_t columns, struct start start, float* c, int32_t c_row) {
    for (int32_t j = 0; j < columns; j += TILE_COLUMNS) {
        const float* b = (const float*)block_of_b + j * depth;
        const struct start begun = {start.data == NULL ? NULL : start.data + j, start.row};
        if (columns - j > LANES) {
            multiply_panel(2, depth, b, rows, columns - j, begun, c + j, c_row);
        } else {
            multiply_panel(1, depth, b, rows, columns - j, begun, c + j, c_row);
        }
    }
}

/** @brief In panels of 8 columns; of 4, if no more are left. */
static void
pack_b(int32_t columns, int32_t depth, const float* b, int32_t row, int32_t column) {
    const int32_t rest = columns % TILE_COLUMNS, narrow = rest <= LANES ? rest : 0, wide = columns - narrow;
    float* to = (float*)block_of_b;
    pack(TILE_COLUMNS, wide, depth, b, column, row, to);
    pack(LANES, narrow, depth, b + wide * column, column, row, to + wide * depth);
}

void
multiply(int32_t m, int32_t n, int32_t k, struct matrix a, struct matrix b, struct start start, float* c,
         int32_t c_row) {
    for (int32_t first = 0; first < k; first += BLOCK_DEPTH) {
        const int32_t depth = MINIMUM(k - first, BLOCK_DEPTH);
        for (int32_t j = 0; j < n; j += BLOCK_COLUMNS) {
            const int32_t columns = MINIMUM(n - j, BLOCK_COLUMNS);
            pack_b(columns, depth, b.data + first * b.row + j * b.column, b.row, b.column);
            for (int32_t i = 0; i < m; i += BLOCK_ROWS) {
                const int32_t rows = MINIMUM(m - i, BLOCK_ROWS);
                pack(TILE_ROWS, rows, depth, a.data + i * a.row + first * a.column, a.row, a.column,
                     (float*)block_of_a);
                const struct start begun = {start.data == NULL ? NULL : start.data + i * start.row + j, start.row};
                multiply_blocks(depth, rows, columns, begun, c + i * c_row + j, c_row);
            }
        }
        start = (struct start){c, c_row};
    }
}
