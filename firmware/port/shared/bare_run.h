/**
 * @file bare_run.h
 * @brief What main() of a bare board ends with: the application, over and over, with rests
 */
#ifndef BARE_RUN_H
#define BARE_RUN_H

#include "reflex.h"

#define BARE_TICK_HZ 1000U /**< How often the firmware looks at its clock while nothing arrives */

/**
 * @brief Greet, start the application, and never return
 * \param[in]       port: The board
 * \param[in]       rest: Waits for a byte or a tick of BARE_TICK_HZ, whichever comes first. Called when no byte moved
 */
__attribute__((noreturn)) void bare_run(const reflex_port* port, void (*rest)(void));

/**
 * @brief Time from a counter of 32 bits, added up in steps: it wraps at no power of two in microseconds
 * \param[in]       count: The counter, as often as it wraps at least. `bare_run` asks for the time once a tick
 * \param[in]       counts_per_us: Always the same
 * @return Microseconds, wrapping at 2^32
 */
uint32_t bare_microseconds(uint32_t count, uint32_t counts_per_us);

#endif /* BARE_RUN_H */
