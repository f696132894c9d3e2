/**
 * @file reflex_crc16.h
 * @brief CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, not reflected, no final XOR
 */
#ifndef REFLEX_CRC16_H
#define REFLEX_CRC16_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief Checksum of some bytes
 * \param[in]       bytes: Which
 * \param[in]       count: How many
 * @return The CRC: 0x29B1 for "123456789"
 */
uint16_t reflex_crc16(const uint8_t* bytes, size_t count);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_CRC16_H */
