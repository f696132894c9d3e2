/**
 * @file reflex_crc32.h
 * @brief CRC-32 (IEEE 802.3): polynomial 0x04C11DB7, reflected, start and final XOR 0xFFFFFFFF
 */
#ifndef REFLEX_CRC32_H
#define REFLEX_CRC32_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief Checksum of some bytes, in one piece or several
 * \param[in]       crc: Of the bytes before; 0 at first
 * \param[in]       bytes: Which
 * \param[in]       count: How many
 * @return The CRC: 0xCBF43926 for "123456789"
 */
uint32_t reflex_crc32(uint32_t crc, const uint8_t* bytes, size_t count);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_CRC32_H */
