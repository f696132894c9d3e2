/**
 * @file bare_run.c
 * @brief What main() of a bare board ends with: the application, over and over, with rests
 */
#include <stdbool.h>

#include "bare_run.h"

static const reflex_port* board;
static bool link_used; /**< Bytes moved, or wait for room, since this was last cleared */

static size_t
watched_read(uint8_t* bytes, size_t capacity) {
    const size_t count = board->read(bytes, capacity);
    link_used = link_used || count > 0U;
    return count;
}

static size_t
watched_write(const uint8_t* bytes, size_t count) {
    link_used = link_used || count > 0U; /* what found no room is offered again at once */
    return board->write(bytes, count);
}

void
bare_run(const reflex_port* port, void (*rest)(void)) {
    /* An empty frame: it ends whatever the listener heard before, and tells it that the firmware runs. */
    static const uint8_t greeting = 0;
    static reflex_port watched;

    board = port;
    watched = *port;
    watched.read = watched_read;
    watched.write = watched_write;
    (void)port->write(&greeting, 1U);
    reflex_app_start(&watched);
    for (;;) {
        link_used = false;
        reflex_app_poll();
        (void)port->now_us();
        if (!link_used) {
            rest();
        }
    }
}
