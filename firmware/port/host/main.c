/**
 * @file main.c
 * @brief The firmware as a program of a POSIX machine: the link is standard input and output
 *
 * The program ends when its standard input does, so it never outlives whoever started it.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "reflex.h"

#define IDLE_WAIT_MS  1    /**< The firmware's own clock is looked at this often when nothing arrives */
#define WRITE_WAIT_MS 1000 /**< A reader that takes nothing for this long has stopped reading */

static bool link_open = true;  /**< Standard input has not ended */
static bool link_used = false; /**< Bytes moved since this was last cleared */

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
    size_t taken = 0;
    while (taken < count) {
        const ssize_t step = write(STDOUT_FILENO, &bytes[taken], count - taken);
        if (step > 0) {
            taken += (size_t)step;
            link_used = true;
            continue;
        }
        struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
        if (errno == EINTR) {
            continue;
        }
        if ((errno != EAGAIN && errno != EWOULDBLOCK) || poll(&output, 1, WRITE_WAIT_MS) == 0) {
            break;
        }
    }
    return taken;
}

static uint64_t
clock_ns(void) {
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static uint32_t
port_now_us(void) {
    return (uint32_t)(clock_ns() / 1000U);
}

static uint32_t
port_counter(void) {
    return (uint32_t)clock_ns();
}

static const reflex_port port = {
    .read = port_read,
    .write = port_write,
    .now_us = port_now_us,
    .counter = port_counter,
    .counter_hz = 1000000000U,
};

int
main(void) {
    /* An empty frame: it ends whatever the listener heard before, and tells it that the firmware runs. */
    static const uint8_t greeting = 0;

    (void)fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    (void)fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
    (void)port_write(&greeting, 1U);
    reflex_app_start(&port);
    while (link_open) {
        link_used = false;
        reflex_app_poll();
        if (!link_used) {
            struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
            (void)poll(&in, 1, IDLE_WAIT_MS);
        }
    }
    return 0;
}
