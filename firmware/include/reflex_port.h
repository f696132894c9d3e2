/**
 * @file reflex_port.h
 * @brief What the firmware needs of a board: bytes in, bytes out, time
 *
 * A port fills in one `reflex_port` and hands it to the application. Nothing else of the firmware knows what
 * board it runs on.
 */
#ifndef REFLEX_PORT_H
#define REFLEX_PORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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
     * @brief Send bytes on the link. May wait for room, within a bound that the port states
     * \param[in]       bytes: What to send
     * \param[in]       count: How many
     * @return How many were taken. Fewer than `count`: the line is stuck, the rest of the frame is lost
     */
    size_t (*write)(const uint8_t* bytes, size_t count);

    /**
     * @brief Time since some moment before start
     * @return Microseconds, wrapping at 2^32
     */
    uint32_t (*now_us)(void);

    /**
     * @brief The finest free-running up-counter, for measurements. NULL where there is none
     * @return Counts, wrapping at 2^32
     */
    uint32_t (*counter)(void);

    uint32_t counter_hz; /**< Counts of `counter` per second, 0 where there is none */
} reflex_port;

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_PORT_H */
