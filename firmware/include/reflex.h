/**
 * @file reflex.h
 * @brief What all of the firmware shares: the status codes, and the application that a port runs
 *
 * An image holds one application: the robot's (reflex_agent.c) or the one that answers raw inferences
 * (reflex_probe.c). The port's main() is `reflex_app_start(&port); for (;;) { reflex_app_poll(); }`.
 */
#ifndef REFLEX_H
#define REFLEX_H

#include "reflex_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief How a call went: 0 is good, anything else says what is wrong
 */
typedef enum {
    REFLEX_OK = 0,                  /**< All is well */
    REFLEX_ERROR_NOT_A_NUMBER = -1, /**< A reading or an action holds NaN or infinity */
    REFLEX_ERROR_OUT_OF_RANGE = -2, /**< A reading lies outside what is physically possible, or a label is unknown */
    REFLEX_ERROR_NO_READING = -3,   /**< A sensor did not answer */
    REFLEX_ERROR_TOO_LONG = -4,     /**< A message that does not fit the buffer */
} reflex_status;

/**
 * @brief Begin: nothing is sent or moved before this
 * \param[in]       port: The board. Must stay valid for as long as the application runs
 */
void reflex_app_start(const reflex_port* port);

/**
 * @brief Do what is due and return. To be called over and over, as often as the board can
 *
 * One call takes at most REFLEX_CHUNK_BYTES (reflex_link.h) from the port and handles all that they complete, then runs
 * at most one tick of the robot and begins one batch of telemetry: its time is bounded. When `read` had nothing to give and
 * nothing was left to `write`, the board may rest until a byte arrives or a millisecond has passed.
 */
void reflex_app_poll(void);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_H */
