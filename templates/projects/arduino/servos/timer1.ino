// Pins 9 and 10 are those of the ATmega328P's timer 1, which makes the pulses by itself: mode 14, half a microsecond a step, 50 Hz.
void servos_begin() {
    TCCR1A = _BV(COM1A1) | _BV(COM1B1) | _BV(WGM11);
    TCCR1B = _BV(WGM13) | _BV(WGM12) | _BV(CS11);
    ICR1 = 39999;
    pinMode(SERVO_PINS[0], OUTPUT);
    pinMode(SERVO_PINS[1], OUTPUT);
}

void servo_pulse(uint8_t index, uint16_t microseconds) {
    if (index == 0) {
        OCR1A = (uint16_t)(2 * microseconds);
    } else {
        OCR1B = (uint16_t)(2 * microseconds);
    }
}
