/* An example: an MPU6050 on D14 (PB9, SDA) and D15 (PB8, SCL), servos on D12 (PA6) and D11 (PA7), a motor's H-bridge with its enable input
 * on D10 (PB6) and its direction on D7 (PA8) and D8 (PA9). Write 1 for 0, then call imu_read(acceleration, rate), servo_move(0, 90.0f)
 * and motor_drive(0.5f) in the functions below. Chapters are those of RM0390. The firmware itself uses USART2 (PA2, PA3), timer 2,
 * SysTick and the independent watchdog. */
#if 0

#include "stm32f4.h"

#define MPU6050             0x68U
#define PATIENCE_US         1000U

/* 6 Reset and clock control */
#define RCC_AHB1ENR_GPIOBEN (1U << 1)
#define RCC_APB1ENR_TIM3EN  (1U << 1)
#define RCC_APB1ENR_TIM4EN  (1U << 2)
#define RCC_APB1ENR_I2C1EN  (1U << 21)

/* 7 General-purpose inputs and outputs; alternate functions are in the STM32F446's datasheet, table 11 */
#define GPIOA_BSRR          REGISTER(0x40020018U)
#define GPIOB_MODER         REGISTER(0x40020400U)
#define GPIOB_OTYPER        REGISTER(0x40020404U)
#define GPIOB_PUPDR         REGISTER(0x4002040CU)
#define GPIOB_AFRL          REGISTER(0x40020420U)
#define GPIOB_AFRH          REGISTER(0x40020424U)
#define MODER_OUTPUT        1U
#define AF_TIM3_TO_5        2U
#define AF_I2C              4U
#define FORWARD             (1U << 8)
#define BACKWARD            (1U << 9)

/* 17 General-purpose timers */
#define TIM3(offset)        REGISTER(0x40000400U + (offset))
#define TIM4(offset)        REGISTER(0x40000800U + (offset))
#define TIM_CR1             0x00U
#define TIM_CCMR1           0x18U
#define TIM_CCER            0x20U
#define TIM_PSC             0x28U
#define TIM_ARR             0x2CU
#define TIM_CCR1            0x34U
#define TIM_CCR2            0x38U
#define CCMR1_BOTH_PWM      0x6868U /* outputs 1 and 2: PWM mode 1, a new value counts from the next pulse on */
#define CCER_BOTH           0x11U

/* 24 Inter-integrated circuit */
#define I2C1_CR1            REGISTER(0x40005400U)
#define I2C1_CR2            REGISTER(0x40005404U)
#define I2C1_DR             REGISTER(0x40005410U)
#define I2C1_SR1            REGISTER(0x40005414U)
#define I2C1_SR2            REGISTER(0x40005418U)
#define I2C1_CCR            REGISTER(0x4000541CU)
#define I2C1_TRISE          REGISTER(0x40005420U)
#define I2C_CR1_PE          (1U << 0)
#define I2C_CR1_START       (1U << 8)
#define I2C_CR1_STOP        (1U << 9)
#define I2C_CR1_ACK         (1U << 10)
#define I2C_CR1_SWRST       (1U << 15)
#define I2C_SR1_SB          (1U << 0)
#define I2C_SR1_ADDR        (1U << 1)
#define I2C_SR1_BTF         (1U << 2)
#define I2C_SR1_RXNE        (1U << 6)
#define I2C_SR1_AF          (1U << 10) /* not acknowledged */
#define I2C_CCR_FS          (1U << 15)

/* Timers run as fast as the core, which has the PLL's 180 MHz or, without a clock from the ST-LINK, 16 MHz of its own. */
static bool
pll_runs(void) {
    return (RCC_CFGR & RCC_CFGR_SWS) == RCC_CFGR_SWS_PLL;
}

static uint32_t
timer_mhz(void) {
    return pll_runs() ? 180U : 16U;
}

/* 24.3.3: 400 kHz, of which each high part takes one third. */
static void
i2c_start(void) {
    const uint32_t bus_mhz = pll_runs() ? 45U : 16U;
    RCC_AHB1ENR |= RCC_AHB1ENR_GPIOBEN;
    RCC_APB1ENR |= RCC_APB1ENR_I2C1EN;
    (void)RCC_APB1ENR;
    for (uint32_t pin = 8; pin <= 9U; ++pin) {
        GPIOB_OTYPER |= 1U << pin; /* open drain */
        GPIOB_PUPDR = (GPIOB_PUPDR & ~(3U << PIN_2_BITS(pin))) | (PUPDR_UP << PIN_2_BITS(pin));
        GPIOB_AFRH = (GPIOB_AFRH & ~(15U << PIN_4_BITS(pin - 8U))) | (AF_I2C << PIN_4_BITS(pin - 8U));
        GPIOB_MODER = (GPIOB_MODER & ~(3U << PIN_2_BITS(pin))) | (MODER_ALTERNATE << PIN_2_BITS(pin));
    }
    I2C1_CR1 = I2C_CR1_SWRST;
    I2C1_CR1 = 0U;
    I2C1_CR2 = bus_mhz;
    I2C1_CCR = I2C_CCR_FS | ((bus_mhz * 10U + 11U) / 12U);
    I2C1_TRISE = bus_mhz * 3U / 10U + 1U; /* a line may take 300 ns to rise */
    I2C1_CR1 = I2C_CR1_PE;
}

