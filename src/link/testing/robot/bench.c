/* The port of the test bench: a line of two arrays and a clock that the test turns. */
#include "bench.h"
#include "reflex.h"

#define LINE_BYTES 262144u
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

static const reflex_port port = {read, write, now_us, NULL, 0};

EXPORT("bench_state") test_bench* bench_state(void) { return &bench; }
EXPORT("bench_to_board") uint8_t* bench_to_board(void) { return to_board; }
EXPORT("bench_from_board") uint8_t* bench_from_board(void) { return from_board; }
EXPORT("bench_start") void bench_start(void) { reflex_app_start(&port); }
EXPORT("bench_poll") void bench_poll(void) { reflex_app_poll(); }

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
