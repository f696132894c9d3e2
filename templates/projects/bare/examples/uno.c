/* An example: an MPU6050 on SDA (A4) and SCL (A5), servos on pins 9 and 10, a motor's H-bridge with its enable input on pin 3 and its
 * direction on 4 and 5. Write 1 for 0, then call imu_read(acceleration, rate), servo_move(0, 90.0f) and motor_drive(0.5f) in the
 * functions below. Sections are those of the ATmega328P datasheet (Microchip DS40002061). The firmware itself uses USART0, timer 1
 * but for its second comparator, the watchdog and the EEPROM. */
#if 0

#include <avr/interrupt.h>
#include <avr/io.h>

#define MPU6050 0x68u
#define WAITS   2000u /* looks at a flag, together a millisecond */

/* 22: one step on the bus, and the status that it should end with: table 22-2 and 22-3. */
static bool
twi_step(uint8_t control, uint8_t status) {
    uint16_t waits = WAITS;
    TWCR = (uint8_t)((1u << TWINT) | (1u << TWEN) | control);
    while ((TWCR & (1u << TWINT)) == 0u) {
        if (--waits == 0u) {
            return false;
        }
    }
    return (TWSR & 0xF8u) == status;
}

static bool
twi_send(uint8_t byte, uint8_t status) {
    TWDR = byte;
    return twi_step(0, status);
}

/* A sensor that came loose leaves the bus anyhow: it is turned off, and begun afresh the next time. */
static bool
twi_end(bool good) {
    TWCR = good ? (uint8_t)((1u << TWINT) | (1u << TWEN) | (1u << TWSTO)) : 0u;
    return good;
}

static bool
twi_begin(uint8_t reg) {
    TWBR = 12; /* 16 MHz / (16 + 2 * 12) = 400 kHz */
    return twi_step(1u << TWSTA, 0x08) && twi_send(MPU6050 << 1, 0x18) && twi_send(reg, 0x28);
}

static bool
i2c_write(uint8_t reg, uint8_t value) {
    return twi_end(twi_begin(reg) && twi_send(value, 0x28));
}

static bool
i2c_read(uint8_t reg, uint8_t* bytes, uint8_t count) {
    bool good = twi_begin(reg) && twi_step(1u << TWSTA, 0x10) && twi_send((MPU6050 << 1) | 1u, 0x40);
    for (uint8_t index = 0; good && index < count; ++index) {
        const bool last = index == count - 1u;
        good = twi_step(last ? 0u : 1u << TWEA, last ? 0x58 : 0x50);
        bytes[index] = TWDR;
    }
    return twi_end(good);
}

#define COUNTS_PER_US   16u
#define SLOT_COUNTS     (2500u * COUNTS_PER_US) /* each servo's pulse has one of 8 slots, which come around every 20 ms */
#define SLOTS           8u
#define SERVOS          2u
#define SERVO_PIN(each) (1u << (PORTB1 + (each)))

static volatile uint16_t servo_counts[SERVOS];

/* Timer 1 is the firmware's clock and counts on; its second comparator says when a pulse or a slot is over. */
ISR(TIMER1_COMPB_vect) {
    static uint8_t slot;
    static uint16_t pulse;
    if (pulse != 0u) {
        PORTB = (uint8_t)(PORTB & ~SERVO_PIN(slot));
        OCR1B = (uint16_t)(OCR1B + SLOT_COUNTS - pulse);
        pulse = 0;
        return;
    }
    slot = (uint8_t)((slot + 1u) % SLOTS);
    pulse = slot < SERVOS ? servo_counts[slot] : 0u;
    if (pulse != 0u) {
        PORTB = (uint8_t)(PORTB | SERVO_PIN(slot));
    }
    OCR1B = (uint16_t)(OCR1B + (pulse != 0u ? pulse : SLOT_COUNTS));
}

/* Which of the two, and where to: 0 to 180 degrees, a pulse of 1 to 2 ms. */
void
servo_move(uint8_t servo, float degrees) {
    const uint16_t counts = (uint16_t)((1000.0f + degrees * (1000.0f / 180.0f)) * (float)COUNTS_PER_US);
    cli();
    servo_counts[servo % SERVOS] = counts;
    sei();
    DDRB = (uint8_t)(DDRB | SERVO_PIN(servo % SERVOS));
    TIMSK1 = (uint8_t)(TIMSK1 | (1u << OCIE1B));
}

/* -1 to 1; 0 lets it roll. 18.7.3: timer 2 makes pulses of 1 kHz on pin 3. */
void
motor_drive(float power) {
    const uint8_t direction = power > 0.0f ? 1u << PORTD4 : power < 0.0f ? 1u << PORTD5 : 0u;
    DDRD = (uint8_t)(DDRD | (1u << DDD3) | (1u << DDD4) | (1u << DDD5));
    PORTD = (uint8_t)((PORTD & ~((1u << PORTD4) | (1u << PORTD5))) | direction);
    OCR2B = (uint8_t)(255.0f * (power < 0.0f ? -power : power));
    TCCR2A = (1u << COM2B1) | (1u << WGM21) | (1u << WGM20);
    TCCR2B = 1u << CS22;
}

#endif
