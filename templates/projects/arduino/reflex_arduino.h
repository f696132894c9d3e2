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

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_ARDUINO_H */
