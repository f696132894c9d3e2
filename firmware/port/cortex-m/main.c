/**
 * @file main.c
 * @brief The firmware on any board with a Cortex-M: what the board is like, robot_io.c says (board.h)
 *
 * SysTick tells the time, and its interrupt keeps what arrives on the line and sends what waits, so that both go on while the policy
 * runs. No watchdog and no storage: they are not the core's.
 */
#include "bare_run.h"
#include "board.h"
#include "byte_ring.h"
#include "cortex_m.h"
#include "fault.h"

#define KEPT    1024U /**< Bytes kept, a power of two: 89 ms of a line at 115200 baud */
#define WAITING 512U  /**< Bytes that wait to be sent at most, a power of two */

void SysTick_Handler(void);

/* A place that robot_io.c names: the vectors are the first that lies in flash. */
extern const uint32_t flash_start;

static volatile uint8_t kept_bytes[KEPT];
static volatile uint8_t waiting_bytes[WAITING];
static byte_ring kept = BYTE_RING(kept_bytes);       /**< Received, and not yet read */
static byte_ring waiting = BYTE_RING(waiting_bytes); /**< To be sent, and not yet handed to the board */
static volatile uint32_t rounds;                     /**< Of SysTick, each a LINK_POLL_HZth of a second */
static uint32_t cycles_per_round;
static uint32_t cycles_per_us;

/* What finds no room stays in the board. */
static void
keep_received(void) {
    uint8_t byte;
    while (!byte_ring_full(&kept) && board_read_byte(&byte)) {
        byte_ring_put(&kept, byte);
    }
}

static void
send_waiting(void) {
    while (!byte_ring_empty(&waiting) && board_write_byte(byte_ring_next(&waiting))) {
        byte_ring_drop(&waiting);
    }
}

void
SysTick_Handler(void) {
    ++rounds;
    keep_received();
    send_waiting();
}

static size_t
port_read(uint8_t* bytes, size_t capacity) {
    return byte_ring_read(&kept, bytes, capacity);
}

static size_t
port_write(const uint8_t* bytes, size_t count) {
    return byte_ring_write(&waiting, bytes, count);
}

/* Cycles. SysTick counts those of a round down; its interrupt, at 0, begins the next round. */
static uint32_t
port_counter(void) {
    uint32_t round;
    uint32_t left;
    do {
        round = rounds;
        left = SYSTICK->VAL;
        __asm__ volatile("isb" ::: "memory"); /* an interrupt that is due is taken here */
    } while (round != rounds);
    return round * cycles_per_round + (left == 0U ? 0U : cycles_per_round - left);
}

/* The counter wraps every 24 s at 180 MHz. */
static uint32_t
port_now_us(void) {
    return bare_microseconds(port_counter(), cycles_per_us);
}

static void
sleep_until_byte_or_tick(void) {
    const uint32_t begun = rounds;
    while (byte_ring_empty(&kept) && rounds - begun < LINK_POLL_HZ / BARE_TICK_HZ) {
        __asm__ volatile("wfi" ::: "memory");
    }
}

int
main(void) {
    static reflex_port port = {
        .read = port_read,
        .receive_bytes = KEPT,
        .write = port_write,
        .now_us = port_now_us,
        .counter = port_counter,
        .alive = NULL,
        .storage = NULL,
    };

    SCB_VTOR = (uint32_t)(uintptr_t)&flash_start; /* whatever a bootloader has left there */
    port.counter_hz = board_start();
    cycles_per_us = port.counter_hz / 1000000U;
    cycles_per_round = port.counter_hz / LINK_POLL_HZ;
    SYSTICK->LOAD = cycles_per_round - 1U;
    SYSTICK->VAL = 0U;
    SYSTICK->CTRL = SYSTICK_CTRL_CLKSOURCE | SYSTICK_CTRL_TICKINT | SYSTICK_CTRL_ENABLE;
    bare_run(&port, sleep_until_byte_or_tick);
}

void
fault_put(uint8_t byte) {
    while (!board_write_byte(byte)) {
    }
}
