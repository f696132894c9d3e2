/* Frames over a port that takes and gives as little as the test likes. */
#include <string.h>

#include "harness.h"
#include "reference.h"
#include "reflex_link.h"

#define LONGEST 300u

static struct {
    uint8_t to_board[2048];
    size_t to_board_count;
    size_t to_board_position;
    uint8_t from_board[2048];
    size_t from_board_count;
    size_t room;
    uint32_t now_us;
} line;

static size_t
read_line(uint8_t* bytes, size_t capacity) {
    size_t count = line.to_board_count - line.to_board_position;

    count = count < capacity ? count : capacity;
    memcpy(bytes, &line.to_board[line.to_board_position], count);
    line.to_board_position += count;
    return count;
}

static size_t
write_line(const uint8_t* bytes, size_t count) {
    const size_t taken = count < line.room ? count : line.room;

    memcpy(&line.from_board[line.from_board_count], bytes, taken);
    line.from_board_count += taken;
    line.room -= taken;
    return taken;
}

static uint32_t
now_us(void) {
    return line.now_us;
}

static const reflex_port port = {.read = read_line, .write = write_line, .now_us = now_us};
static uint8_t received[REFLEX_RECEIVE_BYTES(LONGEST)];
static uint8_t sent[REFLEX_SEND_BYTES(LONGEST)];
static reflex_link side;

static void
start(size_t room) {
    memset(&line, 0, sizeof(line));
    line.room = room;
    reflex_link_start(&side, &port, received, sizeof(received), sent, sizeof(sent));
}

/* Puts bytes on the line; how many good frames they make. */
static int
hear(const void* bytes, size_t count, reflex_frame* frame) {
    int frames = 0;

    memcpy(line.to_board, bytes, count);
    line.to_board_count = count;
    line.to_board_position = 0;
    do {
        reflex_link_fill(&side);
        while (reflex_link_next(&side, frame)) {
            frames++;
        }
    } while (line.to_board_position < line.to_board_count);
    return frames;
}

static int
hear_frame(size_t payload_count, size_t cut, reflex_frame* frame) {
    uint8_t payload[LONGEST + 9u];
    uint8_t bytes[LONGEST + 20u];
    size_t count;

    memset(payload, 0x11, sizeof(payload));
    count = reference_encode(0x55, 9, payload, payload_count, bytes);
    bytes[count - 1u - cut] = 0;
    return hear(bytes, count - cut, frame);
}

TEST(whole_frames_are_heard_and_others_counted) {
    static const uint8_t silence[] = {0, 0, 0};
    static const uint8_t little[] = {2, 7, 0};
    reflex_frame frame;
    uint8_t bytes[LONGEST + 20u];

    start(sizeof(line.from_board));
    CHECK_EQUAL(line.from_board_count, 1);
    CHECK_EQUAL(line.from_board[0], 0);
    CHECK_EQUAL(hear(silence, sizeof(silence), &frame), 0);
    CHECK_EQUAL(side.bad_frames, 0);
    for (size_t count = 0; count <= LONGEST; count++) {
        CHECK_EQUAL(hear_frame(count, 0, &frame), 1);
        CHECK_EQUAL(frame.id, 0x55);
        CHECK_EQUAL(frame.count, count);
        CHECK(count == 0u || (frame.payload[0] == 0x11 && frame.payload[count - 1u] == 0x11));
    }
    CHECK_EQUAL(side.bad_frames, 0);
    CHECK_EQUAL(hear_frame(LONGEST + 9u, 0, &frame), 0);
    CHECK_EQUAL(side.bad_frames, 1);
    side.bad_frames = 0;
    CHECK_EQUAL(hear_frame(LONGEST + 1u, 0, &frame), 0);
    CHECK_EQUAL(side.bad_frames, 1);
    for (size_t cut = 1; cut <= 13u; cut++) {
        CHECK_EQUAL(hear_frame(10, cut, &frame), 0);
        CHECK_EQUAL(side.bad_frames, 1u + cut);
    }
    CHECK_EQUAL(hear(little, sizeof(little), &frame), 0);
    CHECK_EQUAL(side.bad_frames, 15);
    /* either byte of the CRC */
    for (size_t from_end = 2; from_end <= 3u; from_end++) {
        const size_t count = reference_encode(1, 2, "abc", 3, bytes);

        bytes[count - from_end] ^= 0x40;
        CHECK_EQUAL(hear(bytes, count, &frame), 0);
    }
    CHECK_EQUAL(side.bad_frames, 17);
    CHECK_EQUAL(hear_frame(3, 0, &frame), 1);
}

TEST(what_is_sent_is_what_the_reference_makes_of_it) {
    static reference_decoder decoder;
    static reference_frame frame;

    for (size_t count = 0; count <= LONGEST; count++) {
        for (uint8_t byte = 0; byte < 2u; byte++) {
            reflex_writer payload;
            bool whole = false;

            start(1);
            memset(&decoder, 0, sizeof(decoder));
            payload = reflex_link_begin(&side);
            CHECK(payload.capacity >= LONGEST);
            for (size_t i = 0; i < count; i++) {
                reflex_write_u8(&payload, byte);
            }
            CHECK_EQUAL(reflex_link_send(&side, 0x81, &payload), REFLEX_OK);
            CHECK(!reflex_link_ready(&side));
            CHECK(!reflex_link_flush(&side)); /* no room */
            for (int i = 0; i < 1000 && !reflex_link_ready(&side); i++) {
                line.room = 7;
                CHECK(reflex_link_flush(&side));
            }
            CHECK(!reflex_link_flush(&side)); /* nothing left */
            for (size_t i = 1; i < line.from_board_count; i++) {
                whole = reference_decode(&decoder, line.from_board[i], LONGEST, &frame);
                CHECK_EQUAL(whole, i + 1u == line.from_board_count);
            }
            CHECK(whole);
            CHECK_EQUAL(frame.id, 0x81);
            CHECK_EQUAL(frame.counter, 0);
            CHECK_EQUAL(frame.count, count);
            for (size_t i = 0; i < count && i < frame.count; i++) {
                CHECK_EQUAL(frame.payload[i], byte);
            }
        }
    }
}

TEST(what_is_too_long_is_not_sent) {
    reflex_writer payload;

    start(sizeof(line.from_board));
    payload = reflex_link_begin(&side);
    payload.count = payload.capacity + 1u;
    CHECK_EQUAL(reflex_link_send(&side, 1, &payload), REFLEX_ERROR_TOO_LONG);
    CHECK(reflex_link_ready(&side));
    CHECK_EQUAL(line.from_board_count, 1);
}

TEST(bad_frames_are_complained_of_once_a_second) {
    reflex_frame frame;

    start(sizeof(line.from_board));
    line.now_us = REFLEX_PROBLEM_INTERVAL_US;
    CHECK(!reflex_link_complains(&side));
    CHECK_EQUAL(hear("\x05", 2, &frame), 0);
    CHECK(reflex_link_complains(&side));
    CHECK(!reflex_link_complains(&side));
    CHECK_EQUAL(hear("\x05", 2, &frame), 0);
    line.now_us += REFLEX_PROBLEM_INTERVAL_US - 1u;
    CHECK(!reflex_link_complains(&side));
    line.now_us++;
    CHECK(reflex_link_complains(&side));
}
