/**
 * @file main.c
 * @brief The firmware on QEMU's Xtensa machine `sim` with an LX106
 *
 * The link is a socket that the emulator inherits and that the program reaches by asking the emulator; the clock is the core's
 * cycle counter. No watchdog, no storage: the machine has neither.
 */
#include "bare_run.h"
#include "board.h"
#include "fault.h"

/* The socket makes those wait who read from it when it is empty or write to it when it is full: so it is asked before, and
 * once it is ready, it is for a page (there is always more room than that in a socket that has any). */
static size_t
move(int32_t call, uintptr_t select, uintptr_t bytes, size_t count) {
    static const uint32_t no_time[2] = {0U, 0U}; /* seconds, microseconds */
    const size_t page_left = PAGE_BYTES - bytes % PAGE_BYTES;
    int32_t moved = 0;

    if (count > 0U && simcall(SIMCALL_SELECT, LINK, select, (uintptr_t)no_time) == 1) {
        moved = simcall(call, LINK, bytes, count < page_left ? count : page_left);
    }
    return moved > 0 ? (size_t)moved : 0U;
}

static size_t
port_read(uint8_t* bytes, size_t capacity) {
    return move(SIMCALL_READ, SELECT_READ, (uintptr_t)bytes, capacity);
}

static size_t
port_write(const uint8_t* bytes, size_t count) {
    return move(SIMCALL_WRITE, SELECT_WRITE, (uintptr_t)bytes, count);
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
    .receive_bytes = QEMU_RECEIVE_BYTES,
    .write = port_write,
    .now_us = port_now_us,
    .counter = port_counter,
    .counter_hz = SYSTEM_CLOCK_HZ,
    .alive = NULL,
    .storage = NULL,
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
