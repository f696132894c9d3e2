/**
 * @file main.c
 * @brief The firmware on a Raspberry Pi Pico (RP2040), on its first core
 *
 * The link is UART0 on pins 0 (to the host) and 1 (from it), 115200 baud, 8N1. An interrupt keeps what arrives and sends what
 * waits, so that both go on while the policy runs. The watchdog is the chip's. No storage: its flash is written through its
 * serial interface while nothing may be executed from it, which its emulator does not know, so it would never be tested.
 */
#include "bare_run.h"
#include "byte_ring.h"
#include "cortex_m.h"
#include "fault.h"
#include "rp2040.h"

#define BAUD        115200U
#define KEPT        1024U    /**< Bytes kept, a power of two: 89 ms of the line */
#define WAITING     512U     /**< Bytes that wait to be sent at most, a power of two */
#define WATCHDOG_US 1000000U /**< A board that hung for so long starts again */

void SysTick_Handler(void);
void Timer0_Handler(void);
void Uart0_Handler(void);

/* Of what is not named here, no interrupt is ever enabled. */
__attribute__((section(".vectors.interrupts"), used)) static void (*const interrupts[IRQS])(void) = {
    [TIMER_IRQ_0] = Timer0_Handler,
    [UART0_IRQ] = Uart0_Handler,
};

static volatile uint8_t kept_bytes[KEPT];
static volatile uint8_t waiting_bytes[WAITING];
static byte_ring kept = BYTE_RING(kept_bytes);       /**< Received, and not yet read */
static byte_ring waiting = BYTE_RING(waiting_bytes); /**< To be sent, and not yet handed to the UART */
static volatile uint32_t systick_rounds;

/* When there is no room the interrupt is turned off, and the rest waits in the UART until bytes are read. */
static void
keep_received(void) {
    while ((UART0->FR & UART_FR_RXFE) == 0U) {
        if (byte_ring_full(&kept)) {
            CLEAR_BITS(UART0_IMSC) = UART_RX_INTERRUPTS;
            return;
        }
        byte_ring_put(&kept, (uint8_t)UART0->DR);
    }
}

/* Not to be interrupted by itself. The interrupt comes when a full UART has sent half of its bytes, so it is filled before. */
static void
send_waiting(void) {
    while (!byte_ring_empty(&waiting) && (UART0->FR & UART_FR_TXFF) == 0U) {
        UART0->DR = byte_ring_next(&waiting);
        byte_ring_drop(&waiting);
    }
    if (byte_ring_empty(&waiting)) {
        CLEAR_BITS(UART0_IMSC) = UART_TX_INTERRUPT;
    } else {
        SET_BITS(UART0_IMSC) = UART_TX_INTERRUPT;
    }
}

void
Uart0_Handler(void) {
    keep_received();
    send_waiting();
}

void
SysTick_Handler(void) {
    ++systick_rounds;
}

/* It has ended the sleep: that was all. */
void
Timer0_Handler(void) {
    TIMER_INTR = TIMER_INT_ALARM0;
}

static size_t
port_read(uint8_t* bytes, size_t capacity) {
    const size_t count = byte_ring_read(&kept, bytes, capacity);
    if (count > 0U) {
        SET_BITS(UART0_IMSC) = UART_RX_INTERRUPTS;
    }
    return count;
}

static size_t
port_write(const uint8_t* bytes, size_t count) {
    const size_t taken = byte_ring_write(&waiting, bytes, count);
    __asm__ volatile("cpsid i" ::: "memory");
    send_waiting();
    __asm__ volatile("cpsie i" ::: "memory");
    return taken;
}

static uint32_t
port_now_us(void) {
    return TIMER_TIMERAWL;
}

/* Cycles. SysTick has 24 bits; its interrupt adds the others. */
static uint32_t
port_counter(void) {
    uint32_t rounds;
    uint32_t left;
    do {
        rounds = systick_rounds;
        left = SYSTICK->VAL;
        __asm__ volatile("isb" ::: "memory"); /* an interrupt that is due is taken here */
    } while (rounds != systick_rounds);
    return (rounds << 24) + (SYSTICK_MAXIMUM - left);
}

/* 4.7: what it resets is everything but the oscillators. It counts each microsecond twice (erratum RP2040-E1). */
static void
port_alive(void) {
    WATCHDOG_LOAD = 2U * WATCHDOG_US;
    if ((REGISTER(WATCHDOG_CTRL) & WATCHDOG_CTRL_ENABLE) == 0U) {
        PSM_WDSEL = PSM_ALL & ~PSM_ROSC_AND_XOSC;
        SET_BITS(WATCHDOG_CTRL) = WATCHDOG_CTRL_ENABLE;
    }
}

