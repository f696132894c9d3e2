/**
 * @file reflex_unpack.c
 * @brief Packed bytes, one after another
 *
 * After LZMA's range coder (I. Pavlov, LZMA specification, 2015), with other chances.
 */
#include "reflex_unpack.h"

#define COUNT_BITS  4u
#define MOST_USED   15u
#define CHANCE_BITS 12u
#define CERTAIN     (1u << CHANCE_BITS)
#define TOP         UINT32_C(0x01000000)
#define LEAD_BYTES  4u

/* In 65536ths of the way, by how often a chance was used: quick at first. */
static const uint16_t rates[MOST_USED + 1u] = {43690, 26214, 18724, 14563, 11915, 10082, 8738, 7710,
                                               5957,  4854,  4096,  3542,  3120,  2788,  2520, 2299};

void
reflex_unpack_start(reflex_unpacker* unpacker, const uint8_t* packed, uint32_t count) {
    unpacker->packed = packed;
    unpacker->count = count;
    unpacker->position = 0;
    unpacker->range = 0;
    unpacker->code = 0;
    for (size_t i = 0; i < 256u; i++) {
        unpacker->chances[i] = (uint16_t)(CERTAIN / 2u << COUNT_BITS);
    }
}

static void
shift(reflex_unpacker* unpacker) {
    unpacker->range <<= 8;
    unpacker->code <<= 8;
    if (unpacker->position < unpacker->count) {
        unpacker->code |= unpacker->packed[unpacker->position];
        unpacker->position++;
    }
}

static uint32_t
unpack_bit(reflex_unpacker* unpacker, uint16_t* chance_and_uses) {
    const uint32_t uses = *chance_and_uses & MOST_USED;
    const uint32_t bound = (unpacker->range >> CHANCE_BITS) * (*chance_and_uses >> COUNT_BITS);
    uint32_t chance = *chance_and_uses >> COUNT_BITS;
    uint32_t bit;

    if (unpacker->code < bound) {
        unpacker->range = bound;
        chance += (CERTAIN - chance) * rates[uses] >> 16;
        bit = 0;
    } else {
        unpacker->code -= bound;
        unpacker->range -= bound;
        chance -= chance * rates[uses] >> 16;
        bit = 1;
    }
    *chance_and_uses = (uint16_t)(chance << COUNT_BITS | (uses < MOST_USED ? uses + 1u : MOST_USED));
    while (unpacker->range < TOP) {
        shift(unpacker);
    }
    return bit;
}

uint8_t
reflex_unpack(reflex_unpacker* unpacker) {
    uint32_t bits = 1; /* those so far, behind a 1 */

    if (unpacker->range == 0u) {
        for (uint32_t i = 0; i < LEAD_BYTES; i++) {
            shift(unpacker);
        }
        unpacker->range = UINT32_MAX;
    }
    while (bits < 256u) {
        bits = bits << 1 | unpack_bit(unpacker, &unpacker->chances[bits]);
    }
    return (uint8_t)(bits & 0xFFu);
}
