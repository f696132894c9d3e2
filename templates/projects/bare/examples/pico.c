/* An example: an MPU6050 on pins GP4 (SDA) and GP5 (SCL), servos on GP16 and GP17, a motor's H-bridge with its enable input on GP18 and
 * its direction on GP19 and GP20. Write 1 for 0, then call imu_read(acceleration, rate), servo_move(0, 90.0f) and motor_drive(0.5f)
 * in the functions below. Sections are those of the RP2040 Datasheet. The firmware itself uses UART0 (GP0, GP1), the timer's first
 * alarm, SysTick and the watchdog. */
#if 0

#include "rp2040.h"

#define MPU6050            0x68U
#define PATIENCE_US        1000U

/* 2.14 Subsystem resets */
#define RESETS_I2C0        (1U << 3)
#define RESETS_PWM         (1U << 14)

/* 2.19 GPIO: functions, pads; 2.3.1.7 SIO: pins that a program sets */
#define IO_GPIO_CTRL(pin)  REGISTER(0x40014004U + 8U * (pin))
#define IO_FUNCTION_I2C    3U
#define IO_FUNCTION_PWM    4U
#define IO_FUNCTION_SIO    5U
#define PADS_GPIO(pin)     (0x4001C004U + 4U * (pin))
#define SIO_GPIO_OUT_SET   REGISTER(0xD0000014U)
#define SIO_GPIO_OUT_CLR   REGISTER(0xD0000018U)
#define SIO_GPIO_OE_SET    REGISTER(0xD0000024U)
#define FORWARD            (1U << 19)
#define BACKWARD           (1U << 20)

/* 4.3 I2C: 16 bytes or orders wait to be sent, 16 to be read */
#define I2C0_CON           REGISTER(0x40044000U)
#define I2C0_TAR           REGISTER(0x40044004U)
#define I2C0_DATA_CMD      REGISTER(0x40044010U)
#define I2C0_FS_SCL_HCNT   REGISTER(0x4004401CU)
#define I2C0_FS_SCL_LCNT   REGISTER(0x40044020U)
#define I2C0_RAW_INTR_STAT REGISTER(0x40044034U)
#define I2C0_CLR_INTR      REGISTER(0x40044040U)
#define I2C0_ENABLE        REGISTER(0x4004406CU)
#define I2C0_RXFLR         REGISTER(0x40044078U)
#define I2C0_SDA_HOLD      REGISTER(0x4004407CU)
#define I2C_CON_MASTER     0x165U /* fast, restarts, no slave, an interrupt when all is sent */
#define I2C_CMD_READ       (1U << 8)
#define I2C_CMD_STOP       (1U << 9)
#define I2C_CMD_RESTART    (1U << 10)
#define I2C_INTR_TX_ABRT   (1U << 6)
#define I2C_INTR_STOP_DET  (1U << 9)

/* 4.5 PWM: a slice has two outputs; GP16 and GP17 are those of slice 0, GP18 is the first of slice 1 */
#define PWM_CSR(slice)     REGISTER(0x40050000U + 20U * (slice))
#define PWM_DIV(slice)     REGISTER(0x40050004U + 20U * (slice))
#define PWM_CC(slice)      REGISTER(0x4005000CU + 20U * (slice))
#define PWM_TOP(slice)     REGISTER(0x40050010U + 20U * (slice))
#define SERVO_SLICE        0U
#define MOTOR_SLICE        1U
#define MOTOR_TOP          6249U /* 125 MHz / 6250 = 20 kHz: not heard */

static void
blocks_start(uint32_t blocks) {
    SET_BITS(RESETS_RESET) = blocks;
    CLEAR_BITS(RESETS_RESET) = blocks;
    while ((RESETS_RESET_DONE & blocks) != blocks) {
    }
}

