/**
 * \file            reflex_arduino.cpp
 * \brief           The firmware on a board that Arduino supports: the link is `Serial`, the clock is micros()
 *
 * Watchdogs are those of an nRF52 and of an Uno; elsewhere there is none. No storage: the cores have no common way to it.
 */
#include "reflex_arduino.h"

#include <Arduino.h>
#ifdef ARDUINO_ARCH_MBED
#include <USB/PluggableUSBSerial.h>
#endif
#ifdef ARDUINO_AVR_UNO
#include <avr/wdt.h>
#endif
#if defined(NRF52840_XXAA) || defined(NRF52833_XXAA)
#include <nrf.h>
#define HAS_NRF_WATCHDOG
#endif

#define BAUD_RATE 115200 /*!< Of boards with a serial converter; over USB it has no meaning */

/* What the core keeps until it is read. The chip's own USB makes the host wait; a serial line loses bytes, and rings hold one byte less
 * than their size. */
#if defined(ARDUINO_ARCH_MBED) || defined(ARDUINO_ARCH_ESP32)
#define RECEIVE_BYTES 256U
#elif defined(ARDUINO_ARCH_RP2040) || defined(TEENSYDUINO) || (defined(ARDUINO_ARCH_RENESAS) && !defined(NO_USB))
#define RECEIVE_BYTES 4096U
#elif defined(SERIAL_RX_BUFFER_SIZE)
#define RECEIVE_BYTES (SERIAL_RX_BUFFER_SIZE - 1U)
#else
#define RECEIVE_BYTES 63U /*!< The smallest among the cores */
#endif

/* Cores whose serial line has no buffer for what is sent, nor availableForWrite(). */
#if defined(ARDUINO_ARCH_NRF5) || (defined(ARDUINO_ARCH_RENESAS) && defined(NO_USB))
#define UNBUFFERED
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
#if defined(ARDUINO_ARCH_MBED)
    uint32_t taken = 0;
    _SerialUSB.send_nb((uint8_t*)bytes, (uint32_t)count, &taken);
    return taken;
#elif defined(UNBUFFERED)
    return count > 0U ? Serial.write(bytes[0]) : 0U; /* waits for this one: 87 microseconds */
#else
    const int room = Serial.availableForWrite();
    return room > 0 ? Serial.write(bytes, (size_t)room < count ? (size_t)room : count) : 0;
#endif
}

#if defined(HAS_NRF_WATCHDOG)
#define WATCHDOG_HZ 32768U
#define FEED        0x6E524635U /*!< nRF52840 Product Specification, 6.36.4.10; nRF52833's is the same */

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
#elif defined(ARDUINO_AVR_UNO)
/* Behind a reset by the watchdog it runs on, with its shortest time: ATmega328P datasheet, 10.8. The Uno's bootloader stops it and goes on
 * to the program; a board without bootloader has only this. Bootloaders of older boards do neither, and would hang. */
extern "C" __attribute__((naked, used, section(".init3"))) void
reflex_stop_watchdog(void) {
    MCUSR = 0;
    wdt_disable();
}

static void
port_alive(void) {
    wdt_reset();
}

void
reflex_watchdog(void) {
    wdt_enable(WDTO_1S);
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
