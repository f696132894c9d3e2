/* MPU6050: registers of InvenSense's RM-MPU-6000A */
#define POWER_MANAGEMENT 0x6Bu
#define FIRST_READING    0x3Bu
#define GRAVITY_PER_STEP (9.80665f / 16384.0f)  /* its range at first: 2 g */
#define RADIANS_PER_STEP (0.01745329f / 131.0f) /* and 250 degrees a second */

static int16_t
imu_word(const uint8_t* bytes) {
    return (int16_t)(uint16_t)(((uint16_t)bytes[0] << 8) | bytes[1]);
}

/* Acceleration in m/s^2 and angular rate in rad/s along x, y and z; false when the sensor does not answer. Takes half a millisecond.
 * It is woken up first, and again when it was away. */
bool
imu_read(float acceleration[3], float rate[3]) {
    static bool awake;
    uint8_t bytes[14]; /* acceleration, temperature, rate */

    awake = awake || i2c_write(POWER_MANAGEMENT, 0u);
    awake = awake && i2c_read(FIRST_READING, bytes, (uint8_t)sizeof(bytes));
    for (uint8_t axis = 0; awake && axis < 3u; ++axis) {
        acceleration[axis] = (float)imu_word(&bytes[2u * axis]) * GRAVITY_PER_STEP;
        rate[axis] = (float)imu_word(&bytes[8u + 2u * axis]) * RADIANS_PER_STEP;
    }
    return awake;
}
