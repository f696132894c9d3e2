/**
 * @file arithmetic.c
 * @brief Arithmetic that gcc calls and its library for the LX106 leaves out, because the ESP8266 has it in its boot ROM
 *
 * Single-precision floats as IEEE 754 has them, rounded to nearest, ties to even. A significand is kept here with its leading bit
 * at bit 30: seven bits below the last one that stays, the lowest of which also stands for all that was shifted out.
 */
#include <stdbool.h>
#include <stdint.h>

#define SIGN_BIT       0x80000000U
#define FLOAT_INFINITY 0x7F800000U
#define QUIET_NAN      0x7FC00000U
#define FRACTION_BITS  23
#define FRACTION_MASK  0x007FFFFFU
#define HIDDEN_BIT     0x00800000U
#define EXPONENT_BIAS  127
#define EXTRA_BITS     7
#define EXTRA_MASK     0x7FU
#define HALF           0x40U
#define LEADING_BIT    30

typedef union {
    float value;
    uint32_t bits;
} float_bits;

uint64_t __umulsidi3(uint32_t left, uint32_t right);
int64_t __muldi3(int64_t left, int64_t right);
uint32_t __udivsi3(uint32_t dividend, uint32_t divisor);
uint32_t __umodsi3(uint32_t dividend, uint32_t divisor);
int32_t __divsi3(int32_t dividend, int32_t divisor);
float __addsf3(float left, float right);
float __subsf3(float left, float right);
float __mulsf3(float left, float right);
float __floatunsisf(uint32_t number);
float __floatsisf(int32_t number);
uint32_t __fixunssfsi(float number);

/* By halves: the core multiplies 32 bits by 32 and keeps the lower 32. */
uint64_t
__umulsidi3(uint32_t left, uint32_t right) {
    const uint32_t low = (left & 0xFFFFU) * (right & 0xFFFFU);
    const uint32_t middle = (left >> 16) * (right & 0xFFFFU) + (low >> 16);
    const uint32_t other = (left & 0xFFFFU) * (right >> 16) + (middle & 0xFFFFU);
    const uint32_t high = (left >> 16) * (right >> 16) + (middle >> 16) + (other >> 16);
    return ((uint64_t)high << 32) | (other << 16) | (low & 0xFFFFU);
}

int64_t
__muldi3(int64_t left, int64_t right) {
    const uint64_t a = (uint64_t)left;
    const uint64_t b = (uint64_t)right;
    const uint32_t upper = (uint32_t)a * (uint32_t)(b >> 32) + (uint32_t)(a >> 32) * (uint32_t)b;
    return (int64_t)(__umulsidi3((uint32_t)a, (uint32_t)b) + ((uint64_t)upper << 32));
}

/* Bit by bit, from the first that can be set. Like the processor's own, a division by zero gives what it gives. */
static uint32_t
divide(uint32_t dividend, uint32_t divisor, uint32_t* remainder) {
    uint32_t quotient = 0;
    if (divisor != 0U && dividend >= divisor) {
        for (int32_t bit = __builtin_clz(divisor) - __builtin_clz(dividend); bit >= 0; --bit) {
            if (dividend >= divisor << bit) {
                dividend -= divisor << bit;
                quotient |= 1U << bit;
            }
        }
    }
    *remainder = dividend;
    return quotient;
}

uint32_t
__udivsi3(uint32_t dividend, uint32_t divisor) {
    uint32_t remainder;
    return divide(dividend, divisor, &remainder);
}

uint32_t
__umodsi3(uint32_t dividend, uint32_t divisor) {
    uint32_t remainder;
    (void)divide(dividend, divisor, &remainder);
    return remainder;
}

static uint32_t
magnitude(int32_t number) {
    return number < 0 ? 0U - (uint32_t)number : (uint32_t)number;
}

int32_t
__divsi3(int32_t dividend, int32_t divisor) {
    uint32_t remainder;
    const uint32_t quotient = divide(magnitude(dividend), magnitude(divisor), &remainder);
    return (int32_t)((dividend < 0) == (divisor < 0) ? quotient : 0U - quotient);
}

static bool
is_nan(uint32_t bits) {
    return (bits & ~SIGN_BIT) > FLOAT_INFINITY;
}

/* Subnormal numbers have the exponent of the smallest normal ones, and no hidden bit. */
static int32_t
exponent_of(uint32_t bits) {
    const int32_t exponent = (int32_t)((bits & FLOAT_INFINITY) >> FRACTION_BITS);
    return exponent == 0 ? 1 : exponent;
}

static uint32_t
significand_of(uint32_t bits) {
    return (bits & FRACTION_MASK) | ((bits & FLOAT_INFINITY) != 0U ? HIDDEN_BIT : 0U);
}

/* The lowest bit remembers whether any that were lost were set. */
static uint32_t
shift_right(uint32_t significand, int32_t distance) {
    if (distance > 31) {
        return significand != 0U ? 1U : 0U;
    }
    return (significand >> distance) | ((significand & ((1U << distance) - 1U)) != 0U ? 1U : 0U);
}

