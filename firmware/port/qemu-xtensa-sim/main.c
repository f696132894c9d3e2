/**
 * @file main.c
 * @brief The firmware on QEMU's Xtensa machine `sim` with an LX106
 *
 * The link is a socket that the emulator inherits and that the program reaches by asking the emulator; the clock is the core's cycle counter.
 */
#include "bare_run.h"
#include "board.h"
#include "fault.h"

static size_t
port_read(uint8_t* bytes, size_t capacity) {
    static const uint32_t no_time[2] = {0U, 0U}; /* seconds, microseconds */
    int32_t count = 0;

    if (simcall(SIMCALL_SELECT, LINK, SELECT_READ, (uintptr_t)no_time) == 1) {
        count = simcall(SIMCALL_READ, LINK, (uintptr_t)bytes, capacity);
    }
    return count > 0 ? (size_t)count : 0U;
}

/* Waits until the emulator has taken all. */
static size_t
port_write(const uint8_t* bytes, size_t count) {
    const int32_t taken = simcall(SIMCALL_WRITE, LINK, (uintptr_t)bytes, count);
    return taken > 0 ? (size_t)taken : 0U;
}

static uint32_t
port_counter(void) {
    uint32_t count = 0U;
    READ_SPECIAL("ccount", count);
    return count;
}

static uint32_t
port_now_us(void) {
    return bare_microseconds(port_counter(), SYSTEM_CLOCK_HZ / 1000000U);
}

static const reflex_port port = {
    .read = port_read,
    .write = port_write,
    .now_us = port_now_us,
    .counter = port_counter,
    .counter_hz = SYSTEM_CLOCK_HZ,
};

/* Nothing but the timer ends the sleep: a byte that arrives waits for the next tick. Its interrupt is taken once, by
 * startup.c, which disables it. */
static void
rest_until_tick(void) {
    uint32_t level = 0U;
    WRITE_SPECIAL("ccompare0", port_counter() + SYSTEM_CLOCK_HZ / BARE_TICK_HZ);
    WRITE_SPECIAL("intenable", TIMER0_INTERRUPT);
    __asm__ volatile("waiti 0\n\trsil %0, 1" : "=r"(level)::"memory");
}

int
main(void) {
    bare_run(&port, rest_until_tick);
}

void
fault_put(uint8_t byte) {
    (void)simcall(SIMCALL_WRITE, LINK, (uintptr_t)&byte, 1U);
}
