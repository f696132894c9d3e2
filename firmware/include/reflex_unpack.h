/**
 * @file reflex_unpack.h
 * @brief Packed bytes, one after another: the inverse of src/link/pack-parameters.ts
 *
 * What was packed may be anything: whatever it is, each byte takes bounded time, and nothing beyond its end is read.
 */
#ifndef REFLEX_UNPACK_H
#define REFLEX_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief The most packed bytes that one byte takes, those that are read ahead of the first included */
#define REFLEX_UNPACK_AHEAD 20u

/** @brief How far unpacking is. Only reflex_unpack.c looks inside, but for `position` */
typedef struct {
    const uint8_t* packed;
    uint32_t count;
    uint32_t position; /**< Packed bytes that are read */
    uint32_t range;
    uint32_t code;
    uint16_t chances
        [256]; /**< That the next bit is 0, by those before it in the byte: 12 bits; below, 4 bits of how often used */
} reflex_unpacker;

/**
 * @brief Begin. Nothing is read yet
 * \param[out]      unpacker: The state
 * \param[in]       packed: The packed bytes
 * \param[in]       count: How many; behind them, zeros are read
 */
void reflex_unpack_start(reflex_unpacker* unpacker, const uint8_t* packed, uint32_t count);

/** @brief The next byte */
uint8_t reflex_unpack(reflex_unpacker* unpacker);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_UNPACK_H */
