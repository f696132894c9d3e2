/**
 * @file main.c
 * @brief The firmware on Arm's MPS2 board with a Cortex-M4F (application note AN386), as QEMU emulates it
 *
 * The link is UART0, the clock is timer 0. No interrupt is ever taken: pending ones only end the sleep in
 * which the board waits for something to do.
 */
#include <stdbool.h>

#include "mps2_an386.h"
#include "reflex.h"

#define WRITE_PATIENCE 10000000U /**< Looks at a full transmitter before giving up: about a second */
#define TICK_HZ        1000U     /**< How often the firmware looks at its clock while nothing arrives */

static bool link_used = false; /**< Bytes moved since this was last cleared */

static size_t
port_read(uint8_t* bytes, size_t capacity) {
    size_t count = 0;
    while (count < capacity && (UART0->STATE & UART_STATE_RX_BUFFER_FULL) != 0U) {
        bytes[count++] = (uint8_t)UART0->DATA;
    }
    if (count > 0U) {
        link_used = true;
    }
    return count;
}

static size_t
port_write(const uint8_t* bytes, size_t count) {
    for (size_t taken = 0; taken < count; ++taken) {
        uint32_t patience = WRITE_PATIENCE;
        while ((UART0->STATE & UART_STATE_TX_BUFFER_FULL) != 0U) {
            if (--patience == 0U) {
                return taken;
            }
        }
        UART0->DATA = bytes[taken];
        link_used = true;
    }
    return count;
}

/* The timer counts down from 2^32 - 1. */
static uint32_t
port_counter(void) {
    return UINT32_MAX - TIMER0->VALUE;
}

/* The counter wraps every 172 s, which is no power of two in microseconds: so the time is added up in steps. The main
 * loop takes one at least once a tick. */
static uint32_t
port_now_us(void) {
    static uint32_t last_count;
    static uint32_t microseconds;
    const uint32_t counts_per_us = SYSTEM_CLOCK_HZ / 1000000U;
    const uint32_t elapsed_us = (port_counter() - last_count) / counts_per_us;
    last_count += elapsed_us * counts_per_us;
    microseconds += elapsed_us;
    return microseconds;
}

static const reflex_port port = {
    .read = port_read,
    .write = port_write,
    .now_us = port_now_us,
    .counter = port_counter,
    .counter_hz = SYSTEM_CLOCK_HZ,
};

static void
uart_start(void) {
    UART0->BAUDDIV = UART_BAUDDIV_MINIMUM;
    UART0->CTRL = UART_CTRL_TX_ENABLE | UART_CTRL_RX_ENABLE | UART_CTRL_RX_INTERRUPT_ENABLE;
    (void)UART0->DATA; /* QEMU delivers nothing before the first read */
    NVIC_ISER0 = UART0_RX_INTERRUPT;
}

static void
timer_start(void) {
    TIMER0->RELOAD = UINT32_MAX;
    TIMER0->VALUE = UINT32_MAX;
    TIMER0->CTRL = TIMER_CTRL_ENABLE;
    SYSTICK->LOAD = SYSTEM_CLOCK_HZ / TICK_HZ - 1U;
    SYSTICK->VAL = 0U;
    SYSTICK->CTRL = SYSTICK_CTRL_CLKSOURCE | SYSTICK_CTRL_TICKINT | SYSTICK_CTRL_ENABLE;
}

/* With PRIMASK set, a pending interrupt ends the sleep without being taken (ARMv7-M manual, WFI). A byte that
 * arrives between the last look at the UART and the sleep is pending too, so it is not slept over. */
static void
sleep_until_byte_or_tick(void) {
    __asm__ volatile("wfi" ::: "memory");
    UART0->INTCLEAR = UART_INTERRUPT_RX;
    NVIC_ICPR0 = UART0_RX_INTERRUPT;
    SCB_ICSR = SCB_ICSR_PENDSTCLR;
}

int
main(void) {
    /* An empty frame: it ends whatever the listener heard before, and tells it that the firmware runs. */
    static const uint8_t greeting = 0;

    __asm__ volatile("cpsid i" ::: "memory");
    timer_start();
    uart_start();
    (void)port_write(&greeting, 1U);
    reflex_app_start(&port);
    for (;;) {
        link_used = false;
        reflex_app_poll();
        (void)port_now_us();
        if (!link_used) {
            sleep_until_byte_or_tick();
        }
    }
}
