/* The mbed core's own name for the port behind `Serial`. */
#ifndef PLUGGABLE_USB_SERIAL_H
#define PLUGGABLE_USB_SERIAL_H

#include "Arduino.h"

#define _SerialUSB Serial

#endif /* PLUGGABLE_USB_SERIAL_H */
