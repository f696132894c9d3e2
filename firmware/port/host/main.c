/**
 * @file main.c
 * @brief The firmware as a program of a POSIX machine: the link is standard input and output
 *
 * The program ends when its standard input does, so it never outlives whoever started it. Its storage is the file that the
 * environment variable REFLEX_STORAGE names; without one it has none. No watchdog: whoever started it can end it.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "reflex.h"

#define IDLE_WAIT_MS 1      /**< The firmware's own clock is looked at this often when nothing arrives */
#define PIPE_BYTES   4096U  /**< A pipe holds as many at least (POSIX: PIPE_BUF), and whoever writes waits for room */
#define SLOT_BYTES   65536U /**< Of the storage, which has two slots */
#define STEP_BYTES   4096U  /**< Written to it at once */

static bool link_open = true;  /**< Standard input has not ended */
static bool link_used = false; /**< Bytes moved since this was last cleared */
static bool link_full = false; /**< There was no room for all that was to be sent */
static int storage_file = -1;

static size_t
port_read(uint8_t* bytes, size_t capacity) {
    const ssize_t count = read(STDIN_FILENO, bytes, capacity);
    if (count > 0) {
        link_used = true;
        return (size_t)count;
    }
    if ((count == 0 && capacity > 0U) || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
        link_open = false;
    }
    return 0;
}

static size_t
port_write(const uint8_t* bytes, size_t count) {
    const ssize_t step = count > 0U ? write(STDOUT_FILENO, bytes, count) : 0;
    const size_t taken = step > 0 ? (size_t)step : 0U;
    link_used = link_used || taken > 0U;
    link_full = link_full || taken < count;
    return taken;
}

/* Since this was first asked. */
static uint64_t
clock_ns(void) {
    static uint64_t started_ns;
    struct timespec now = {0};
    uint64_t now_ns;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    now_ns = (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
    if (started_ns == 0U) {
        started_ns = now_ns;
    }
    return now_ns - started_ns;
}

static uint32_t
port_now_us(void) {
    return (uint32_t)(clock_ns() / 1000U);
}

static uint32_t
port_counter(void) {
    return (uint32_t)clock_ns();
}

/* What was never written reads as erased. */
static void
storage_read(uint8_t slot, size_t offset, uint8_t* bytes, size_t count) {
    const off_t start = (off_t)(slot * (size_t)SLOT_BYTES + offset);
    const ssize_t step = pread(storage_file, bytes, count, start);
    const size_t known = step > 0 ? (size_t)step : 0U;
    (void)memset(&bytes[known], 0xFF, count - known);
}

static size_t
storage_write(uint8_t slot, size_t offset, const uint8_t* bytes, size_t count) {
    const off_t start = (off_t)(slot * (size_t)SLOT_BYTES + offset);
    const ssize_t step = pwrite(storage_file, bytes, count < STEP_BYTES ? count : STEP_BYTES, start);
    return step > 0 ? (size_t)step : 0U;
}

static bool
storage_erase(uint8_t slot) {
    uint8_t erased[STEP_BYTES];
    (void)memset(erased, 0xFF, sizeof(erased));
    for (size_t offset = 0; offset < SLOT_BYTES; offset += STEP_BYTES) {
        (void)storage_write(slot, offset, erased, sizeof(erased));
    }
    return true;
}

static const reflex_storage storage = {
    .slot_bytes = SLOT_BYTES,
    .step_us = 10000U,
    .read = storage_read,
    .erase = storage_erase,
    .write = storage_write,
};

/* Null without a file. */
static const reflex_storage*
open_storage(void) {
    const char* path = getenv("REFLEX_STORAGE");
    storage_file = path == NULL ? -1 : open(path, O_RDWR | O_CREAT, 0600);
    return storage_file < 0 ? NULL : &storage;
}

int
main(void) {
    /* An empty frame: it ends whatever the listener heard before, and tells it that the firmware runs. */
    static const uint8_t greeting = 0;
    static reflex_port port;

    port.read = port_read;
    port.receive_bytes = PIPE_BYTES;
    port.write = port_write;
    port.now_us = port_now_us;
    port.counter = port_counter;
    port.counter_hz = 1000000000U;
    port.storage = open_storage();
    (void)fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    (void)fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
    (void)port_write(&greeting, 1U);
    reflex_app_start(&port);
    while (link_open) {
        link_used = false;
        link_full = false;
        reflex_app_poll();
        if (!link_used) {
            struct pollfd ends[2] = {
                {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                {.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0},
            };
            (void)poll(ends, link_full ? 2U : 1U, IDLE_WAIT_MS);
        }
    }
    return 0;
}
