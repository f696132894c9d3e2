/**
 * @file main.c
 * @brief The firmware on Arm's MPS2 board with a Cortex-M4F (application note AN386), as QEMU emulates it
 *
 * The link is UART0, the clock is timer 0. No watchdog, no storage: the board keeps nothing, and whoever runs QEMU can end it.
 */
#include "bare_run.h"
#include "board.h"
#include "cmsdk_uart.h"

/* The timer counts down from 2^32 - 1. */
static uint32_t
port_counter(void) {
    return UINT32_MAX - TIMER0->VALUE;
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

/* QEMU ignores stores to where there is nothing: without a guard, a stack that overflows would go on down to the program. */
static void
guard_stack(void) {
    MPU_RNR = 0U;
    MPU_RBAR = RAM_START - MPU_GUARD_BYTES;
    MPU_RASR = MPU_RASR_NO_ACCESS_64K;
    MPU_CTRL = MPU_CTRL_PRIVDEFENA | MPU_CTRL_ENABLE;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

int
main(void) {
    __asm__ volatile("cpsid i" ::: "memory");
    guard_stack();
    TIMER0->RELOAD = UINT32_MAX;
    TIMER0->VALUE = UINT32_MAX;
    TIMER0->CTRL = TIMER_CTRL_ENABLE;
    uart_start(SYSTEM_CLOCK_HZ);
    bare_run(&port, uart_rest);
}
