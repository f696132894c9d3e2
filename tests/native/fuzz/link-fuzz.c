/* Any bytes at all on the line, in pieces of any size: the firmware hears the frames that the reference hears, and no other. */
#include <string.h>

#include "harness.h"
#include "reference.h"
#include "reflex_link.h"

#define LONGEST 60u

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static const uint8_t* left;
static size_t left_count;
static size_t piece;

static size_t
read_line(uint8_t* bytes, size_t capacity) {
    size_t count = left_count < piece ? left_count : piece;

    count = count < capacity ? count : capacity;
    memcpy(bytes, left, count);
    left += count;
    left_count -= count;
    return count;
}

static size_t
write_line(const uint8_t* bytes, size_t count) {
    (void)bytes;
    return count;
}

static uint32_t
now_us(void) {
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const reflex_port port = {.read = read_line, .write = write_line, .now_us = now_us};
    static uint8_t received[REFLEX_RECEIVE_BYTES(LONGEST)];
    static uint8_t sent[REFLEX_SEND_BYTES(4u)];
    static reference_decoder decoder;
    static reference_frame expected;
    reflex_link side;
    reflex_frame frame;
    size_t looked = 1;

    if (size == 0u || size >= REFERENCE_LONGEST) {
        return 0;
    }
    piece = 1u + data[0] % (REFLEX_CHUNK_BYTES + 3u);
    left = &data[1];
    left_count = size - 1u;
    decoder.count = 0;
    decoder.bad_frames = 0;
    reflex_link_start(&side, &port, received, sizeof(received), sent, sizeof(sent));
    while (left_count > 0u) {
        reflex_link_fill(&side);
        while (reflex_link_next(&side, &frame)) {
            bool found = false;

            while (looked < size && !found) {
                found = reference_decode(&decoder, data[looked], LONGEST, &expected);
                looked++;
            }
            CHECK(found);
            CHECK_EQUAL(frame.id, expected.id);
            CHECK_EQUAL(frame.count, expected.count);
            CHECK(memcmp(frame.payload, expected.payload, expected.count) == 0);
        }
    }
    while (looked < size) {
        CHECK(!reference_decode(&decoder, data[looked], LONGEST, &expected));
        looked++;
    }
    CHECK_EQUAL(side.bad_frames, decoder.bad_frames);
    return 0;
}
