/**
 * @file reflex_crc16.c
 * @brief CRC-16/CCITT-FALSE, half a byte at a time: a table of 32 bytes instead of 512
 */
#include "reflex_crc16.h"

/* The remainder that four leading bits leave: n * x^16 modulo x^16 + x^12 + x^5 + 1. */
static const uint16_t remainders[16] = {
    0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
    0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF,
};

uint16_t
reflex_crc16(const uint8_t* bytes, size_t count) {
    uint16_t crc = 0xFFFF;

    for (size_t i = 0; i < count; i++) {
        const uint8_t byte = bytes[i];

        crc = (uint16_t)((uint16_t)(crc << 4) ^ remainders[(crc >> 12) ^ (byte >> 4)]);
        crc = (uint16_t)((uint16_t)(crc << 4) ^ remainders[(crc >> 12) ^ (byte & 0x0F)]);
    }
    return crc;
}
