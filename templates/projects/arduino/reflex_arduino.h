/**
 * \file            reflex_arduino.h
 * \brief           The firmware in a sketch: reflex_begin() in setup(), reflex_app_poll() in loop()
 */
#ifndef REFLEX_ARDUINO_H
#define REFLEX_ARDUINO_H

#include "reflex.h"

#ifdef __cplusplus
extern "C" {
#endif

/** \brief           Open the link, which is `Serial`, and start the firmware */
void reflex_begin(void);

/**
 * \brief           From now on, let the chip's watchdog reset a board that hung for a second. For nRF52840, nRF52833 and the Uno;
 *                  elsewhere it does nothing
 *
 * On an nRF52, nothing but its reset button stops it again: it would end an upload too, which therefore begins with two presses of
 * the button. An Uno is uploaded to as before.
 */
void reflex_watchdog(void);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_ARDUINO_H */
