/** @file
 * @brief Exponentials and what is made of them, from + - * / alone: the same bits on every machine.
 */
#ifndef TRANSCENDENTAL_H
#define TRANSCENDENTAL_H

#include <wasm_simd128.h>

/** e^x of four numbers, within 2 units in the last place. */
v128_t exponential4(v128_t x);
/** tanh x of four numbers, within 4 units in the last place. */
v128_t tanh4(v128_t x);
/** 1 / (1 + e^-x) of four numbers, within 4 units in the last place. */
v128_t logistic4(v128_t x);

/** e^x. */
float exponential(float x);
/** The natural logarithm of a positive, normal number, within 1e-15 of it; what is not finite stays as it is. */
double logarithm(double x);

#endif
