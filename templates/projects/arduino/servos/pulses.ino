// Arduino's Servo library does not know this core. A pulse a tick, waited for: right for 20 to 60 ticks a second.
void servos_begin() {
    pinMode(SERVO_PINS[0], OUTPUT);
    pinMode(SERVO_PINS[1], OUTPUT);
}

void servo_pulse(uint8_t index, uint16_t microseconds) {
    digitalWrite(SERVO_PINS[index], HIGH);
    delayMicroseconds(microseconds);
    digitalWrite(SERVO_PINS[index], LOW);
}
