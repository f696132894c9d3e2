/**
 * @file reflex_crc32.c
 * @brief CRC-32, bit by bit: a table would take RAM on an AVR
 */
#include "reflex_crc32.h"

uint32_t
reflex_crc32(uint32_t crc, const uint8_t* bytes, size_t count) {
    crc = ~crc;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (uint8_t bit = 0; bit < 8u; bit++) {
            crc = (crc & 1u) != 0u ? (crc >> 1) ^ UINT32_C(0xEDB88320) : crc >> 1;
        }
    }
    return ~crc;
}
