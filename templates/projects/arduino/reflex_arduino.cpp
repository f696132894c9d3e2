/**
 * \file            reflex_arduino.cpp
 * \brief           The firmware on a board that Arduino supports: the link is `Serial`, the clock is micros()
 *
 * The watchdog is that of an nRF52840; elsewhere there is none. No storage: the cores have no common way to it.
 */
#include "reflex_arduino.h"

#include <Arduino.h>
#ifdef ARDUINO_ARCH_MBED
#include <USB/PluggableUSBSerial.h>
#endif
#ifdef NRF52840_XXAA
#include <nrf.h>
#endif

#define BAUD_RATE 115200 /*!< Of boards with a serial converter; over USB it has no meaning */
#ifdef ARDUINO_ARCH_MBED
#define RECEIVE_BYTES 256U /*!< The buffer of its USB port; then the host has to wait */
#else
#define RECEIVE_BYTES 64U /*!< The smallest buffer of a serial port among the cores */
#endif

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
port_write(const uint8_t* bytes, size_t count) {
#ifdef ARDUINO_ARCH_MBED
    uint32_t taken = 0;
    _SerialUSB.send_nb((uint8_t*)bytes, (uint32_t)count, &taken);
    return taken;
#else
    const int room = Serial.availableForWrite();
    return room > 0 ? Serial.write(bytes, (size_t)room < count ? (size_t)room : count) : 0;
#endif
}

#ifdef NRF52840_XXAA
#define WATCHDOG_HZ 32768U
#define FEED        0x6E524635U /*!< nRF52840 Product Specification, 6.36.4.10 */

static void
port_alive(void) {
    if (NRF_WDT->RUNSTATUS != 0U) {
        NRF_WDT->RR[0] = FEED;
    }
}

void
reflex_watchdog(void) {
    NRF_WDT->CONFIG = 1U;            /* it counts while the core sleeps, and not while a debugger halts it */
    NRF_WDT->CRV = WATCHDOG_HZ - 1U; /* a second */
    NRF_WDT->RREN = 1U;
    NRF_WDT->TASKS_START = 1U;
}
#else
#define port_alive NULL

void
reflex_watchdog(void) {
}
#endif

static const reflex_port port = {port_read, RECEIVE_BYTES, port_write, port_now_us, NULL, 0, port_alive, NULL};

void
reflex_begin(void) {
    Serial.begin(BAUD_RATE);
    reflex_app_start(&port);
}
