// Yours: what the robot's sensors read and how its actuators move. Written once by `reflexarc compile`, never overwritten.

#include <Arduino.h>
#include <{{LIBRARY}}.h>

#if 0 // An example: an MPU6050 on the I2C pins, two servos, a motor on an H-bridge. Write 1, then call these functions below.

#include <Wire.h>

const uint8_t MPU6050 = 0x68;
const uint8_t POWER_MANAGEMENT = 0x6B, FIRST_READING = 0x3B; // its registers
const float STANDARD_GRAVITY = 9.80665f;

bool imu_begin() {
    Wire.begin();
#if defined(ARDUINO_ARCH_AVR) || defined(WIRE_HAS_TIMEOUT)
    Wire.setWireTimeout(3000, true); // microseconds; else a sensor that comes loose holds up the robot for good
#endif
    Wire.beginTransmission(MPU6050);
    Wire.write(POWER_MANAGEMENT);
    Wire.write((uint8_t)0); // awake
    return Wire.endTransmission() == 0;
}

// Acceleration in m/s^2 and angular rate in rad/s along x, y and z; false when the sensor does not answer.
bool imu_read(float acceleration[3], float rate[3]) {
    int16_t words[7]; // acceleration, temperature, rate
    Wire.beginTransmission(MPU6050);
    Wire.write(FIRST_READING);
    if (Wire.endTransmission(false) != 0 || Wire.requestFrom(MPU6050, (uint8_t)sizeof(words)) != sizeof(words)) {
        return false;
    }
    for (uint8_t index = 0; index < 7; index++) {
        const uint8_t high = (uint8_t)Wire.read();
        const uint8_t low = (uint8_t)Wire.read();
        words[index] = (int16_t)((uint16_t)high << 8 | low);
    }
    for (uint8_t axis = 0; axis < 3; axis++) {
        acceleration[axis] = (float)words[axis] * (STANDARD_GRAVITY / 16384.0f);  // +-2 g
        rate[axis] = (float)words[4 + axis] * (0.01745329f / 131.0f); // +-250 degrees a second
    }
    return true;
}

const uint8_t SERVO_PINS[2] = { {{SERVO_PINS}} };

{{SERVOS}}

// Which of the two, and where to: 0 to 180 degrees.
void servo_move(uint8_t index, float degrees) {
    servo_pulse(index, (uint16_t)(1000.0f + degrees * (1000.0f / 180.0f)));
}

const uint8_t MOTOR_POWER = {{POWER}}, MOTOR_FORWARD = {{FORWARD}}, MOTOR_BACKWARD = {{BACKWARD}}; // the bridge's enable and two inputs

void motor_begin() {
    pinMode(MOTOR_POWER, OUTPUT);
    pinMode(MOTOR_FORWARD, OUTPUT);
    pinMode(MOTOR_BACKWARD, OUTPUT);
}

// -1 to 1; 0 lets it roll.
void motor_drive(float power) {
    digitalWrite(MOTOR_FORWARD, power > 0.0f ? HIGH : LOW);
    digitalWrite(MOTOR_BACKWARD, power < 0.0f ? HIGH : LOW);
    analogWrite(MOTOR_POWER, (int)(255.0f * (power < 0.0f ? -power : power)));
}

void example_begin() {
    imu_begin();
    servos_begin();
    motor_begin();
}

#endif

// Until you write it, no sensor answers, so the robot stays neutral; a simulated world needs neither function.
reflex_status reflex_read(robot_observation* observation) {
{{OBSERVATION}}
    // return REFLEX_OK; with the example: return imu_read(acceleration, rate) ? REFLEX_OK : REFLEX_ERROR_NO_READING;
    (void)observation;
    return REFLEX_ERROR_NO_READING;
}

// Called every tick, with the neutral action whenever the robot must not move.
void reflex_act(const robot_action* action) {
{{ACTION}}
    // With the example: servo_move(0, 90.0f); motor_drive(0.5f);
    (void)action;
}

void setup() {
    // example_begin();
    reflex_begin();
    // reflex_watchdog(); // For a robot that leaves the bench: reflex_arduino.h says what it does on this board.
}

// `Serial` belongs to the firmware: what a sketch prints there is noise on the link.
void loop() {
    reflex_app_poll();
}
