/**
 * @file reflex_cobs.c
 * @brief Consistent Overhead Byte Stuffing
 */
#include "reflex_cobs.h"

/* A block is a code n, then n - 1 bytes that are not zero, then a zero that is not sent. Code 255 means 254 bytes and no
   zero. The zero after the last block does not exist. */
#define LONGEST_BLOCK 255u

size_t
reflex_cobs_stuff(const uint8_t* bytes, size_t count, uint8_t* stuffed) {
    size_t block = 0; /* where the current block's code goes */
    size_t end = 1;   /* where the next byte goes */
    uint8_t code = 1;

    for (size_t i = 0; i < count; i++) {
        const uint8_t byte = bytes[i];

        if (code == LONGEST_BLOCK) {
            stuffed[block] = code;
            block = end;
            end++;
            code = 1;
        }
        if (byte == 0u) {
            stuffed[block] = code;
            block = end;
            code = 1;
        } else {
            stuffed[end] = byte;
            code++;
        }
        end++;
    }
    stuffed[block] = code;
    return end;
}

bool
reflex_cobs_unstuff(reflex_cobs* cobs, uint8_t stuffed, uint8_t* byte) {
    const bool zero_ends_block = cobs->code != 0u && cobs->code != LONGEST_BLOCK;

    if (cobs->left > 0u) {
        cobs->left--;
        *byte = stuffed;
        return true;
    }
    cobs->code = stuffed;
    cobs->left = (uint8_t)(stuffed - 1u);
    *byte = 0;
    return zero_ends_block;
}
