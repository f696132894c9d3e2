/**
 * @file reflex_crc16.c
 * @brief CRC-16/CCITT-FALSE, a byte at a time and without a table: smaller than one, and as fast
 */
#include "reflex_crc16.h"

/* Modulo x^16 + x^12 + x^5 + 1, the leading byte h = n(x) * x^16 leaves n * (x^12 + x^5 + 1); what n * x^12 has above x^16
   leaves the same again, so n is first folded on itself: n + n / x^4. */
uint16_t
reflex_crc16(const uint8_t* bytes, size_t count) {
    uint16_t crc = 0xFFFF;

    for (size_t i = 0; i < count; i++) {
        uint16_t leading = (uint16_t)((crc >> 8) ^ bytes[i]);

        leading ^= leading >> 4;
        crc = (uint16_t)((uint16_t)(crc << 8) ^ (uint16_t)(leading << 12) ^ (uint16_t)(leading << 5) ^ leading);
    }
    return crc;
}
