#include <Servo.h> // Where it does not come with the board's core: arduino-cli lib install Servo

Servo servos[2];

void servos_begin() {
    servos[0].attach(SERVO_PINS[0]);
    servos[1].attach(SERVO_PINS[1]);
}

void servo_pulse(uint8_t index, uint16_t microseconds) {
    servos[index].writeMicroseconds(microseconds);
}
