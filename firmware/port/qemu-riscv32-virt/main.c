/**
 * @file main.c
 * @brief The firmware on QEMU's RISC-V machine `virt`
 *
 * The link is the UART, the clock is the machine timer, the storage is the second bank of flash. No watchdog: the machine has
 * none. No interrupt is ever taken: pending ones only end the rest in which the board waits for something to do.
 */
#include "bare_run.h"
#include "board.h"
#include "cfi_flash.h"
#include "fault.h"

/* The cycle counter as QEMU has it under -icount: an instruction is a cycle, and takes a nanosecond. Eight of them are a count
 * here, so that the longest measurement fits 32 bits. Without -icount it runs at the pace of the machine below. */
#define COUNTER_SHIFT 3
#define COUNTER_HZ    (1000000000U >> COUNTER_SHIFT)

static size_t
port_read(uint8_t* bytes, size_t capacity) {
    size_t count = 0;
    while (count < capacity && (UART_LSR & UART_LSR_DATA_READY) != 0U) {
        bytes[count++] = UART_RBR;
    }
    return count;
}

static size_t
port_write(const uint8_t* bytes, size_t count) {
    size_t taken = 0;
    while (taken < count && (UART_LSR & UART_LSR_THR_EMPTY) != 0U) {
        UART_THR = bytes[taken++];
    }
    return taken;
}

/* 64 bits in two halves: read again when the upper one changed meanwhile. */
static uint64_t
machine_time(void) {
    uint32_t high = 0U;
    uint32_t low = 0U;
    do {
        high = MTIME_HIGH;
        low = MTIME_LOW;
    } while (high != MTIME_HIGH);
    return ((uint64_t)high << 32) | low;
}

static uint32_t
port_now_us(void) {
    return bare_microseconds(MTIME_LOW, MTIME_HZ / 1000000U);
}

static uint32_t
port_counter(void) {
    uint32_t high = 0U;
    uint32_t low = 0U;
    uint32_t again = 0U;
    do {
        READ_CSR("mcycleh", high);
        READ_CSR("mcycle", low);
        READ_CSR("mcycleh", again);
    } while (high != again);
    return (high << (32 - COUNTER_SHIFT)) | (low >> COUNTER_SHIFT);
}

static const reflex_port port = {
    .read = port_read,
    .receive_bytes = QEMU_RECEIVE_BYTES,
    .write = port_write,
    .now_us = port_now_us,
    .counter = port_counter,
    .counter_hz = COUNTER_HZ,
    .alive = NULL,
    .storage = &cfi_flash,
};

static void
uart_start(void) {
    UART_FCR = UART_FCR_TRIGGER_14 | UART_FCR_ENABLE;
    UART_IER = UART_IER_RECEIVED;
    PLIC_PRIORITY(UART_INTERRUPT) = 1U;
    PLIC_ENABLE = 1U << UART_INTERRUPT;
    WRITE_CSR("mie", MIE_MTIE | MIE_MEIE);
}

/* With mstatus.MIE clear, a pending interrupt ends the sleep without being taken (RISC-V privileged architecture, WFI).
 * The UART holds its interrupt for as long as it has bytes, so one that arrives just before the sleep is not slept over. */
static void
rest_until_byte_or_tick(void) {
    const uint64_t tick = machine_time() + MTIME_HZ / BARE_TICK_HZ;
    MTIMECMP_HIGH = UINT32_MAX;
    MTIMECMP_LOW = (uint32_t)tick;
    MTIMECMP_HIGH = (uint32_t)(tick >> 32);
    __asm__ volatile("wfi" ::: "memory");
    const uint32_t interrupt = PLIC_CLAIM;
    if (interrupt != 0U) {
        PLIC_CLAIM = interrupt;
    }
}

int
main(void) {
    uart_start();
    bare_run(&port, rest_until_byte_or_tick);
}

void
fault_put(uint8_t byte) {
    UART_THR = byte;
}