/* 4.3.14: 400 kHz are 312 cycles, 187 of them low; data stay for 300 ns. */
static void
i2c_start(void) {
    blocks_start(RESETS_I2C0);
    for (uint32_t pin = 4; pin <= 5U; ++pin) {
        IO_GPIO_CTRL(pin) = IO_FUNCTION_I2C;
        CLEAR_BITS(PADS_GPIO(pin)) = PADS_PULL_DOWN;
        SET_BITS(PADS_GPIO(pin)) = PADS_PULL_UP;
    }
    I2C0_ENABLE = 0U;
    I2C0_CON = I2C_CON_MASTER;
    I2C0_TAR = MPU6050;
    I2C0_FS_SCL_HCNT = 125U;
    I2C0_FS_SCL_LCNT = 187U;
    I2C0_SDA_HOLD = 38U;
    I2C0_ENABLE = 1U;
}

/* Until the sensor let go of the bus; false when it does not answer, or takes too long: then the bus begins afresh. */
static bool
i2c_done(void) {
    const uint32_t begun_us = TIMER_TIMERAWL;
    while ((I2C0_RAW_INTR_STAT & I2C_INTR_STOP_DET) == 0U) {
        if (TIMER_TIMERAWL - begun_us > PATIENCE_US) {
            return false;
        }
    }
    const bool good = (I2C0_RAW_INTR_STAT & I2C_INTR_TX_ABRT) == 0U;
    (void)I2C0_CLR_INTR;
    return good;
}

/* Wakes the sensor up, so the bus begins here, too. */
static bool
i2c_write(uint8_t reg, uint8_t value) {
    i2c_start();
    I2C0_DATA_CMD = reg;
    I2C0_DATA_CMD = value | I2C_CMD_STOP;
    return i2c_done();
}

/* At most 15 bytes: so many orders wait. */
static bool
i2c_read(uint8_t reg, uint8_t* bytes, uint8_t count) {
    I2C0_DATA_CMD = reg;
    for (uint8_t index = 0; index < count; ++index) {
        const uint32_t ends = (index == 0U ? I2C_CMD_RESTART : 0U) | (index == count - 1U ? I2C_CMD_STOP : 0U);
        I2C0_DATA_CMD = I2C_CMD_READ | ends;
    }
    if (!i2c_done() || I2C0_RXFLR != count) {
        return false;
    }
    for (uint8_t index = 0; index < count; ++index) {
        bytes[index] = (uint8_t)I2C0_DATA_CMD;
    }
    return true;
}

static void
outputs_start(void) {
    static bool started;
    if (started) {
        return;
    }
    started = true;
    blocks_start(RESETS_PWM);
    PWM_DIV(SERVO_SLICE) = 125U << 4; /* counts microseconds */
    PWM_TOP(SERVO_SLICE) = 19999U;
    PWM_TOP(MOTOR_SLICE) = MOTOR_TOP;
    PWM_CSR(SERVO_SLICE) = 1U;
    PWM_CSR(MOTOR_SLICE) = 1U;
    for (uint32_t pin = 16; pin <= 18U; ++pin) {
        IO_GPIO_CTRL(pin) = IO_FUNCTION_PWM;
    }
    SIO_GPIO_OE_SET = FORWARD | BACKWARD;
    IO_GPIO_CTRL(19U) = IO_FUNCTION_SIO;
    IO_GPIO_CTRL(20U) = IO_FUNCTION_SIO;
}

/* Which of the two, and where to: 0 to 180 degrees, a pulse of 1 to 2 ms. */
void
servo_move(uint8_t servo, float degrees) {
    static uint32_t pulses_us[2];
    outputs_start();
    pulses_us[servo % 2U] = (uint32_t)(1000.0f + degrees * (1000.0f / 180.0f));
    PWM_CC(SERVO_SLICE) = pulses_us[0] | (pulses_us[1] << 16);
}

/* -1 to 1; 0 lets it roll. */
void
motor_drive(float power) {
    outputs_start();
    SIO_GPIO_OUT_CLR = (power > 0.0f ? 0U : FORWARD) | (power < 0.0f ? 0U : BACKWARD);
    SIO_GPIO_OUT_SET = power > 0.0f ? FORWARD : power < 0.0f ? BACKWARD : 0U;
    PWM_CC(MOTOR_SLICE) = (uint32_t)((float)(MOTOR_TOP + 1U) * (power < 0.0f ? -power : power));
}

#endif