static const reflex_port port = {
    .read = port_read,
    .receive_bytes = KEPT,
    .write = port_write,
    .now_us = port_now_us,
    .counter = port_counter,
    .counter_hz = SYSTEM_CLOCK_HZ,
    .alive = port_alive,
    .storage = NULL,
};

/* 2.15.3 and 2.18.2: from the crystal, PLL_SYS makes 12 MHz * 125 / (6 * 2). Whoever ran before may have left it in use. */
static void
clocks_start(void) {
    CLK_SYS_CTRL = CLK_SYS_CTRL_SRC_REF;
    while (CLK_SYS_SELECTED != 1U << CLK_SYS_CTRL_SRC_REF) {
    }
    XOSC_STARTUP = XOSC_STARTUP_ONE_MS;
    XOSC_CTRL = XOSC_CTRL_1_TO_15_MHZ | XOSC_CTRL_ENABLE;
    while ((XOSC_STATUS & XOSC_STATUS_STABLE) == 0U) {
    }
    CLK_REF_CTRL = CLK_REF_CTRL_SRC_XOSC;
    while (CLK_REF_SELECTED != 1U << CLK_REF_CTRL_SRC_XOSC) {
    }
    PLL_SYS_CS = 1U;
    PLL_SYS_FBDIV_INT = 125U;
    CLEAR_BITS(PLL_SYS_PWR) = PLL_PWR_PD | PLL_PWR_VCOPD;
    while ((PLL_SYS_CS & PLL_SYS_CS_LOCK) == 0U) {
    }
    PLL_SYS_PRIM = (6U << PLL_PRIM_POSTDIV1_LSB) | (2U << PLL_PRIM_POSTDIV2_LSB);
    CLEAR_BITS(PLL_SYS_PWR) = PLL_PWR_POSTDIVPD;
    CLK_SYS_CTRL = CLK_SYS_CTRL_SRC_AUX;
    while (CLK_SYS_SELECTED != 1U << CLK_SYS_CTRL_SRC_AUX) {
    }
    CLK_PERI_CTRL = CLK_PERI_CTRL_ENABLE;
}

static void
resets_start(uint32_t blocks) {
    SET_BITS(RESETS_RESET) = blocks;
    CLEAR_BITS(RESETS_RESET) = blocks;
    while ((RESETS_RESET_DONE & blocks) != blocks) {
    }
}

/* 4.2.7.1: the divisor counts in 64ths. */
static void
uart_start(void) {
    const uint32_t divisor = (SYSTEM_CLOCK_HZ * 4U + BAUD / 2U) / BAUD;
    UART0->IBRD = divisor >> 6;
    UART0->FBRD = divisor & 63U;
    UART0->LCR_H = UART_LCR_H_FEN | UART_LCR_H_8_BITS;
    UART0->CR = UART_CR_ENABLE | UART_CR_TXE | UART_CR_RXE;
    UART0->IMSC = UART_RX_INTERRUPTS;
    CLEAR_BITS(PADS_GPIO1) = PADS_PULL_DOWN;
    SET_BITS(PADS_GPIO1) = PADS_PULL_UP; /* an open line is silent */
    IO_GPIO0_CTRL = IO_FUNCTION_UART;
    IO_GPIO1_CTRL = IO_FUNCTION_UART;
}

static void
timers_start(void) {
    WATCHDOG_TICK = WATCHDOG_TICK_ENABLE | (CRYSTAL_HZ / 1000000U);
    TIMER_INTE = TIMER_INT_ALARM0;
    SYSTICK->LOAD = SYSTICK_MAXIMUM;
    SYSTICK->VAL = 0U;
    SYSTICK->CTRL = SYSTICK_CTRL_CLKSOURCE | SYSTICK_CTRL_TICKINT | SYSTICK_CTRL_ENABLE;
    NVIC_ISER[0] = (1U << TIMER_IRQ_0) | (1U << UART0_IRQ);
}

/* An interrupt since the last look at the link has left an event behind (ARMv6-M manual, WFE): then this is no sleep, so that
 * no byte is slept over. */
static void
sleep_until_byte_or_alarm(void) {
    TIMER_ALARM0 = TIMER_TIMERAWL + 1000000U / BARE_TICK_HZ;
    __asm__ volatile("wfe" ::: "memory");
}

int
main(void) {
    resets_start(RESETS_IO_BANK0 | RESETS_PADS_BANK0 | RESETS_PLL_SYS | RESETS_TIMER | RESETS_UART0);
    clocks_start();
    uart_start();
    timers_start();
    bare_run(&port, sleep_until_byte_or_alarm);
}

void
fault_put(uint8_t byte) {
    while ((UART0->FR & UART_FR_TXFF) != 0U) {
    }
    UART0->DR = byte;
}
