/**
 * @file reflex_cobs.h
 * @brief Consistent Overhead Byte Stuffing (Cheshire & Baker, IEEE/ACM Transactions on Networking 7(2), 1999)
 *
 * Takes the zeros out of a frame, so that a zero can end it. Costs one byte, and one more every 254.
 */
#ifndef REFLEX_COBS_H
#define REFLEX_COBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @brief Bytes that stuffing adds to `count` bytes, at most */
#define REFLEX_COBS_OVERHEAD(count) (1u + (count) / 254u)

/**
 * @brief Stuff bytes, without the zero at the end
 * \param[in]       bytes: What to stuff
 * \param[in]       count: How many
 * \param[out]      stuffed: At least `count` + REFLEX_COBS_OVERHEAD(count) bytes. May be the same memory, if it begins
 *                      REFLEX_COBS_OVERHEAD(count) bytes or more before `bytes`: writing never overtakes reading then
 * @return How many bytes `stuffed` has
 */
size_t reflex_cobs_stuff(const uint8_t* bytes, size_t count, uint8_t* stuffed);

/**
 * @brief Where a byte-by-byte unstuffer is. Begin with zeros
 */
typedef struct {
    uint8_t code; /**< What the current block began with; 0 before the first */
    uint8_t left; /**< Bytes that the current block still lacks */
} reflex_cobs;

/**
 * @brief Take one stuffed byte that is not zero
 * \param[in,out]   cobs: Where we are
 * \param[in]       stuffed: The byte
 * \param[out]      byte: The byte that it gives
 * @return Whether it gives one
 */
bool reflex_cobs_unstuff(reflex_cobs* cobs, uint8_t stuffed, uint8_t* byte);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_COBS_H */
