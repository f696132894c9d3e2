/**
 * @file main.c
 * @brief The firmware on an Arduino Uno (ATmega328P at 16 MHz)
 *
 * The link is USART0, which the board's USB bridge carries to the host: 115200 baud, 8N1. What arrives is kept by an
 * interrupt, so that nothing is lost while the policy runs. Sections are those of the ATmega328P datasheet (Microchip
 * DS40002061).
 */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <stdbool.h>

#include "reflex.h"

#define SYSTEM_CLOCK_HZ UINT32_C(16000000)
#define BAUD            UINT32_C(115200)
#define WRITE_PATIENCE  UINT16_C(60000) /**< Looks at a full transmitter before giving up: some ten milliseconds */
#define WAKE_CYCLES     UINT16_C(16000) /**< How often the firmware looks at its clock while nothing arrives: 1 ms */
#define KEPT            64u             /**< Bytes kept, a power of two: 5.6 ms of the line */

static volatile uint8_t kept[KEPT];
static volatile uint8_t kept_end;   /**< Bytes that were ever kept, modulo 256 */
static volatile uint8_t kept_start; /**< Bytes of them that were read, modulo 256 */
static volatile uint16_t timer_rounds;
static bool link_used; /**< Bytes moved since this was last cleared */

/* When there is no room the interrupt is turned off, and the rest waits in the USART until bytes are read. */
ISR(USART_RX_vect) {
    const uint8_t end = kept_end;
    if ((uint8_t)(end - kept_start) == KEPT) {
        UCSR0B = (uint8_t)(UCSR0B & ~(1u << RXCIE0));
    } else {
        kept[end % KEPT] = UDR0;
        kept_end = (uint8_t)(end + 1u);
    }
}

ISR(TIMER1_OVF_vect) {
    timer_rounds++;
}

/* It has ended the sleep: that was all. */
ISR(TIMER1_COMPA_vect) {
}

static size_t
port_read(uint8_t* bytes, size_t capacity) {
    const uint8_t start = kept_start;
    uint8_t count = 0;
    for (; count < capacity && (uint8_t)(start + count) != kept_end; ++count) {
        bytes[count] = kept[(uint8_t)(start + count) % KEPT];
    }
    if (count > 0u) {
        kept_start = (uint8_t)(start + count);
        UCSR0B = (uint8_t)(UCSR0B | (1u << RXCIE0));
        link_used = true;
    }
    return count;
}

static size_t
port_write(const uint8_t* bytes, size_t count) {
    for (size_t taken = 0; taken < count; ++taken) {
        uint16_t patience = WRITE_PATIENCE;
        while ((UCSR0A & (1u << UDRE0)) == 0u) {
            if (--patience == 0u) {
                return taken;
            }
        }
        UDR0 = bytes[taken];
        link_used = true;
    }
    return count;
}

/* Cycles. The timer has 16 bits, its interrupt adds 16 more; one that is due and not yet taken is made up for. */
static uint32_t
port_counter(void) {
    const uint8_t interrupts = SREG;
    uint16_t count;
    uint16_t rounds;
    cli();
    count = TCNT1;
    rounds = timer_rounds;
    if ((TIFR1 & (1u << TOV1)) != 0u && count < UINT16_C(0x8000)) {
        rounds++;
    }
    SREG = interrupts;
    return ((uint32_t)rounds << 16) | count;
}

/* The counter wraps every 268 s, which is no power of two in microseconds: so the time is added up in steps. The main
 * loop takes one at least once a tick. */
static uint32_t
port_now_us(void) {
    static uint32_t last_count;
    static uint32_t microseconds;
    const uint32_t counts_per_us = SYSTEM_CLOCK_HZ / 1000000u;
    const uint32_t elapsed_us = (port_counter() - last_count) / counts_per_us;
    last_count += elapsed_us * counts_per_us;
    microseconds += elapsed_us;
    return microseconds;
}

/* 19.3.1: at double speed, because 115200 baud is 2 % off then and 4 % otherwise. Status before anything is enabled. */
static void
usart_start(void) {
    UBRR0 = (uint16_t)((SYSTEM_CLOCK_HZ + BAUD * 4u) / (BAUD * 8u) - 1u);
    UCSR0A = 1u << U2X0;
    UCSR0C = (1u << UCSZ01) | (1u << UCSZ00);
    UCSR0B = (1u << RXEN0) | (1u << TXEN0) | (1u << RXCIE0);
}

static void
timer_start(void) {
    TCCR1A = 0;
    TCCR1B = 1u << CS10; /* every cycle */
    TIMSK1 = (1u << TOIE1) | (1u << OCIE1A);
}

/* An interrupt is taken one instruction after sei() at the earliest (6.7.1), which is the sleep: no byte is slept over. */
static void
sleep_until_byte_or_timer(void) {
    OCR1A = (uint16_t)(TCNT1 + WAKE_CYCLES);
    SMCR = 1u << SE; /* idle, 9.3: timer and USART go on */
    cli();
    if (kept_start == kept_end) {
        sei();
        sleep_cpu();
    }
    sei();
}

int
main(void) {
    static const uint8_t greeting = 0;
    static reflex_port port;

    port.read = port_read;
    port.write = port_write;
    port.now_us = port_now_us;
    port.counter = port_counter;
    port.counter_hz = SYSTEM_CLOCK_HZ;
    timer_start();
    usart_start();
    sei();
    /* An empty frame: it ends whatever the listener heard before, and tells it that the firmware runs. */
    (void)port_write(&greeting, 1u);
    reflex_app_start(&port);
    for (;;) {
        link_used = false;
        reflex_app_poll();
        (void)port_now_us();
        if (!link_used) {
            sleep_until_byte_or_timer();
        }
    }
}
