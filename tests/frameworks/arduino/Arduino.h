/* What the firmware and the sketch's example use of Arduino's documented interface. On this computer `Serial` is standard input and output;
 * for other compilers these are declarations, with what the cores differ in. */
#ifndef ARDUINO_H
#define ARDUINO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __AVR__
#include <avr/io.h>
#endif

#define LOW    0
#define HIGH   1
#define OUTPUT 1

unsigned long micros(void);
void delayMicroseconds(unsigned int duration);
void pinMode(uint8_t pin, uint8_t mode);
void digitalWrite(uint8_t pin, uint8_t level);
void analogWrite(uint8_t pin, int value);

class SerialPort {
  public:
    void begin(unsigned long baud);
    int available();
    int read();
    size_t write(uint8_t byte);
    size_t write(const uint8_t* bytes, size_t count);
#if !defined(ARDUINO_ARCH_NRF5) && !defined(NO_USB) /* these cores have none */
    int availableForWrite();
#endif
#ifdef ARDUINO_ARCH_MBED
    void send_nb(uint8_t* bytes, uint32_t count, uint32_t* taken, bool now = true);
#endif
};

extern SerialPort Serial;

#ifdef ARDUINO_ARCH_ESP32
#if ESP_ARDUINO_VERSION_MAJOR >= 3
bool ledcAttach(uint8_t pin, uint32_t hertz, uint8_t bits);
bool ledcWrite(uint8_t pin, uint32_t duty);
#else
uint32_t ledcSetup(uint8_t channel, uint32_t hertz, uint8_t bits);
void ledcAttachPin(uint8_t pin, uint8_t channel);
void ledcWrite(uint8_t channel, uint32_t duty);
#endif
#endif

void setup();
void loop();

#endif /* ARDUINO_H */
