/**
 * @file reflex_port.h
 * @brief What the firmware needs of a board: bytes in, bytes out, time; a watchdog and storage where it has them
 *
 * A port fills in one `reflex_port` and hands it to the application. Nothing else of the firmware knows what
 * board it runs on.
 */
#ifndef REFLEX_PORT_H
#define REFLEX_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief Storage that survives a reboot: two slots, so that one stays whole while the other is written
 *
 * A slot is erased, then each of its bytes is written at most once until it is erased again. The power may go at any moment:
 * then the slot that was being erased or written holds anything, the other what it held.
 */
typedef struct {
    size_t slot_bytes; /**< Room in each of the two slots */
    uint32_t step_us;  /**< One call of `erase` or `write` takes at most this long */

    /**
     * @brief Read what a slot holds
     * \param[in]       slot: 0 or 1
     * \param[in]       offset: From its start, bytes
     * \param[out]      bytes: Memory for them
     * \param[in]       count: How many; `offset` + `count` is at most `slot_bytes`
     */
    void (*read)(uint8_t slot, size_t offset, uint8_t* bytes, size_t count);

    /**
     * @brief One step towards a slot that can be written
     * \param[in]       slot: 0 or 1
     * @return Whether it is done; if not, to be called again
     */
    bool (*erase)(uint8_t slot);

    /**
     * @brief One step of writing
     * \param[in]       slot: 0 or 1, erased
     * \param[in]       offset: From its start, bytes
     * \param[in]       bytes: What to write
     * \param[in]       count: How many; `offset` + `count` is at most `slot_bytes`
     * @return How many of them are written for good now. Fewer than `count`: the others are to be offered again, 0 too
     */
    size_t (*write)(uint8_t slot, size_t offset, const uint8_t* bytes, size_t count);
} reflex_storage;

/**
 * @brief A board's functions. None of them may be NULL, except where it says so
 */
typedef struct {
    /**
     * @brief Take bytes that arrived on the link. Never waits
     * \param[out]      bytes: Memory for them
     * \param[in]       capacity: How many fit there
     * @return How many there were: 0 to `capacity`
     */
    size_t (*read)(uint8_t* bytes, size_t capacity);

    /**
     * @brief Bytes that may arrive between two calls of `read` without loss: the size of what keeps them, or 4096 where the
     *        line has flow control. The host never has more under way
     */
    size_t receive_bytes;

    /**
     * @brief Send bytes on the link. Never waits
     * \param[in]       bytes: What to send
     * \param[in]       count: How many
     * @return How many there was room for: 0 to `count`. The others are to be offered again, soon
     */
    size_t (*write)(const uint8_t* bytes, size_t count);

    /**
     * @brief Time since the reset, or soon after: a host tells by it that the board was reset
     * @return Microseconds, wrapping at 2^32
     */
    uint32_t (*now_us)(void);

    /**
     * @brief The finest free-running up-counter, for measurements. NULL where there is none
     * @return Counts, wrapping at 2^32
     */
    uint32_t (*counter)(void);

    uint32_t counter_hz; /**< Counts of `counter` per second, 0 where there is none */

    /**
     * @brief Tell the watchdog that the firmware runs. The first call starts it: from then on it resets a board that has not
     *        called for about a second. NULL where there is none
     */
    void (*alive)(void);

    const reflex_storage* storage; /**< NULL where there is none: what was swapped in is gone after a reboot */
} reflex_port;

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_PORT_H */
