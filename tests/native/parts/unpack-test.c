/* What was packed comes back; whatever was not is taken apart all the same, and no byte beyond its end is read. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "pack.h"
#include "reflex_unpack.h"

#define MOST_BYTES 2000u

static uint8_t block[MOST_BYTES];
static uint8_t room[MOST_BYTES + MOST_BYTES / 8u + 16u];

/* From memory of its very size, so that sanitizers see its end. Returns how many bytes came back as they were. */
static size_t
round_trip(size_t count, size_t packed_count) {
    reflex_unpacker unpacker;
    uint8_t* packed = malloc(packed_count + 1u);
    size_t same = 0;

    if (packed == NULL) {
        abort();
    }
    memcpy(packed + 1u, room, packed_count);
    reflex_unpack_start(&unpacker, packed + 1u, (uint32_t)packed_count);
    for (size_t i = 0; i < count; i++) {
        const uint32_t before = unpacker.position;

        same += reflex_unpack(&unpacker) == block[i] ? 1u : 0u;
        CHECK(unpacker.position <= packed_count);
        CHECK(unpacker.position - before <= REFLEX_UNPACK_AHEAD);
    }
    free(packed);
    return same;
}

static uint32_t
random_number(void) {
    static uint32_t state = 1;

    state = state * UINT32_C(1664525) + UINT32_C(1013904223);
    return state >> 16;
}

TEST(what_was_packed_comes_back) {
    for (uint32_t spread = 1; spread <= 256u; spread *= 2u) {
        for (size_t count = 0; count <= MOST_BYTES; count += count < 20u ? 1u : 330u) {
            size_t packed_count;

            for (size_t i = 0; i < count; i++) {
                block[i] = (uint8_t)(random_number() % spread);
            }
            packed_count = pack(block, count, room);
            CHECK(spread > 1u || packed_count <= 1u + count / 40u); /* zeros take next to nothing */
            CHECK_EQUAL(round_trip(count, packed_count), count);
        }
    }
}

TEST(anything_is_taken_apart_in_bounded_time) {
    for (int round = 0; round < 200; round++) {
        const size_t count = random_number() % 100u;

        memset(room, round == 0 ? 0xFF : 0, sizeof(room));
        for (size_t i = 0; i < count && round > 1; i++) {
            room[i] = (uint8_t)random_number();
        }
        CHECK(round_trip(MOST_BYTES, count) <= MOST_BYTES);
    }
}
