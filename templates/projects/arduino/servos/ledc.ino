// Arduino's Servo library knows no ESP32: its LED timers make the same pulses, 50 a second, in 2^14 steps.
const uint32_t SERVO_HZ = 50, SERVO_BITS = 14, SERVO_PERIOD_US = 20000;

void servos_begin() {
    for (uint8_t index = 0; index < 2; index++) {
#if ESP_ARDUINO_VERSION_MAJOR >= 3
        ledcAttach(SERVO_PINS[index], SERVO_HZ, SERVO_BITS);
#else
        ledcSetup(index, SERVO_HZ, SERVO_BITS);
        ledcAttachPin(SERVO_PINS[index], index);
#endif
    }
}

void servo_pulse(uint8_t index, uint16_t microseconds) {
#if ESP_ARDUINO_VERSION_MAJOR >= 3
    const uint8_t output = SERVO_PINS[index];
#else
    const uint8_t output = index;
#endif
    ledcWrite(output, ((uint32_t)microseconds << SERVO_BITS) / SERVO_PERIOD_US);
}
