/* Arduino's Servo library, as far as the sketch's example uses it. */
#ifndef SERVO_H
#define SERVO_H

#include <stdint.h>

#if defined(ARDUINO_ARCH_ESP32) || defined(ARDUINO_ARCH_NRF5)
#error "This library only supports boards with an AVR, SAM, SAMD, NRF52, STM32F4, Renesas or XMC processor."
#endif

class Servo {
  public:
    uint8_t attach(int pin);
    void writeMicroseconds(int value);
};

#endif /* SERVO_H */
