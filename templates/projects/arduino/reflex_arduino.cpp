/**
 * \file            reflex_arduino.cpp
 * \brief           The firmware on a board that Arduino supports: the link is `Serial`, the clock is micros()
 */
#include "reflex_arduino.h"

#include <Arduino.h>
#ifdef ARDUINO_ARCH_MBED
#include <USB/PluggableUSBSerial.h>
#endif

#define BAUD_RATE     115200 /*!< Of boards with a serial converter; over USB it has no meaning */
#define WRITE_WAIT_US 20000U /*!< A host that takes nothing for this long has stopped reading */

static uint32_t
port_now_us(void) {
    return (uint32_t)micros();
}

static size_t
port_read(uint8_t* bytes, size_t capacity) {
    size_t count = 0;
    while (count < capacity && Serial.available() > 0) {
        bytes[count++] = (uint8_t)Serial.read();
    }
    return count;
}

/* Serial.write() waits for as long as the host does not read, and the robot would drive on meanwhile. */
static size_t
write_what_fits(const uint8_t* bytes, size_t count) {
#ifdef ARDUINO_ARCH_MBED
    uint32_t taken = 0;
    _SerialUSB.send_nb((uint8_t*)bytes, (uint32_t)count, &taken);
    return taken;
#else
    const int room = Serial.availableForWrite();
    return room > 0 ? Serial.write(bytes, (size_t)room < count ? (size_t)room : count) : 0;
#endif
}

static size_t
port_write(const uint8_t* bytes, size_t count) {
    static bool stuck = false; /* the last frame did not go out whole: do not wait for the next one */
    size_t taken = 0;
    uint32_t moved_us = port_now_us();
    while (taken < count) {
        const size_t step = write_what_fits(&bytes[taken], count - taken);
        if (step > 0) {
            taken += step;
            moved_us = port_now_us();
            stuck = false;
        } else if (stuck || port_now_us() - moved_us >= WRITE_WAIT_US) {
            stuck = true;
            break;
        }
    }
    return taken;
}

static const reflex_port port = {port_read, port_write, port_now_us, NULL, 0};

void
reflex_begin(void) {
    Serial.begin(BAUD_RATE);
    reflex_app_start(&port);
}
