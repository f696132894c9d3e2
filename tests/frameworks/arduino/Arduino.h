/* What the firmware uses of Arduino's documented interface, on this computer: `Serial` is standard input and output. */
#ifndef ARDUINO_H
#define ARDUINO_H

#include <stddef.h>
#include <stdint.h>

unsigned long micros(void);

/* As USBSerial of the mbed core: the non-blocking send beside Arduino's own functions. */
class SerialPort {
  public:
    void begin(unsigned long baud);
    int available();
    int read();
    int availableForWrite();
    size_t write(const uint8_t* bytes, size_t count);
    void send_nb(uint8_t* bytes, uint32_t count, uint32_t* taken, bool now = true);
};

extern SerialPort Serial;

void setup();
void loop();

#endif /* ARDUINO_H */