/* False when the sensor does not acknowledge, or takes too long: the bus begins afresh the next time. */
static bool
i2c_comes(uint32_t flag) {
    const uint32_t begun = TIM2_CNT;
    while ((I2C1_SR1 & flag) == 0U) {
        if ((I2C1_SR1 & I2C_SR1_AF) != 0U || TIM2_CNT - begun > PATIENCE_US * timer_mhz()) {
            return false;
        }
    }
    return true;
}

/* CR1 is not to be written until the last transfer has come to its end (24.6.1). */
static bool
i2c_rests(void) {
    const uint32_t begun = TIM2_CNT;
    while ((I2C1_CR1 & I2C_CR1_STOP) != 0U) {
        if (TIM2_CNT - begun > PATIENCE_US * timer_mhz()) {
            return false;
        }
    }
    return true;
}

/* Calls the sensor; it is heard once SR2 is read. */
static bool
i2c_call(uint32_t reading) {
    I2C1_CR1 |= I2C_CR1_START;
    if (!i2c_comes(I2C_SR1_SB)) {
        return false;
    }
    I2C1_DR = (MPU6050 << 1) | reading;
    if (!i2c_comes(I2C_SR1_ADDR)) {
        return false;
    }
    (void)I2C1_SR2;
    return true;
}

static bool
i2c_send(uint8_t byte) {
    I2C1_DR = byte;
    return i2c_comes(I2C_SR1_BTF);
}

/* Wakes the sensor up, so the bus begins here, too. */
static bool
i2c_write(uint8_t reg, uint8_t value) {
    i2c_start();
    const bool good = i2c_call(0U) && i2c_send(reg) && i2c_send(value);
    I2C1_CR1 |= I2C_CR1_STOP;
    return good;
}

static bool
i2c_read(uint8_t reg, uint8_t* bytes, uint8_t count) {
    if (!i2c_rests()) {
        return false;
    }
    I2C1_CR1 |= I2C_CR1_ACK;
    bool good = i2c_call(0U) && i2c_send(reg) && i2c_call(1U);
    for (uint8_t index = 0; good && index < count; ++index) {
        if (index == count - 1U) { /* the last one is on its way: it is not acknowledged, so the sensor lets go */
            I2C1_CR1 &= ~I2C_CR1_ACK;
            I2C1_CR1 |= I2C_CR1_STOP;
        }
        good = i2c_comes(I2C_SR1_RXNE);
        bytes[index] = (uint8_t)I2C1_DR;
    }
    return good;
}

static void
outputs_start(void) {
    static bool started;
    if (started) {
        return;
    }
    started = true;
    RCC_AHB1ENR |= RCC_AHB1ENR_GPIOAEN | RCC_AHB1ENR_GPIOBEN;
    RCC_APB1ENR |= RCC_APB1ENR_TIM3EN | RCC_APB1ENR_TIM4EN;
    (void)RCC_APB1ENR;
    TIM3(TIM_PSC) = timer_mhz() - 1U; /* counts microseconds */
    TIM3(TIM_ARR) = 19999U;
    TIM3(TIM_CCMR1) = CCMR1_BOTH_PWM;
    TIM3(TIM_CCER) = CCER_BOTH;
    TIM3(TIM_CR1) = TIM_CR1_CEN;
    TIM4(TIM_ARR) = timer_mhz() * 50U - 1U; /* 20 kHz: not heard */
    TIM4(TIM_CCMR1) = CCMR1_BOTH_PWM;
    TIM4(TIM_CCER) = CCER_BOTH;
    TIM4(TIM_CR1) = TIM_CR1_CEN;
    GPIOA_AFRL |= (AF_TIM3_TO_5 << PIN_4_BITS(6U)) | (AF_TIM3_TO_5 << PIN_4_BITS(7U));
    GPIOB_AFRL |= AF_TIM3_TO_5 << PIN_4_BITS(6U);
    GPIOA_MODER |= (MODER_ALTERNATE << PIN_2_BITS(6U)) | (MODER_ALTERNATE << PIN_2_BITS(7U)) |
                   (MODER_OUTPUT << PIN_2_BITS(8U)) | (MODER_OUTPUT << PIN_2_BITS(9U));
    GPIOB_MODER |= MODER_ALTERNATE << PIN_2_BITS(6U);
}

/* Which of the two, and where to: 0 to 180 degrees, a pulse of 1 to 2 ms. */
void
servo_move(uint8_t servo, float degrees) {
    outputs_start();
    TIM3(servo % 2U == 0U ? TIM_CCR1 : TIM_CCR2) = (uint32_t)(1000.0f + degrees * (1000.0f / 180.0f));
}

/* -1 to 1; 0 lets it roll. */
void
motor_drive(float power) {
    outputs_start();
    GPIOA_BSRR = ((FORWARD | BACKWARD) << 16) | (power > 0.0f ? FORWARD : power < 0.0f ? BACKWARD : 0U);
    TIM4(TIM_CCR1) = (uint32_t)((float)(timer_mhz() * 50U) * (power < 0.0f ? -power : power));
}

#endif
