/**
 * @file main.c
 * @brief The firmware on an Arduino Uno (ATmega328P at 16 MHz)
 *
 * The link is USART0, which the board's USB bridge carries to the host: 115200 baud, 8N1. Interrupts keep what arrives and send
 * what waits, so that both go on while the policy runs. The watchdog is the chip's, the storage its EEPROM. Sections are those of
 * the ATmega328P datasheet (Microchip DS40002061).
 */
#include <avr/eeprom.h>
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>

#include "bare_run.h"

#define SYSTEM_CLOCK_HZ UINT32_C(16000000)
#define BAUD            UINT32_C(115200)
#define KEPT            64u /**< Bytes kept, a power of two: 5.6 ms of the line */
#define WAITING         64u /**< Bytes that wait to be sent at most, a power of two */
#define SLOT_BYTES      ((E2END + 1u) / 2u)
#define STEP_BYTES      32u /**< Compared by one call, some microseconds each */

static volatile uint8_t kept[KEPT];
static volatile uint8_t kept_end;   /**< Bytes that were ever kept, modulo 256 */
static volatile uint8_t kept_start; /**< Bytes of them that were read, modulo 256 */
static volatile uint8_t waiting[WAITING];
static volatile uint8_t waiting_end;   /**< Bytes that were ever to be sent, modulo 256 */
static volatile uint8_t waiting_start; /**< Bytes of them that the USART has, modulo 256 */
static volatile uint16_t timer_rounds;

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

/* Only enabled while bytes wait. */
ISR(USART_UDRE_vect) {
    const uint8_t start = waiting_start;
    UDR0 = waiting[start % WAITING];
    waiting_start = (uint8_t)(start + 1u);
    if (waiting_start == waiting_end) {
        UCSR0B = (uint8_t)(UCSR0B & ~(1u << UDRIE0));
    }
}

ISR(TIMER1_OVF_vect) {
    timer_rounds++;
}

/* It has ended the sleep: that was all. */
ISR(TIMER1_COMPA_vect) {
}

/* Interrupts turn these off themselves, so none may come between reading the register and writing it. */
static void
enable_interrupt(uint8_t bit) {
    cli();
    UCSR0B = (uint8_t)(UCSR0B | (1u << bit));
    sei();
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
        enable_interrupt(RXCIE0);
    }
    return count;
}

static size_t
port_write(const uint8_t* bytes, size_t count) {
    const uint8_t end = waiting_end;
    uint8_t taken = 0;
    while (taken < count && (uint8_t)(end + taken - waiting_start) < WAITING) {
        waiting[(uint8_t)(end + taken) % WAITING] = bytes[taken];
        ++taken;
    }
    if (taken > 0u) {
        waiting_end = (uint8_t)(end + taken);
        enable_interrupt(UDRIE0);
    }
    return taken;
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

/* The counter wraps every 268 s. */
static uint32_t
port_now_us(void) {
    return bare_microseconds(port_counter(), SYSTEM_CLOCK_HZ / 1000000u);
}

/* Behind a reset by the watchdog it runs on, with its shortest time: 10.8. So it is stopped before anything else. */
__attribute__((naked, used, section(".init3"))) static void
stop_watchdog(void) {
    MCUSR = 0;
    wdt_disable();
}

static void
port_alive(void) {
    if ((WDTCSR & (1u << WDE)) == 0u) {
        wdt_enable(WDTO_1S);
    }
    wdt_reset();
}

static uint8_t*
cell(uint8_t slot, size_t offset) {
    return (uint8_t*)(slot * SLOT_BYTES + offset);
}

/* Waits only for a byte that was begun and never asked about again: 3.4 ms at most. */
static void
storage_read(uint8_t slot, size_t offset, uint8_t* bytes, size_t count) {
    eeprom_read_block(bytes, cell(slot, offset), count);
}

/* A byte is erased when it is written. */
static bool
storage_erase(uint8_t slot) {
    (void)slot;
    return true;
}

/* Counts what is there as it should be, and begins to write the first byte that is not: 3.4 ms later it is. */
static size_t
storage_write(uint8_t slot, size_t offset, const uint8_t* bytes, size_t count) {
    const size_t compared = count < STEP_BYTES ? count : STEP_BYTES;
    size_t taken = 0;
    if (!eeprom_is_ready()) {
        return 0;
    }
    while (taken < compared && eeprom_read_byte(cell(slot, offset + taken)) == bytes[taken]) {
        ++taken;
    }
    if (taken < compared) {
        eeprom_write_byte(cell(slot, offset + taken), bytes[taken]);
    }
    return taken;
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
    SMCR = 1u << SE; /* idle, 9.3: timer and USART go on */
    cli();
    /* 15.3: in two steps, between which an interrupt of the person's may use the timer, too. */
    OCR1A = (uint16_t)(TCNT1 + SYSTEM_CLOCK_HZ / BARE_TICK_HZ);
    if (kept_start == kept_end) {
        sei();
        sleep_cpu();
    }
    sei();
}

int
main(void) {
    static const reflex_storage storage = {
        .slot_bytes = SLOT_BYTES,
        .step_us = 200u,
        .read = storage_read,
        .erase = storage_erase,
        .write = storage_write,
    };
    static const reflex_port port = {
        .read = port_read,
        .receive_bytes = KEPT,
        .write = port_write,
        .now_us = port_now_us,
        .counter = port_counter,
        .counter_hz = SYSTEM_CLOCK_HZ,
        .alive = port_alive,
        .storage = &storage,
    };

    timer_start();
    usart_start();
    sei();
    bare_run(&port, sleep_until_byte_or_timer);
}
