/* An Arduino board on this computer. It ends when standard input does. Like a USB port it takes at most a packet at once. */
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "Arduino.h"
#include "nrf.h"

#define PACKET_BYTES 64

SerialPort Serial;
NRF_WDT_Type watchdog_registers;
static bool open_for_reading = true;

unsigned long
micros(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U);
}

void
SerialPort::begin(unsigned long) {
    fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
}

int
SerialPort::available() {
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    return open_for_reading && poll(&input, 1, 0) == 1 ? 1 : 0;
}

int
SerialPort::read() {
    uint8_t byte = 0;
    open_for_reading = ::read(STDIN_FILENO, &byte, 1) == 1;
    return open_for_reading ? byte : -1;
}

#if !defined(ARDUINO_ARCH_NRF5) && !defined(NO_USB)
int
SerialPort::availableForWrite() {
    struct pollfd output = {STDOUT_FILENO, POLLOUT, 0};
    return poll(&output, 1, 0) == 1 ? PACKET_BYTES : 0;
}
#endif

size_t
SerialPort::write(const uint8_t* bytes, size_t count) {
    const ssize_t taken = ::write(STDOUT_FILENO, bytes, count);
    return taken > 0 ? (size_t)taken : 0;
}

size_t
SerialPort::write(uint8_t byte) {
    return write(&byte, 1);
}

#ifdef ARDUINO_ARCH_MBED
void
SerialPort::send_nb(uint8_t* bytes, uint32_t count, uint32_t* taken, bool) {
    *taken = (uint32_t)write(bytes, count < PACKET_BYTES ? count : PACKET_BYTES);
}
#endif

int
main(void) {
    setup();
    while (open_for_reading) {
        loop();
    }
    return 0;
}
