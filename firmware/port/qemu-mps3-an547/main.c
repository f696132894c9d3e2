/**
 * @file main.c
 * @brief The firmware on Arm's MPS3 board with a Cortex-M55 (application note AN547), as QEMU emulates it
 *
 * The link is UART0, the clock is timer 0 of the subsystem SSE-300. No watchdog, no storage: the board keeps nothing, and
 * whoever runs QEMU can end it.
 */
#include "bare_run.h"
#include "board.h"
#include "cmsdk_uart.h"

static uint32_t
port_counter(void) {
    return SSE_TIMER0->CNTPCT_LOW;
}

static uint32_t
port_now_us(void) {
    return bare_microseconds(port_counter(), SYSTEM_CLOCK_HZ / 1000000U);
}

static const reflex_port port = {
    .read = uart_read,
    .receive_bytes = QEMU_RECEIVE_BYTES,
    .write = uart_write,
    .now_us = port_now_us,
    .counter = port_counter,
    .counter_hz = SYSTEM_CLOCK_HZ,
    .alive = NULL,
    .storage = NULL,
};

int
main(void) {
    __asm__ volatile("cpsid i" ::: "memory");
    SSE_COUNTER_CNTCR = SSE_COUNTER_CNTCR_ENABLE;
    uart_start(SYSTEM_CLOCK_HZ);
    bare_run(&port, uart_rest);
}
