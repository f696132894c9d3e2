/* The port of the test bench: a line of two arrays and a clock that the test turns. */
#include "bench.h"
#include "reflex_crc32.h"
#include "reflex_link.h"

#define LINE_BYTES 262144u
#define SLOT_BYTES 160u
#define EXPORT(name) __attribute__((export_name(name)))

test_bench bench;
static uint8_t to_board[LINE_BYTES];
static uint8_t from_board[LINE_BYTES];

static size_t
read(uint8_t* bytes, size_t capacity) {
    size_t count = 0;

    while (count < capacity && bench.to_board_position < bench.to_board_count) {
        bytes[count] = to_board[bench.to_board_position];
        bench.to_board_position++;
        count++;
    }
    return count;
}

static size_t
write(const uint8_t* bytes, size_t wanted) {
    size_t count = 0;

    while (count < wanted && bench.room > 0u && bench.from_board_count < LINE_BYTES) {
        from_board[bench.from_board_count] = bytes[count];
        bench.from_board_count++;
        bench.room--;
        count++;
    }
    return count;
}

static uint32_t
now_us(void) {
    return bench.now_us;
}

static void
alive(void) {
    bench.alive++;
}

static uint8_t stored[2][SLOT_BYTES];

static void
store_read(uint8_t slot, size_t offset, uint8_t* bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        bytes[i] = stored[slot][offset + i];
    }
}

/* Half of the slot, then the other half. */
static bool
store_erase(uint8_t slot) {
    static bool half = false;
    const size_t first = half ? SLOT_BYTES / 2u : 0;

    if (bench.store_steps == 0u) {
        return false;
    }
    bench.store_steps--;
    for (size_t i = first; i < first + SLOT_BYTES / 2u; i++) {
        stored[slot][i] = 0xFF;
    }
    half = !half;
    return !half;
}

static size_t
store_write(uint8_t slot, size_t offset, const uint8_t* bytes, size_t wanted) {
    size_t count = 0;

    while (count < wanted && count < 16u && bench.store_steps > 0u) {
        bench.store_steps--;
        bench.overwritten += stored[slot][offset + count] != 0xFFu;
        stored[slot][offset + count] = bytes[count];
        count++;
    }
    return count;
}

static const reflex_storage storage = {
    .slot_bytes = SLOT_BYTES,
    .step_us = 2000,
    .read = store_read,
    .erase = store_erase,
    .write = store_write,
};

static reflex_port port = {
    .read = read,
    .receive_bytes = 512,
    .write = write,
    .now_us = now_us,
    .alive = alive,
};

EXPORT("bench_state") test_bench* bench_state(void) { return &bench; }
EXPORT("bench_to_board") uint8_t* bench_to_board(void) { return to_board; }
EXPORT("bench_from_board") uint8_t* bench_from_board(void) { return from_board; }
EXPORT("bench_storage") uint8_t* bench_storage(void) { return stored[0]; }

EXPORT("bench_start") void bench_start(void) {
    port.storage = bench.has_storage ? &storage : NULL;
    reflex_app_start(&port);
}
EXPORT("bench_poll") void bench_poll(void) { reflex_app_poll(); }

static size_t
swallow(const uint8_t* bytes, size_t count) {
    (void)bytes;
    return count;
}

/* The shortest payload that REFLEX_SEND_BYTES of it can't send, or overrun; 0 when there is none. */
EXPORT("bench_unsendable") uint32_t bench_unsendable(void) {
    static const reflex_port anywhere = {.read = read, .write = swallow, .now_us = now_us};
    static uint8_t received[8];
    static uint8_t sent[REFLEX_SEND_BYTES(3000u) + 1u];
    static reflex_link link;

    for (uint32_t length = 1; length <= 3000u; length++) {
        const size_t size = REFLEX_SEND_BYTES(length);
        reflex_writer payload;

        sent[size] = 0xA5;
        reflex_link_start(&link, &anywhere, received, sizeof(received), sent, size);
        payload = reflex_link_begin(&link);
        for (uint32_t i = 0; i < length && i < payload.capacity; i++) {
            payload.bytes[i] = 1;
        }
        payload.count = length;
        if (reflex_link_send(&link, 1, &payload) != REFLEX_OK || sent[size] != 0xA5) {
            return length;
        }
    }
    return 0;
}

static const uint8_t digits[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};

EXPORT("bench_crc32") uint32_t bench_crc32(void) { return reflex_crc32(0, digits, sizeof(digits)); }

/* Whether any two pieces give what the whole gives. */
EXPORT("bench_crc32_pieces") uint32_t bench_crc32_pieces(void) {
    for (size_t first = 0; first <= sizeof(digits); first++) {
        const uint32_t crc = reflex_crc32(0, digits, first);

        if (reflex_crc32(crc, &digits[first], sizeof(digits) - first) != bench_crc32()) {
            return 0;
        }
    }
    return 1;
}

/* There is no C library behind this; the compiler may ask for these two all the same. */
void*
memcpy(void* to, const void* from, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ((uint8_t*)to)[i] = ((const uint8_t*)from)[i];
    }
    return to;
}

void*
memset(void* to, int byte, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ((uint8_t*)to)[i] = (uint8_t)byte;
    }
    return to;
}
