/** @file
 * @brief The product of two matrices: where training spends its time.
 */
#ifndef MATRIX_H
#define MATRIX_H

#include <stdint.h>

/** Element (i, j) lies at data[i * row + j * column]. */
struct matrix {
    const float* data;
    int32_t row, column;
};

/** What a product is added to: element (i, j) at data[i * row + j]; row 0: one vector for all rows; data NULL: zero. */
struct start {
    const float* data;
    int32_t row;
};

/** c = start + a b, with a M x K, b K x N and c M x N. @param c element (i, j) at c[i * c_row + j]; may be the start. */
void multiply(int32_t m, int32_t n, int32_t k, struct matrix a, struct matrix b, struct start start, float* c,
              int32_t c_row);

#endif
