/* The board under test. */
#include "board.h"

#include <string.h>

#include "harness.h"

#define LINE_BYTES 65536u

test_bench bench;
test_board board;

static struct {
    uint8_t bytes[LINE_BYTES];
    size_t count;
    size_t position;
} to_board, from_board;

static uint8_t host_counter;
static uint8_t board_counter; /* of the next frame */
static reference_decoder decoder;

static size_t
read_line(uint8_t* bytes, size_t capacity) {
    size_t count = 0;

    while (count < capacity && count < board.chunk && to_board.position < to_board.count) {
        bytes[count] = to_board.bytes[to_board.position];
        to_board.position++;
        count++;
    }
    return count;
}

static size_t
write_line(const uint8_t* bytes, size_t count) {
    size_t taken = 0;

    while (taken < count && bench.room > 0u && from_board.count < LINE_BYTES) {
        from_board.bytes[from_board.count] = bytes[taken];
        from_board.count++;
        taken++;
        bench.room -= bench.room == ENDLESS ? 0u : 1u;
    }
    return taken;
}

static uint32_t
now_us(void) {
    return bench.now_us;
}

static void
alive(void) {
    bench.alive++;
}

static uint32_t
counter(void) {
    return bench.now_us * 64u;
}

static bool
in_slot(uint8_t slot, size_t offset, size_t count) {
    return slot < 2u && offset <= BOARD_SLOT_BYTES && count <= BOARD_SLOT_BYTES - offset;
}

static void
read_storage(uint8_t slot, size_t offset, uint8_t* bytes, size_t count) {
    if (!in_slot(slot, offset, count)) {
        board.storage.misuses++;
        return;
    }
    memcpy(bytes, &board.storage.slots[slot][offset], count);
}

static bool
erase_storage(uint8_t slot) {
    board_storage* storage = &board.storage;

    if (!in_slot(slot, 0, 0)) {
        storage->misuses++;
        return false;
    }
    if (storage->power == 0u || storage->erase_steps == ENDLESS) {
        return false;
    }
    storage->power -= storage->power == ENDLESS ? 0u : 1u;
    memset(storage->slots[slot], 0x5A, BOARD_SLOT_BYTES / 2u); /* half erased, which looks like anything */
    storage->erase_called++;
    if (storage->erase_called < storage->erase_steps) {
        return false;
    }
    storage->erase_called = 0;
    memset(storage->slots[slot], 0xFF, BOARD_SLOT_BYTES);
    memset(storage->written[slot], 0, sizeof(storage->written[slot]));
    return true;
}

static size_t
write_storage(uint8_t slot, size_t offset, const uint8_t* bytes, size_t count) {
    board_storage* storage = &board.storage;
    size_t taken = 0;

    if (!in_slot(slot, offset, count)) {
        storage->misuses++;
        return 0;
    }
    while (taken < count && taken < storage->at_once && storage->power > 0u) {
        storage->misuses += storage->written[slot][offset + taken] ? 1u : 0u;
        storage->written[slot][offset + taken] = true;
        storage->slots[slot][offset + taken] = bytes[taken];
        storage->power -= storage->power == ENDLESS ? 0u : 1u;
        taken++;
    }
    return taken;
}

const reflex_storage board_storage_port = {
    .slot_bytes = BOARD_SLOT_BYTES,
    .step_us = 100,
    .read = read_storage,
    .erase = erase_storage,
    .write = write_storage,
};

void
board_make(void) {
    memset(&bench, 0, sizeof(bench));
    memset(&board, 0, sizeof(board));
    bench.policy_starts = 1;
    bench.policy_works = 1;
    bench.sensor_works = 1;
    bench.distance = 1.0f;
    bench.slew = 10.0f;
    bench.motor = 99.0f;
    bench.room = ENDLESS;
    board.watched = true;
    board.counts = true;
    board.chunk = LINE_BYTES;
    board.storage.erase_steps = 1;
    board.storage.at_once = BOARD_SLOT_BYTES;
    board.storage.power = ENDLESS;
    memset(board.storage.slots, 0xFF, sizeof(board.storage.slots));
}

void
board_boot(void) {
    static reflex_port port;

    port.read = read_line;
    port.receive_bytes = 512;
    port.write = write_line;
    port.now_us = now_us;
    port.counter = board.counts ? counter : NULL;
    port.counter_hz = board.counts ? 64000000u : 0u;
    port.alive = board.watched ? alive : NULL;
    port.storage = board.storage.there ? &board_storage_port : NULL;
    to_board.count = 0;
    to_board.position = 0;
    from_board.count = 0;
    from_board.position = 0;
    board_counter = 0;
    memset(&decoder, 0, sizeof(decoder));
    board.storage.erase_called = 0;
    reflex_app_start(&port);
}

void
board_new(void) {
    board_make();
    board_boot();
}

void
board_offer(const void* bytes, size_t count) {
    if (to_board.position == to_board.count) {
        to_board.position = 0;
        to_board.count = 0;
    }
    if (CHECK(count <= LINE_BYTES - to_board.count)) {
        memcpy(&to_board.bytes[to_board.count], bytes, count);
        to_board.count += count;
    }
}

bool
board_heard(void) {
    return to_board.position == to_board.count;
}

void
board_poll(void) {
    reflex_app_poll();
}

void
board_send(uint8_t id, const void* payload, size_t count) {
    static uint8_t bytes[REFERENCE_LONGEST + 64u];

    board_offer(bytes, reference_encode(id, host_counter, payload, count, bytes));
    host_counter++;
    for (int polls = 0; polls < 1000 && !board_heard(); polls++) {
        board_poll();
    }
    board_poll();
}

void
board_pass(uint32_t us, uint32_t step_us) {
    for (uint32_t passed = 0; passed < us; passed += step_us) {
        bench.now_us += us - passed < step_us ? us - passed : step_us;
        board_poll();
    }
}

bool
board_take(reference_frame* frame) {
    while (from_board.position < from_board.count) {
        const uint8_t byte = from_board.bytes[from_board.position];

        from_board.position++;
        if (reference_decode(&decoder, byte, REFERENCE_LONGEST, frame)) {
            CHECK_EQUAL(frame->counter, board_counter);
            board_counter++;
            return true;
        }
    }
    CHECK_EQUAL(decoder.bad_frames, 0);
    from_board.position = 0;
    from_board.count = 0;
    return false;
}

void
board_forget(void) {
    static reference_frame frame;

    while (board_take(&frame)) {
    }
}

bool
board_find(uint8_t id, reference_frame* frame) {
    while (board_take(frame)) {
        if (frame->id == id) {
            return true;
        }
    }
    return false;
}

size_t
board_told_bytes(void) {
    return from_board.count - from_board.position;
}