/* A leading bit below bit 30 is for subnormal numbers, with exponent 1; one at bit 31 is not for anybody. */
static float
rounded(uint32_t sign, int32_t exponent, uint32_t significand) {
    float_bits result;
    if (exponent < 1) {
        significand = shift_right(significand, 1 - exponent);
        exponent = 1;
    }
    const bool tie = (significand & EXTRA_MASK) == HALF;
    significand = (significand + HALF) >> EXTRA_BITS;
    if (tie) {
        significand &= ~1U;
    }
    /* The hidden bit, or the carry of the rounding, adds one to the exponent. */
    result.bits = exponent >= 255 ? FLOAT_INFINITY : (((uint32_t)exponent - 1U) << FRACTION_BITS) + significand;
    if (result.bits > FLOAT_INFINITY) {
        result.bits = FLOAT_INFINITY;
    }
    result.bits |= sign;
    return result.value;
}

float
__addsf3(float left, float right) {
    float_bits larger = {.value = left};
    float_bits smaller = {.value = right};
    if ((smaller.bits & ~SIGN_BIT) > (larger.bits & ~SIGN_BIT)) {
        larger.value = right;
        smaller.value = left;
    }
    const uint32_t sign = larger.bits & SIGN_BIT;
    const bool opposite = ((larger.bits ^ smaller.bits) & SIGN_BIT) != 0U;
    if ((larger.bits & ~SIGN_BIT) >= FLOAT_INFINITY) {
        if (is_nan(larger.bits) || (opposite && (smaller.bits & ~SIGN_BIT) == FLOAT_INFINITY)) {
            larger.bits = QUIET_NAN;
        }
        return larger.value;
    }
    int32_t exponent = exponent_of(larger.bits);
    const uint32_t augend = significand_of(larger.bits) << EXTRA_BITS;
    const uint32_t addend =
        shift_right(significand_of(smaller.bits) << EXTRA_BITS, exponent - exponent_of(smaller.bits));
    if (!opposite) {
        const uint32_t sum = augend + addend;
        return sum >> (LEADING_BIT + 1) != 0U ? rounded(sign, exponent + 1, shift_right(sum, 1))
                                              : rounded(sign, exponent, sum);
    }
    const uint32_t difference = augend - addend;
    if (difference == 0U) {
        return 0.0F;
    }
    int32_t shift = __builtin_clz(difference) - (31 - LEADING_BIT);
    if (shift > exponent - 1) {
        shift = exponent - 1;
    }
    exponent -= shift;
    return rounded(sign, exponent, difference << shift);
}

float
__subsf3(float left, float right) {
    float_bits negated = {.value = right};
    negated.bits ^= SIGN_BIT;
    return __addsf3(left, negated.value);
}

/* Of a number that is not 0: its hidden bit in place, if need be at a lower exponent than a float can have. */
static uint32_t
normalized(uint32_t bits, int32_t* exponent) {
    const uint32_t significand = significand_of(bits);
    const int32_t shift = __builtin_clz(significand) - (31 - FRACTION_BITS);
    *exponent = exponent_of(bits) - shift;
    return significand << shift;
}

float
__mulsf3(float left, float right) {
    const float_bits a = {.value = left};
    const float_bits b = {.value = right};
    const uint32_t sign = (a.bits ^ b.bits) & SIGN_BIT;
    const uint32_t a_size = a.bits & ~SIGN_BIT;
    const uint32_t b_size = b.bits & ~SIGN_BIT;
    if (a_size >= FLOAT_INFINITY || b_size >= FLOAT_INFINITY) {
        const bool undefined = is_nan(a.bits) || is_nan(b.bits) || a_size == 0U || b_size == 0U;
        const float_bits result = {.bits = undefined ? QUIET_NAN : sign | FLOAT_INFINITY};
        return result.value;
    }
    if (a_size == 0U || b_size == 0U) {
        const float_bits zero = {.bits = sign};
        return zero.value;
    }
    int32_t a_exponent;
    int32_t b_exponent;
    const uint32_t a_significand = normalized(a.bits, &a_exponent);
    const uint64_t product = __umulsidi3(a_significand, normalized(b.bits, &b_exponent));
    /* Of 47 or 48 bits, the upper 31 or 32. */
    const uint32_t significand = (uint32_t)(product >> 16) | (((uint32_t)product & 0xFFFFU) != 0U ? 1U : 0U);
    const int32_t exponent = a_exponent + b_exponent - EXPONENT_BIAS;
    return significand >> (LEADING_BIT + 1) != 0U ? rounded(sign, exponent + 1, shift_right(significand, 1))
                                                  : rounded(sign, exponent, significand);
}

static float
from_integer(uint32_t sign, uint32_t number) {
    if (number == 0U) {
        return 0.0F;
    }
    const int32_t zeros = __builtin_clz(number);
    return rounded(sign, EXPONENT_BIAS + 31 - zeros, zeros == 0 ? shift_right(number, 1) : number << (zeros - 1));
}

float
__floatunsisf(uint32_t number) {
    return from_integer(0U, number);
}

float
__floatsisf(int32_t number) {
    return from_integer(number < 0 ? SIGN_BIT : 0U, magnitude(number));
}

/* What does not fit is undefined in C; here it is the nearest that does. */
uint32_t
__fixunssfsi(float number) {
    const float_bits from = {.value = number};
    const int32_t exponent = exponent_of(from.bits) - EXPONENT_BIAS;
    if (exponent < 0 || (from.bits & SIGN_BIT) != 0U || is_nan(from.bits)) {
        return 0U;
    }
    if (exponent > 31) {
        return UINT32_MAX;
    }
    const uint32_t significand = significand_of(from.bits);
    return exponent > FRACTION_BITS ? significand << (exponent - FRACTION_BITS)
                                    : significand >> (FRACTION_BITS - exponent);
}
