/**
 * @file bare_run.h
 * @brief What main() of a bare board ends with: the application, over and over, with rests
 */
#ifndef BARE_RUN_H
#define BARE_RUN_H

#include "reflex.h"

#define BARE_TICK_HZ       1000U /**< How often the firmware looks at its clock while nothing arrives */
#define QEMU_RECEIVE_BYTES 2048U /**< QEMU keeps what the board has not taken yet, and stalls at more than 4 KB of it */

/**
 * @brief Greet, start the application, and never return
 * \param[in]       port: The board
 * \param[in]       rest: Waits for a byte or a tick of BARE_TICK_HZ, whichever comes first. Called when no byte moved or
 *                      waits to be sent
 */
__attribute__((noreturn)) void bare_run(const reflex_port* port, void (*rest)(void));

/**
 * @brief Time from a counter of 32 bits, added up in steps: it wraps at no power of two in microseconds
 * \param[in]       count: The counter, as often as it wraps at least. `bare_run` asks for the time once a tick
 * \param[in]       counts_per_us: Always the same; here, so that the compiler knows what it divides by
 * @return Microseconds, wrapping at 2^32
 */
static inline uint32_t
bare_microseconds(uint32_t count, uint32_t counts_per_us) {
    static uint32_t last_count;
    static uint32_t microseconds;
    const uint32_t elapsed_us = (count - last_count) / counts_per_us;

    last_count += elapsed_us * counts_per_us;
    microseconds += elapsed_us;
    return microseconds;
}

#endif /* BARE_RUN_H */
