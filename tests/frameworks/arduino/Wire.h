/* Arduino's I2C, as far as the sketch's example uses it. */
#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>
#include <stdint.h>

class TwoWire {
  public:
    void begin();
    void beginTransmission(uint8_t address);
    uint8_t endTransmission(bool stop = true);
    uint8_t requestFrom(uint8_t address, uint8_t count);
    size_t write(uint8_t byte);
    int read();
#ifdef ARDUINO_ARCH_AVR
    void setWireTimeout(uint32_t microseconds, bool reset);
#endif
};

extern TwoWire Wire;

#endif /* WIRE_H */
