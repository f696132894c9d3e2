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
 * \brief           From now on, let the chip's watchdog reset a board that hung for a second. Does nothing but on an nRF52840
 *
 * Nothing but its reset button stops it again: it would end an upload too, which therefore begins with two presses of the button.
 */
void reflex_watchdog(void);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_ARDUINO_H */
